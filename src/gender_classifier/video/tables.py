"""Tables of a film: faces, tracks, shots, and a row a film; also in the columns of inaFaceAnalyzer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gender_classifier.system import texts
from gender_classifier.system.files import atomic_path
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import ScreenTime

Row = dict[str, Any]

_SECONDS = (
    "female_s",
    "male_s",
    "uncertain_s",
    "with_female_s",
    "with_male_s",
    "with_both_s",
    "with_nobody_s",
)
FACES = (
    *("path", "time", "frame", "shot", "track", "face", "x0", "y0", "x1", "y1", "detection_score", "face_px"),
    *("probability_male", "label", "best_guess", "track_probability_male", "track_label"),
)
TRACKS = (
    *("path", "track", "shot", "begin", "end", "seconds", "faces", "face_px", "detection_score"),
    *("probability_male", "label", "best_guess", "changes"),
)
SHOTS = ("path", "shot", "begin", "end", *_SECONDS, "tracks")
SUMMARY = (
    *("path", "status", "watched_s", *_SECONDS, "share_female", "share_female_low", "share_female_high", "quotable"),
    *("shots", "tracks", "note"),
)
INA = (*("frame", "bbox", "face_id", "detect_conf", "sex_decfunc", "sex_label", "sex_decfunc_avg", "sex_label_avg"),)
"""Columns of inaFaceAnalyzer's `VideoTracking`, without age."""


def face_rows(result: VideoResult) -> Iterator[Row]:
    """Give the rows of the table of faces.

    Args:
        result: of a film.

    Yields:
        A row a face, with the columns `FACES`; frames in their order, faces from left to right. A frame without a face
        has none.
    """
    track_of = {track.number: track for track in result.tracks}
    rule = result.rule
    for look in result.looks:
        logits = [face.logit for face in look.faces]
        labels, guesses = rule.labels(logits, result.names), rule.guesses(logits)
        for place, (face, probability) in enumerate(zip(look.faces, rule.probabilities(logits), strict=True)):
            track = track_of[face.track]
            yield {
                "path": result.path,
                "time": round(look.time, 3),
                "frame": look.number,
                "shot": track.shot,
                "track": face.track,
                "face": place,
                **dict(zip(("x0", "y0", "x1", "y1"), (round(v, 1) for v in face.box), strict=True)),
                "detection_score": round(face.score, 4),
                "face_px": round(face.side, 1),
                "probability_male": round(float(probability), 6),
                "label": labels[place],
                "best_guess": result.names[guesses[place]],
                "track_probability_male": round(track.probability_male, 6),
                "track_label": track.label,
            }


def track_rows(result: VideoResult) -> Iterator[Row]:
    """Give the rows of the table of tracks.

    Args:
        result: of a film.

    Yields:
        A row a track, with the columns `TRACKS`, in the order in which they begin.
    """
    for track in result.tracks:
        yield {
            "path": result.path,
            "track": track.number,
            "shot": track.shot,
            "begin": round(track.begin, 3),
            "end": round(track.end, 3),
            "seconds": round(track.seconds, 3),
            "faces": track.faces,
            "face_px": round(track.face_px, 1),
            "detection_score": round(track.detection_score, 4),
            "probability_male": round(track.probability_male, 6),
            "label": track.label,
            "best_guess": track.best_guess,
            "changes": track.changes,
        }


def shot_rows(result: VideoResult) -> Iterator[Row]:
    """Give the rows of the table of shots.

    Args:
        result: of a film.

    Yields:
        A row a shot, with the columns `SHOTS`, in their order.
    """
    for shot in result.shots:
        yield {
            "path": result.path,
            "shot": shot.number,
            "begin": round(shot.begin, 3),
            "end": round(shot.end, 3),
            **_seconds(shot.screen_time),
            "tracks": shot.screen_time.tracks,
        }


def summary_row(result: VideoResult) -> Row:
    """Give the summary's row of a film.

    Args:
        result: of the film.

    Returns:
        The columns `SUMMARY`; the share and its interval are None where there is none.
    """
    time = result.screen_time
    low, high = time.interval or (None, None)
    shares = {"share_female": time.share_female, "share_female_low": low, "share_female_high": high}
    return {
        "path": result.path,
        "status": result.status,
        "watched_s": round(time.watched, 3),
        **_seconds(time),
        **{name: None if value is None else round(value, 4) for name, value in shares.items()},
        "quotable": time.quotable,
        "shots": len(result.shots),
        "tracks": time.tracks,
        "note": result.note,
    }


def ina_rows(result: VideoResult) -> Iterator[Row]:
    """Give the rows of the table of faces as inaFaceAnalyzer writes them.

    Args:
        result: of a film.

    Yields:
        A row a face, with the columns `INA`: decisions are calibrated logits, positive for male, labels `f` or `m`,
        boxes whole pixels in a text.
    """
    track_of = {track.number: track for track in result.tracks}
    apply, letters = result.rule.calibration.apply, {name: name[0] for name in result.names}
    for look in result.looks:
        logits = [face.logit for face in look.faces]
        guesses = result.rule.guesses(logits)
        for face, decision, guess in zip(look.faces, apply(logits), guesses, strict=True):
            track = track_of[face.track]
            yield {
                "frame": look.number,
                "bbox": str(tuple(round(v) for v in face.box)),
                "face_id": face.track,
                "detect_conf": round(face.score, 6),
                "sex_decfunc": round(float(decision), 6),
                "sex_label": letters[result.names[guess]],
                "sex_decfunc_avg": round(float(apply([track.logit])[0]), 6),
                "sex_label_avg": letters[track.best_guess],
            }


def _seconds(time: ScreenTime) -> Row:
    values = (time.female, time.male, time.uncertain, time.with_female, time.with_male, time.with_both)
    return dict(zip(_SECONDS, (round(v, 3) for v in (*values, time.with_nobody)), strict=True))


TABLES: dict[str, tuple[tuple[str, ...], Callable[[VideoResult], Iterable[Row]]]] = {
    "faces": (FACES, face_rows),
    "tracks": (TRACKS, track_rows),
    "shots": (SHOTS, shot_rows),
    "summary": (SUMMARY, lambda result: [summary_row(result)]),
    "ina": (INA, ina_rows),
}
"""Columns and rows of each table."""


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows as CSV, JSON lines or Parquet, as the name's ending says, whole or not at all.

    Args:
        path: file to write, `.csv`, `.jsonl` or `.parquet`.
        columns: their names, in their order.
        rows: each with all columns.

    Raises:
        OSError: the file cannot be written.
        ModuleNotFoundError: Parquet, and no pyarrow.
    """
    with atomic_path(path) as partial:
        if path.suffix.lower() == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            every = list(rows)
            pq.write_table(pa.table({name: [row[name] for row in every] for name in columns}), partial)
            return
        with partial.open("w", newline="", encoding="utf-8") as handle:
            if path.suffix.lower() == ".jsonl":
                handle.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
                return
            writer = texts.CsvWriter(handle)
            writer.writerow(columns)
            for row in rows:
                writer.writedict(row, columns)


def empty_row(path: str, status: str) -> Row:
    """Give the summary's row of a film that could not be read.

    Args:
        path: of the film.
        status: why it could not be read.

    Returns:
        The columns `SUMMARY`; all that is not known is None.
    """
    return {**dict.fromkeys(SUMMARY), "path": path, "status": status, "quotable": False, "note": ""}
