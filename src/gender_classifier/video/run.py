"""`video`: films in, screen time and what shows it out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from gender_classifier import PERCEIVED
from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.written_images import reason
from gender_classifier.names import to_text
from gender_classifier.system.console import say
from gender_classifier.system.files import find, sha256_of
from gender_classifier.video.analysis import errors_of, finished, looks_of
from gender_classifier.video.ending import Ending
from gender_classifier.video.journal import OUTPUTS, FilmJournal, outputs_kept
from gender_classifier.video.looks import Look
from gender_classifier.video.options import Outputs, VideoOptions
from gender_classifier.video.progress import film_progress
from gender_classifier.video.reading import BeyondEndError, Film
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import Errors
from gender_classifier.video.shown import films_table, sentences
from gender_classifier.video.tables import TABLES, Row, empty_row, write_table
from gender_classifier.video.thumbs import Thumbs
from gender_classifier.video.tracks import Tracker
from gender_classifier.video.written import write_own


class VideoStoppedError(UserError):
    """The user stopped it; what was seen up to there is kept."""

    exit_code = ExitCode.INTERRUPTED


def run(
    asked: Sequence[str],
    options: VideoOptions,
    outputs: Outputs,
    *,
    model: Path | None = None,
    engine: str = "onnxruntime",
    threads: int | None = None,
    confusion: Path | None = None,
) -> ExitCode:
    """Look at films, write what was asked for, and say what was found.

    Args:
        asked: films, as they were named.
        options: which frames and faces, and the decision rule.
        outputs: what is written.
        model: file, run folder or name; None: the released one.
        engine: that runs the network.
        threads: of the engine and of reading; None: all cores.
        confusion: scores table of labelled faces like the films'; None: the report beside the model.

    Returns:
        FINE; FOUND_WRONG where some film could not be read to its end; UNREADABLE where none could be opened;
        WRONG_USE where all end before the place to begin at.

    Raises:
        UserError: options that cannot go together, or what cannot be written.
        UnreadableError: the only film, a model, or what an interrupted run kept cannot be read.
        VideoStoppedError: by Ctrl-C.
    """
    films = list(dict.fromkeys(find(name) for name in asked))
    options.sampling()
    kept_for = outputs.kept_for
    outputs.check(films, outputs_kept(kept_for) if kept_for is not None else ())
    classifier = GenderClassifier(model, threads, engine=engine)
    options.rule(classifier)
    errors = errors_of(classifier, confusion)
    work = _Work(classifier, options, outputs, errors, films)
    if kept_for is None:
        return work.all(None)
    settings = _settings(classifier, options, films, engine, thumbs=outputs.page is not None)
    settings[OUTPUTS] = outputs.targets(films)
    try:
        journal = FilmJournal(kept_for, settings, outputs.resume, outputs.overwrite)
    except OSError as error:
        raise UserError(f"{kept_for}: {reason(error)}") from None
    try:
        code = work.all(journal)
        journal.remove()
        return code
    except KeyboardInterrupt:
        raise VideoStoppedError(f"{kept_for}: stopped; what was seen is kept, go on with --resume") from None
    except OSError as error:
        kept = "; what was seen is kept, go on with --resume" if journal.path.exists() else ""
        raise UserError(f"{error.filename or kept_for}: {reason(error)}{kept}") from None
    finally:
        journal.close()


def _settings(
    classifier: GenderClassifier, options: VideoOptions, films: Sequence[Path], engine: str, thumbs: bool
) -> dict[str, Any]:
    """What must stay the same when a run goes on; the films by name, size and date."""
    stats = [(os.path.abspath(film), *_size_and_date(film)) for film in films]
    looked = {name: getattr(options, name) for name in ("rate", "keyframes", "start", "end", "min_face")}
    return {
        "video": 1,
        "model": sha256_of(classifier.path),
        "engine": engine,
        "films": [list(stat) for stat in stats],
        "thumbs": thumbs,
        **looked,
    }


def _size_and_date(film: Path) -> tuple[int, int]:
    try:
        stat = film.stat()
    except OSError:
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


class _Work:
    """One run: films one after another, then the tables."""

    def __init__(
        self,
        classifier: GenderClassifier,
        options: VideoOptions,
        outputs: Outputs,
        errors: Errors | None,
        films: Sequence[Path],
    ) -> None:
        self.classifier, self.options, self.outputs = classifier, options, outputs
        self.errors, self.films = errors, films

    def all(self, journal: FilmJournal | None) -> ExitCode:
        results: list[VideoResult] = []
        summary: list[Row] = []
        failed = ExitCode.WRONG_USE
        for number, path in enumerate(self.films):
            try:
                result = self._film(number, path, journal)
            except (UnreadableError, BeyondEndError) as error:
                if len(self.films) == 1:
                    if journal is not None and not any(journal.film(number, None)):  # nothing to go on from
                        journal.remove()
                    raise
                what = "unreadable" if isinstance(error, UnreadableError) else "not looked at"
                failed = max(failed, error.exit_code)
                say(f"{what}: {error}")
                name = to_text(os.fspath(path))
                summary.append(empty_row(name, f"{what}: {str(error).removeprefix(f'{name}: ')}"))
                continue
            results.append(result)
            summary += TABLES["summary"][1](result)
        self._tables(results, summary)
        for result in results:
            for sentence in sentences(result, self.errors):
                say(sentence)
        films_table(summary)
        say(PERCEIVED + " A track is not a person.")
        if not results:
            return failed
        whole = len(results) == len(self.films) and all(result.status == "ok" for result in results)
        return ExitCode.FINE if whole else ExitCode.FOUND_WRONG

    def _film(self, number: int, path: Path, journal: FilmJournal | None) -> VideoResult:
        thumbs = Thumbs() if self.outputs.page is not None else None
        with Film(path, self.classifier.threads) as film:
            looks, ending = journal.film(number, thumbs) if journal is not None else ([], None)
            if ending is None:
                ending = self._look(film, number, looks, thumbs, journal)
            result = finished(film, ending, looks, self.classifier, self.options, self.errors)
        write_own(result, path, self.outputs, thumbs, self.errors)
        return result

    def _look(
        self, film: Film, number: int, looks: list[Look], thumbs: Thumbs | None, journal: FilmJournal | None
    ) -> Ending:
        """Look at the rest of a film; what was seen is added to `looks`."""
        tracker = Tracker()
        for look in looks:
            tracker.step(look)
        after = looks[-1].time if looks else None
        if after is not None:
            say(f"{to_text(os.fspath(film.path))}: going on at {after:.1f} s")
        seen = looks_of(film, self.classifier, self.options, tracker, after, thumbs)
        begin = self.options.start if after is None else after
        with film_progress(film, begin, self.options.end) as tick, closing(seen):
            for look in seen:
                looks.append(look)
                if journal is not None:
                    journal.look(number, look, thumbs)
                tick(look.time, len(look.faces))
        if journal is not None:
            journal.end(number, film.ending)
        return film.ending

    def _tables(self, results: Sequence[VideoResult], summary: Sequence[Row]) -> None:
        for option, path in self.outputs.named().items():
            if option in ("out", "tracks", "shots", "summary"):
                kind = {"out": "ina" if self.outputs.ina else "faces"}.get(option, option)
                columns, rows_of = TABLES[kind]
                rows: Iterable[Row] = summary if option == "summary" else _every(results, rows_of)
                write_table(path, columns, rows)


def _every(results: Sequence[VideoResult], rows_of: Any) -> Iterator[Row]:
    for result in results:
        yield from rows_of(result)
