"""Arguments from Python: whole numbers and paths, and one line for what is neither."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.inference.checks import text_or_path, whole_number


@pytest.mark.parametrize("value", [1, 7, np.int64(3), np.uint8(255)])
def test_whole_numbers_become_python_s(value: Any) -> None:
    found = whole_number("threads", value)
    assert type(found) is int
    assert found == value


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "threads=0: at least 1 core"),
        (-3, "threads=-3: at least 1 core"),
        (2.0, "threads=2.0: expected a whole number, at least 1 core"),
        (True, "threads=True: expected a whole number"),
        ("2", "threads='2': expected a whole number"),
        (None, "threads=None: expected a whole number"),
    ],
)
def test_what_is_no_number_from_one(value: Any, said: str) -> None:
    with pytest.raises(UserError, match=f"^{said}"):
        whole_number("threads", value, " core")


def test_paths() -> None:
    for given in ("a.onnx", Path("a.onnx")):
        assert text_or_path("model", given) is given
    with pytest.raises(UserError, match=r"^model: expected a path, got bytes$"):
        text_or_path("model", b"a.onnx")
