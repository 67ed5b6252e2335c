"""What was seen so far, beside the table that it will become: what `--resume` goes on from."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gender_classifier.errors import UnreadableError
from gender_classifier.inference.journal import Journal, journal_of
from gender_classifier.inference.results import Prediction
from gender_classifier.video.ending import Ending
from gender_classifier.video.looks import Look
from gender_classifier.video.thumbs import Thumbs

OUTPUTS = "outputs"
"""Of the settings, the files that a run writes: they need not be the same when it goes on."""
_Kept = tuple[Look | Ending, list[tuple[int, float, str]]]
"""A line: a look or how reading ended, and the images that changed with it, as `Thumbs.put` takes them."""


def outputs_kept(out: Path) -> frozenset[str]:
    """Give the files that an interrupted run was to write: those that it wrote may be replaced.

    Args:
        out: the table beside which it keeps what it has.

    Returns:
        Their paths; empty where nothing is kept, or by a version that did not tell.
    """
    try:
        with journal_of(out).open("rb") as handle:  # a broken byte further on is no matter here
            return frozenset(map(str, json.loads(handle.readline())[OUTPUTS]))
    except (OSError, ValueError, KeyError, TypeError):
        return frozenset()


class FilmJournal(Journal):
    """Looks, faces' images and films' endings, a line each; the first line tells the settings.

    Args and errors are those of `Journal`; a broken line is an error when it is opened, and the file stays.

    Example:
        >>> journal = FilmJournal(Path("tracks.csv"), {"rate": 5.0}, resume=True)  # doctest: +SKIP
        >>> looks, ending = journal.film(0, None)  # doctest: +SKIP
    """

    def look(self, film: int, look: Look, thumbs: Thumbs | None) -> None:
        """Keep a look of the film of that number, and the images that changed with it.

        Args:
            film: its number, from 0.
            look: its faces numbered by a `Tracker`.
            thumbs: faces' images; None: none are kept.

        Raises:
            OSError: it cannot be written, or the journal was removed.
        """
        line: dict[str, Any] = {"film": film, "look": look.to_list()}
        if thumbs is not None and thumbs.fresh:
            line["thumbs"] = thumbs.take_fresh()
        self._keep(line)

    def end(self, film: int, ending: Ending) -> None:
        """Keep that a film was read to its end.

        Args:
            film: its number, from 0.
            ending: how reading ended.

        Raises:
            OSError: it cannot be written, or the journal was removed.
        """
        self._keep({"film": film, "end": asdict(ending)})

    def film(self, number: int, thumbs: Thumbs | None) -> tuple[list[Look], Ending | None]:
        """Give what is kept of a film; its images go to `thumbs`.

        Args:
            number: of the film, from 0.
            thumbs: takes the images; None: none are wanted.

        Returns:
            Its looks, in their order, and how reading ended; None: the end was not reached.

        Raises:
            UnreadableError: a line of the journal is broken.
        """
        looks: list[Look] = []
        ending: Ending | None = None
        for what, images in self._lines(number):
            if isinstance(what, Ending):
                ending = what
            else:
                looks.append(what)
            if thumbs is not None:
                for image in images:
                    thumbs.put(*image)
        return looks, ending

    def _check(self, out: Path, settings: dict[str, Any]) -> None:
        same = {name: value for name, value in settings.items() if name != OUTPUTS}
        kept = sorted(outputs_kept(out))
        super()._check(out, {**same, OUTPUTS: kept} if kept else same)

    def _keep(self, line: dict[str, Any]) -> None:
        if os.fstat(self._handle.fileno()).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(self.path))
        self._write(line)

    def _lines(self, film: int | None = None) -> Iterator[_Kept]:
        """What is kept of a film, or of all, in its order."""
        with self.path.open("rb") as handle:  # a byte that is no text is one line, too
            handle.readline()
            for number, text in enumerate(handle, 2):
                try:
                    line = json.loads(text)
                    if film in (None, line["film"]):
                        yield _kept(line)
                except (ValueError, LookupError, TypeError):
                    what = "broken; begin anew with --overwrite, without --resume"
                    raise UnreadableError(f"{self.path}, line {number}: {what}") from None

    def _pictures(self) -> Iterator[tuple[str, list[Prediction]]]:
        for _ in self._lines():  # once, on opening: else a broken line would be taken for a film that cannot be read
            pass
        return iter(())  # films are asked for by their number


def _kept(line: dict[str, Any]) -> _Kept:
    if "end" in line:
        end = line["end"]
        return Ending(end["covered"], tuple(end["cuts"]), end["fault"], list(end["notes"])), []
    images = [(int(track), float(quality), str(jpeg)) for track, quality, jpeg in line.get("thumbs", ())]
    return Look.from_list(line["look"]), images
