"""Records are plain JSON on disk, and what is no record is one clear line."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from pydantic import Field

from gender_classifier.errors import UnreadableError
from gender_classifier.runs.records import Number, Record, plain


class Inner(Record):
    value: Number


class Outer(Record):
    name: str
    inner: list[Inner] = Field(default=[])
    later: int = 7


def test_what_was_never_set_is_not_written_and_read_as_its_default(tmp_path: Path) -> None:
    Outer(name="a", inner=[Inner(value=math.nan), Inner(value=0.5)]).write(tmp_path / "a.json")
    content = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert content == {"name": "a", "inner": [{"value": None}, {"value": 0.5}]}
    assert Outer.read(tmp_path / "a.json").later == 7


def test_what_a_later_version_adds_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "a", "new": {"x": 1}}', encoding="utf-8")
    assert Outer.read(tmp_path / "a.json") == Outer(name="a")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no report to read"),
        (b"{", "not a report, which is JSON"),
        (b"\xff\xfe", "not a report, which is JSON"),
        (b"[]", "not a whole report of this version"),
        (
            b'{"name": "a", "inner": [{"value": 1}, {"value": "x"}]}',
            r"`inner\.1\.value`: input should be a valid number",
        ),
    ],
)
def test_what_is_no_record_is_one_line_that_says_where(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UnreadableError, match=message) as raised:
        Outer.read(path)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_plain_leaves_json_s_types_alone_and_records_as_they_are() -> None:
    record = Inner(value=1.0)
    odd = {"a": Path("x/y"), "b": np.float32(0.5), "c": -math.inf, "d": np.arange(2), 1: (True, None), "e": record}
    assert plain(odd) == {"a": "x/y", "b": 0.5, "c": None, "d": [0, 1], "1": [True, None], "e": record}
