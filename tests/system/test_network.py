"""Why a file could not be fetched, in one line."""

from __future__ import annotations

import io
import urllib.error
from email.message import Message

import pytest

from gender_classifier.system.network import fetch_failure


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (urllib.error.URLError("no route to host"), "no route to host"),
        (ValueError("not the known file\nand more"), "not the known file"),
        (TimeoutError(), "TimeoutError"),
    ],
)
def test_the_first_line_of_the_reason(error: Exception, said: str) -> None:
    assert fetch_failure(error) == said


def test_the_page_of_an_error_is_let_go() -> None:
    page = io.BytesIO(b"excuse")
    assert fetch_failure(urllib.error.HTTPError("http://a", 404, "Not Found", Message(), page)) == "Not Found"
    assert page.closed
