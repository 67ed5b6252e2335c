"""The table that a person sees on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from gender_classifier.inference.results import NO_FACE, Prediction
from gender_classifier.inference.show import counting, predictions_table


def shown(*rows: Prediction) -> str:
    text = io.StringIO()
    Console(file=text, width=160).print(predictions_table(rows))
    return text.getvalue()


def test_a_row_a_face_with_what_it_means() -> None:
    text = shown(
        Prediction("female", 0.0312, -2.0, "ok", "a.jpg", 0, (1.0, 2.0, 3.0, 4.0), 0.9, 123.4),
        Prediction("uncertain", 0.5, 0.0, "ok", "a.jpg", 1, (5.0, 2.0, 9.0, 4.0), 0.9, 24.0),
        Prediction("", None, None, NO_FACE, "[red]b[/red].jpg"),
        Prediction("", None, None, "unreadable: empty file", "bytes \udce9.jpg"),
        Prediction("male", 0.99, 4.0, "ok", "scan.tif", 0, turned=180, note="2 more pages"),
    )
    lines = text.splitlines()
    assert any(all(part in line for part in ("a.jpg", "0", "female", "3.1 %", "123", "ok")) for line in lines)
    assert any(all(part in line for part in ("a.jpg", "1", "uncertain", "50.0 %", "24")) for line in lines)
    assert any("[red]b[/red].jpg" in line and NO_FACE in line for line in lines)
    assert any(r"bytes \xe9.jpg" in line and "unreadable: empty file" in line for line in lines)
    assert any("scan.tif" in line and "ok; turned by 180°; 2 more pages" in line for line in lines)
    assert "Perceived gender" in text


def test_no_bar_where_nobody_looks(capfd: pytest.CaptureFixture[str]) -> None:
    with counting("pictures", 2) as tick:
        tick(0)
        tick(3)
    assert capfd.readouterr() == ("", "")
