"""Further figures: what a file of tables may hold, and how it is shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UnreadableError
from gender_classifier.report.further import Further, further_lines, read_further

TABLE: dict[str, Any] = {"title": "Sizes", "columns": ["face", "right"], "rows": [["20 px", 0.5], ["30 px", None]]}


def test_tables_stand_under_their_titles(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps({"tables": [TABLE, {**TABLE, "title": "Again", "note": "Twice."}], "parts": {}}))
    assert further_lines(read_further(path), 3) == [
        "### Sizes",
        "",
        "| face | right |",
        "| --- | --: |",
        "| 20 px | 0.5 |",
        "| 30 px | – |",
        "",
        "### Again",
        "",
        "Twice.",
        "",
        "| face | right |",
        "| --- | --: |",
        "| 20 px | 0.5 |",
        "| 30 px | – |",
    ]


@pytest.mark.parametrize(("value", "shown"), [(1 / 3, "0.3333"), (5000, "5000"), ("a|b\nc", "a\\|b c"), (12.5, "12.5")])
def test_cells(value: object, shown: str) -> None:
    further = Further.model_validate({"tables": [{"title": "T", "columns": ["x"], "rows": [[value]]}]})
    assert further_lines(further)[-1] == f"| {shown} |"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "not a file of tables"),
        ("[]", "not a file of tables"),
        (json.dumps({"parts": {}}), "`tables`: Field required"),
        (json.dumps({"tables": [{**TABLE, "rows": [["20 px"]]}]}), "row 1 does not have 2 cells"),
        (json.dumps({"tables": [{"title": "Empty"}]}), "either `columns` and `rows`, or `markdown`"),
        (json.dumps({"tables": [{**TABLE, "colour": 1}]}), "tables.0.colour"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "figures.json"
    path.write_text(content)
    with pytest.raises(UnreadableError, match=message) as raised:
        read_further(path)
    assert "\n" not in str(raised.value)
    assert str(path) in str(raised.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="cannot be read"):
        read_further(tmp_path / "none.json")
