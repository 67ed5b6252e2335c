"""How right, how fast and how steady `video` is, on films whose truth is known.

    python benchmarks/video.py films FAIRFACE/manifest.csv [--films 200] [--shots 25] [--seed 0]
    python benchmarks/video.py people FACECOM
    python benchmarks/video.py hamilton SHARED/video/hamilton.mp4
    python benchmarks/video.py landmarks FACECOM
    python benchmarks/video.py speed FILM
    python benchmarks/video.py hour FILM [--minutes 60] [--model release]

`films` makes films of FairFace's test images, which move over backgrounds with cuts, and tells screen time's error, how
often its interval holds the true share, tracks right against frames right, identity switches, broken tracks, and
changes of answer per minute. `people` tells what a track's probability is worth where it comes from several images of
one person, told by their names. `hamilton` compares with what is seen in a real broadcast. `landmarks` tells what
finding them once more in the upright crop brings and costs. `speed` gives each stage alone and the whole,
`hour` the command's time and memory on a long film. Prints Markdown. Needs no torch.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache, partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from _video_films import Actor, Made, draw_actors, fairface_test, make_film
from _video_long import hour_table
from _video_more import landmarks_table, people_table, speed_table
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.decision import UNCERTAIN
from gender_classifier.metrics.known_errors import Confusion, confusion_at
from gender_classifier.report.tables import markdown_table
from gender_classifier.video.analysis import analyse_video
from gender_classifier.video.answers import Track
from gender_classifier.video.options import VideoOptions
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import Errors, share_of_women

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)


@dataclass
class Seen:
    """What is added up over films."""

    off: list[float] = field(default_factory=list)
    off_plain: list[float] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    quotable: list[bool] = field(default_factory=list)
    seconds_off: list[float] = field(default_factory=list)
    tracks: list[tuple[float, bool, int, float]] = field(default_factory=list)  # probability, male, faces, seconds
    frames: list[tuple[float, bool]] = field(default_factory=list)
    films: list[tuple[float, list[Track], Confusion]] = field(default_factory=list)  # true share of women, errors
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, other: Seen) -> None:
        """Add what was seen in further films."""
        for name, values in vars(other).items():
            getattr(self, name).update(values) if name == "counts" else getattr(self, name).extend(values)


@app.command()
def films(
    manifest: Path,
    films: Annotated[int, typer.Option(help="films that are made")] = 200,
    shots: Annotated[int, typer.Option(help="of each")] = 25,
    seed: int = 0,
    jobs: Annotated[int, typer.Option(help="processes")] = 2,
) -> None:
    """Screen time, tracks and flicker on films of FairFace's test pictures."""
    faces, seen = fairface_test(manifest), Seen()
    work = partial(_one, faces, seed, shots)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        for done, one in enumerate(pool.map(work, range(films)), 1):
            seen.add(one)
            if done % 20 == 0 or done == films:
                typer.echo(f"{done} of {films} films", err=True)
                _print_films(seen, GenderClassifier())


def _one(faces: tuple[list[Path], list[Path]], seed: int, shots: int, number: int) -> Seen:
    rng, seen = np.random.default_rng((seed, number)), Seen()
    with tempfile.TemporaryDirectory() as folder:
        made = make_film(Path(folder) / "film.mp4", *draw_actors(faces, rng, shots), rng)
        _judge(seen, made, analyse_video(_classifier(), made.path, VideoOptions()))
    return seen


@cache
def _classifier() -> GenderClassifier:
    return GenderClassifier(threads=1)  # a film a process


def _judge(seen: Seen, made: Made, result: VideoResult) -> None:
    women, men = made.seconds(False), made.seconds(True)
    truth, time = women / (women + men), result.screen_time
    assert time.share_female is not None
    assert time.interval is not None
    said = sum(t.seconds for t in result.tracks if t.best_guess == "female") / sum(t.seconds for t in result.tracks)
    seen.off.append(time.share_female - truth)
    seen.off_plain.append(said - truth)
    seen.held.append(time.interval[0] <= truth <= time.interval[1])
    seen.quotable.append(time.quotable)
    seen.seconds_off.append((time.female + time.male + time.uncertain) / (women + men) - 1)
    before = len(seen.tracks)
    _judge_tracks(seen, made, result)
    p, male = np.array([(track[0], track[1]) for track in seen.tracks[before:]]).T
    seen.films.append((truth, result.tracks, confusion_at(male, p, 0.5)))
    cuts = np.array([shot.begin for shot in result.shots[1:]])
    seen.counts["cuts"] += len(made.cuts)
    seen.counts["cuts found"] += sum(bool(cuts.size and np.abs(cuts - cut).min() < 0.11) for cut in made.cuts)
    seen.counts["cuts invented"] += sum(min(abs(cut - real) for real in made.cuts) > 0.11 for cut in cuts)


def _judge_tracks(seen: Seen, made: Made, result: VideoResult) -> None:
    actors_of: dict[int, list[int]] = {}
    tracks_of: dict[int, set[int]] = {}
    probabilities = result.rule.probabilities
    for look in result.looks:
        for face in look.faces:
            actor = _actor(made.actors, look.time, face.box)
            if actor is None:
                seen.counts["faces of nobody"] += 1
                continue
            actors_of.setdefault(face.track, []).append(actor)
            tracks_of.setdefault(actor, set()).add(face.track)
            seen.frames.append((float(probabilities([face.logit])[0]), made.actors[actor].male))
    seen.counts["actors"] += len(made.actors)
    seen.counts["actors found"] += len(tracks_of)
    seen.counts["broken"] += sum(len(tracks) - 1 for tracks in tracks_of.values())
    for track in result.tracks:
        who = actors_of.get(track.number)
        if who is None:
            continue
        seen.counts["switches"] += sum(a != b for a, b in pairwise(who))
        actor = made.actors[Counter(who).most_common(1)[0][0]]
        seen.tracks.append((track.probability_male, actor.male, track.faces, track.seconds))
        seen.counts["changes"] += track.changes
        logits = [
            f.logit
            for look in result.looks[track.first : track.last + 1]
            for f in look.faces
            if f.track == track.number
        ]
        labels = result.rule.labels(logits)
        seen.counts["changes of label"] += sum(a != b for a, b in pairwise(labels))


def _actor(actors: list[Actor], time: float, box: tuple[float, ...]) -> int | None:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    best, near = None, 0.45
    for place, actor in enumerate(actors):
        if actor.begin - 1e-6 <= time < actor.end - 1e-6:
            there = actor.centre(time)
            far = float(np.hypot(there[0] - x, there[1] - y)) / actor.side
            if far < near:
                best, near = place, far
    return best


def _print_films(seen: Seen, classifier: GenderClassifier) -> None:
    off, plain = np.array(seen.off), np.array(seen.off_plain)
    own_off, own_side, own_held = _own_errors(seen)
    p, male = np.array([track[:2] for track in seen.tracks]).T
    right = (p >= 0.5) == (male == 1)
    rows = [
        ["women's share, adjusted: off by, points (mean)", f"{100 * np.abs(off).mean():.1f}"],
        ["… and on average to one side", f"{100 * off.mean():+.1f}"],
        ["counting labels: off by", f"{100 * np.abs(plain).mean():.1f}"],
        ["intervals that hold the true share, %", f"{100 * np.mean(seen.held):.1f}"],
        ["tracks right, women / men, %", f"{100 * right[male == 0].mean():.1f} / {100 * right[male == 1].mean():.1f}"],
        ["with the errors of the other films' tracks (--confusion): off by", f"{100 * own_off:.1f}"],
        ["… and on average to one side", f"{100 * own_side:+.1f}"],
        ["… intervals that hold the true share, %", f"{100 * own_held:.1f}"],
        ["films whose share may be quoted, %", f"{100 * np.mean(seen.quotable):.1f}"],
        ["face-seconds, all answers, against the truth, % (mean)", f"{100 * np.mean(seen.seconds_off):+.1f}"],
    ]
    c, minutes = seen.counts, sum(track[3] for track in seen.tracks) / 60
    rows += [
        ["cuts found / invented, of", f"{c['cuts found']} / {c['cuts invented']}, {c['cuts']}"],
        ["faces in a shot that were found, of", f"{c['actors found']}, {c['actors']}"],
        ["broken tracks / identity switches, of", f"{c['broken']} / {c['switches']}, {len(seen.tracks)} tracks"],
        ["faces found where none is", f"{c['faces of nobody']} of {len(seen.frames)}"],
        ["changes of gender a minute of track: frames / tracks", f"{c['changes'] / minutes:.1f} / 0"],
        ["changes of label, uncertain too", f"{c['changes of label'] / minutes:.1f} / 0"],
    ]
    typer.echo("\n".join(markdown_table([f"{len(off)} films", ""], rows)))
    rule = classifier.rule()
    judged = [("frames", seen.frames), ("tracks", [track[:2] for track in seen.tracks])]
    judged.append(("tracks of 5 faces or more", [track[:2] for track in seen.tracks if track[2] >= 5]))
    typer.echo("")
    typer.echo("\n".join(markdown_table(_HEAD, [[n, *_row(pairs, rule.band)] for n, pairs in judged if pairs], 1)))


def _own_errors(seen: Seen) -> tuple[float, float, float]:
    """How far off, to which side, and how often held, with the errors of tracks like these, of all the other films."""
    off, held = [], []
    for place, (truth, tracks, _) in enumerate(seen.films):
        others = [film[2] for other, film in enumerate(seen.films) if other != place]
        errors = Confusion(*(sum(getattr(c, name) for c in others) for name in ("tn", "fp", "fn", "tp")))
        if not errors.women or not errors.men:
            return float("nan"), float("nan"), float("nan")
        women, _ = share_of_women(tracks, Errors(errors, None, True, ""))
        off.append(women.share - truth)
        held.append(women.interval[0] <= truth <= women.interval[1])
    return float(np.abs(off).mean()), float(np.mean(off)), float(np.mean(held))


_HEAD = ["", "number", "right, %", "log loss", "calibration error", "slope", "answered, %", "of these right, %"]


def _row(pairs: list[tuple[float, bool]], band: tuple[float, float] | None) -> list[str]:
    p, male = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    return [str(len(p)), *_figures(p, male, band)]


def _figures(p: np.ndarray, male: np.ndarray, band: tuple[float, float] | None) -> list[str]:
    from _video_more import calibration_error, log_loss, slope

    low, high = band or (0.5, 0.5)
    answered = (p <= low) | (p >= high)
    right = (p >= 0.5) == (male == 1)
    return [
        f"{100 * right.mean():.1f}",
        f"{log_loss(p, male):.3f}",
        f"{calibration_error(p, male):.3f}",
        f"{slope(p, male):.2f}",
        f"{100 * answered.mean():.1f}",
        f"{100 * right[answered].mean():.1f}",
    ]


@app.command()
def people(facecom: Path) -> None:
    """What a track's probability is worth, by several pictures of one person."""
    typer.echo(people_table(facecom, GenderClassifier()))


@app.command()
def hamilton(film: Path) -> None:
    """Answers by shot beside what is seen, from the truth beside the film."""
    truth = json.loads(film.with_name("truth.json").read_text(encoding="utf-8"))
    result = analyse_video(GenderClassifier(), film, VideoOptions())
    rows = []
    for shot, known in zip(result.shots, truth["shots"], strict=True):
        first = result.looks[0].time + known["first"] / truth["frames_per_second"]
        tracks = [track for track in result.tracks if track.shot == shot.number]
        labels = Counter(track.label for track in tracks)
        own = [
            frame for frame, look in zip(result.frames, result.looks, strict=True) if shot.begin <= look.time < shot.end
        ]
        frames = Counter(face.label for frame in own for face in frame.faces)
        rows.append(
            [
                f"{shot.begin:.2f} ({first:.2f})",
                ", ".join(person["gender"] for person in known["seen"]),
                *(
                    " / ".join(str(count[label]) for label in ("female", "male", UNCERTAIN))
                    for count in (labels, frames)
                ),
                f"{sum(track.changes for track in tracks)}",
            ]
        )
    head = ["shot begins, s (truth)", "seen", "tracks: f / m / uncertain", "frames: f / m / uncertain", "changes"]
    typer.echo("\n".join(markdown_table(head, rows)))


@app.command()
def landmarks(facecom: Path, most: Annotated[int, typer.Option(help="images of each gender")] = 350) -> None:
    """Single faces of 80 pixels with their landmarks as found in half that size, and as `predict` finds them again."""
    typer.echo(landmarks_table(facecom, GenderClassifier(threads=1), most))


@app.command()
def speed(film: Path, seconds: Annotated[float, typer.Option(help="of film")] = 60.0) -> None:
    """Each stage alone, and the whole: by the clock, and by the processors' time, for a busy machine."""
    typer.echo(speed_table(film, seconds))


@app.command()
def hour(
    film: Path,
    minutes: Annotated[float, typer.Option(help="of the long film")] = 60.0,
    model: Annotated[str, typer.Option(help="name or file")] = "release",
) -> None:
    """The command on a film enlarged to 1280 x 720 and repeated until it is long: time, and memory on the way."""
    with tempfile.TemporaryDirectory() as folder:
        typer.echo(hour_table(film, Path(folder), minutes, model))


if __name__ == "__main__":
    app()
