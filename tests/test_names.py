"""Names as text: whatever bytes a file's name holds, they come back, and nothing harmful is shown."""

from __future__ import annotations

import os
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gender_classifier.names import (
    as_code,
    from_cell,
    from_line,
    in_markdown,
    printable,
    to_cell,
    to_line,
    to_path,
    to_text,
)

NAMES = st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"_"))
TEXTS = st.text(max_size=20) | st.text("'=+-@\t\r\nx1.,;\"\\", max_size=8)
HARMFUL = "".join(map(chr, (*range(32), *range(127, 160)))) + "\u2028\u2029\u202e\u2066\u200f\ufeff"


@given(NAMES | st.text("\\x5ceb0f", max_size=12).map(str.encode))
@example(b"Zo\xeb.jpg")
@example(rb"\x5cxeb")
@example("a\u0085b\u2028c".encode())
def test_every_name_comes_back_and_its_text_harms_nothing(name: bytes) -> None:
    text = to_text(os.fsdecode(name))
    assert os.fsencode(to_path(text)) == name
    assert text.encode("utf-8").decode("utf-8") == text  # no surrogate is left
    assert not set(text) & set(HARMFUL)
    assert len(text.splitlines()) <= 1


@pytest.mark.parametrize("name", ["a.jpg", "Zoë 1.jpg", r"C:\data\pics\f01.jpg", "[bold]x.jpg", "名前.png", "a'b.jpg"])
def test_ordinary_names_stay_as_they_are(name: str) -> None:
    assert to_text(name) == name == printable(name) == to_cell(name)


@given(NAMES)
@example(b"#1.jpg")
@example(b" a .jpg ")
def test_every_name_comes_back_from_a_list(name: bytes) -> None:
    text = to_text(os.fsdecode(name))
    line = to_line(text)
    assert from_line(f" {line}\r") == text
    assert not line.startswith("#")


def test_what_is_escaped_is_a_byte_of_the_name() -> None:
    assert to_text(os.fsdecode(b"Zo\xeb\x1b[31m\r.jpg")) == r"Zo\xeb\x1b[31m\x0d.jpg"
    assert to_text(r"literal\xeb") == r"literal\x5cxeb"


@given(st.lists(NAMES, min_size=2, max_size=6, unique=True))
def test_two_names_never_become_one(names: list[bytes]) -> None:
    assert len({to_text(os.fsdecode(name)) for name in names}) == len(names)


@given(TEXTS)
@example("'=1")
@example("'-1")
def test_a_cell_comes_back_and_is_no_formula(text: str) -> None:
    cell = to_cell(text)
    assert from_cell(cell) == text
    if cell[:1] in set("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"):
        float(cell)  # only numbers begin so


def test_a_name_that_is_a_formula_is_protected() -> None:
    for name in ("=cmd|' /C calc'!A0.jpg", "+1.jpg", "-2+3.jpg", "@SUM(1).jpg", "\tx.jpg", "\uff1d1.jpg"):
        assert to_cell(name) == f"'{name}"
    assert [to_cell(number) for number in ("-1", "+2.5", "-1e-3")] == ["-1", "+2.5", "-1e-3"]


@given(st.text(max_size=40))
def test_what_is_shown_is_one_line_without_control_characters(text: str) -> None:
    shown = printable(text)
    assert not set(shown) & set(HARMFUL)
    assert len(shown.splitlines()) <= 1


@pytest.mark.parametrize("text", ["a_b*c|d.jpg", "[x](y) <b>.jpg", r"Zo\xeb`1`.jpg"])
def test_markdown_shows_the_name_itself(text: str) -> None:
    assert re.sub(r"\\(.)", r"\1", in_markdown(text)) == text
    assert not re.search(r"(?<!\\)[*_|<`]", in_markdown(text).replace("\\\\", ""))
    code = as_code(text)
    assert code.count("`") == 2
    assert to_path(code.strip("`")) == to_path(text)
