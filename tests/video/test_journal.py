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
    journal = FilmJournal(out, {"video": 1}, resume=True)
    with pytest.raises(UnreadableError, match=r"line 7: broken; begin anew with --overwrite"):
        journal.film(1, None)
    journal.close()
    path.write_bytes(whole + b'{"film": 1, "look": "\xff"}\n')
    journal = FilmJournal(out, {"video": 1}, resume=True)
    with pytest.raises(UnreadableError, match=r"line 7: broken; begin anew with --overwrite"):
        journal.film(1, None)
    journal.close()


def test_a_run_may_go_on_with_other_outputs_and_knows_those_that_it_had(out: Path) -> None:
    FilmJournal(out, {"video": 1, "outputs": ["a.html", "faces.csv"]}, resume=False).close()
    assert outputs_kept(out) == {"a.html", "faces.csv"}
    FilmJournal(out, {"video": 1, "outputs": ["b.html"]}, resume=True).close()
    with pytest.raises(UserError, match="other options"):
        FilmJournal(out, {"video": 2, "outputs": ["a.html", "faces.csv"]}, resume=True)


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
