"""Looks, images and endings kept line by line, film by film, and given back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.video.ending import Ending
from gender_classifier.video.journal import FilmJournal, outputs_kept
from gender_classifier.video.looks import Look
from gender_classifier.video.thumbs import Thumbs

from .results import looks_at, seen

LOOKS = looks_at([seen(0, -1.25)], [], [seen(0, 2.5), seen(1, 0.1)])
ENDING = Ending(2.5, (2.4,), "cut off", ["a note"])


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "faces.csv"


def kept(out: Path) -> Thumbs:
    """Two films, the second not read to its end; gives the first one's images."""
    journal, thumbs = FilmJournal(out, {"video": 1}, resume=False), Thumbs()
    for look in LOOKS:
        thumbs.see(look, np.full((len(look.faces), 32, 32, 3), 90, np.uint8))
        journal.look(0, look, thumbs)
    journal.end(0, ENDING)
    journal.look(1, LOOKS[0], None)
    journal.close()
    return thumbs


def test_each_film_is_given_back(out: Path) -> None:
    before, thumbs = kept(out), Thumbs()
    journal = FilmJournal(out, {"video": 1}, resume=True)
    assert journal.film(0, thumbs) == (LOOKS, ENDING)
    assert journal.film(1, None) == ([LOOKS[0]], None)
    assert journal.film(2, None) == ([], None)
    assert thumbs.jpegs == before.jpegs
    assert thumbs.fresh == set()
    journal.remove()
    assert list(out.parent.iterdir()) == []


def test_a_line_cut_short_is_dropped_and_another_is_broken(out: Path) -> None:
    kept(out)
    (path,) = out.parent.glob("*journal*")
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"film": 1, "lo')
    journal = FilmJournal(out, {"video": 1}, resume=True)
    assert journal.film(1, None) == ([LOOKS[0]], None)
    journal.close()
    path.write_bytes(whole + b'{"film": 1}\n')
    with pytest.raises(UnreadableError, match=r"line 7: broken; begin anew with --overwrite"):
        FilmJournal(out, {"video": 1}, resume=True)
    path.write_bytes(whole + b'{"film": 1, "look": "\xff"}\n')
    with pytest.raises(UnreadableError, match=r"line 7: broken; begin anew with --overwrite"):
        FilmJournal(out, {"video": 1}, resume=True)


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"7",
        b'{"look": [0, 0, 0, [], []]}',
        b'{"film": 0, "look": [0, 0, 0, []]}',
        b'{"film": 5, "look": [0, 0, 0, [], [[1, 2]]]}',
        b'{"film": 0, "look": [0, 0, 0, [], []], "thumbs": [3]}',
        b'{"film": 0, "end": {"covered": 2.5}}',
    ],
)
def test_a_broken_line_of_any_film_is_told_on_opening_and_the_file_stays(out: Path, line: bytes) -> None:
    kept(out)
    (path,) = out.parent.glob("*journal*")
    first, *rest = path.read_bytes().splitlines()
    broken = b"\n".join([first, line, *rest, b""])
    path.write_bytes(broken)
    with pytest.raises(UnreadableError, match=r"line 2: broken; begin anew with --overwrite, without --resume"):
        FilmJournal(out, {"video": 1}, resume=True)
    assert path.read_bytes() == broken
    FilmJournal(out, {"video": 1}, resume=False, overwrite=True).remove()


def test_a_run_may_go_on_with_other_outputs_and_knows_those_that_it_had(out: Path) -> None:
    FilmJournal(out, {"video": 1, "outputs": ["a.html", "faces.csv"]}, resume=False).close()
    assert outputs_kept(out) == {"a.html", "faces.csv"}
    FilmJournal(out, {"video": 1, "outputs": ["b.html"]}, resume=True).close()
    with pytest.raises(UserError, match="other options"):
        FilmJournal(out, {"video": 2, "outputs": ["a.html", "faces.csv"]}, resume=True)


def test_the_outputs_are_known_where_a_later_line_is_broken(out: Path) -> None:
    settings = {"video": 1, "outputs": ["a.html"]}
    FilmJournal(out, settings, resume=False).close()
    (path,) = out.parent.glob("*journal*")
    path.write_bytes(path.read_bytes() + b'{"film": 0, "\xff": 1}\n')
    assert outputs_kept(out) == {"a.html"}
    with pytest.raises(UnreadableError, match="line 2: broken"):  # and not: begun with other options
        FilmJournal(out, settings, resume=True)


def test_an_older_journal_names_no_outputs(out: Path) -> None:
    assert outputs_kept(out) == frozenset()
    kept(out)
    assert outputs_kept(out) == frozenset()
    FilmJournal(out, {"video": 1, "outputs": ["a.html"]}, resume=True).close()
    (path,) = out.parent.glob("*journal*")
    path.write_text("[]\n")
    assert outputs_kept(out) == frozenset()


def test_a_journal_that_is_gone_is_told(out: Path) -> None:
    journal = FilmJournal(out, {"video": 1}, resume=False)
    journal.path.unlink()
    with pytest.raises(FileNotFoundError):
        journal.look(0, Look(0.0, 0, 0.0), None)
    journal.close()
