"""What `video` says on the screen."""

from __future__ import annotations

import pytest

from gender_classifier.video.ending import Ending
from gender_classifier.video.shown import films_table, sentences
from gender_classifier.video.tables import empty_row, summary_row

from .results import ERRORS, looks_at, made_of, seen

RESULT = made_of(looks_at(*[[seen(0, -4.0)]] * 5, [seen(1, 4.0)]), Ending(1.2))


def test_a_row_a_film(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    films_table([summary_row(RESULT), empty_row("[red]b.mp4", "unreadable: empty, 0 bytes")])
    first, second = [line for line in capsys.readouterr().out.splitlines() if ".mp4" in line]
    for part in ("film.mp4", " 1.0 ", " 0.2 ", " 0.0 ", "ok", "("):  # a share in brackets is not to be quoted
        assert part in first
    assert "[red]b.mp4" in second
    assert "unreadable: empty, 0 bytes" in second


def test_which_share_to_quote_and_what_speaks_against_it() -> None:
    said = list(sentences(RESULT, ERRORS))
    assert said[0].startswith("film.mp4: Do not quote: ")
    assert any(line.startswith("- Against it: ") for line in said)
    assert said[-1] == (
        "In 1.2 s, 1 shots and 2 tracks: at least one woman 1.0 s, one man 0.2 s, both 0.0 s, nobody 0.0 s"
    )
    assert any("--confusion SCORES" in line for line in sentences(made_of(RESULT.looks, Ending(1.2), None), None))
