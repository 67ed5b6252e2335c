"""Settings of the service: limits that do not fit, keys that a header cannot hold, sites without a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UserError
from gender_classifier.server.settings import ServerSettings

KEY = "0123456789abcdef"


def test_what_is_there_when_nothing_is_said_holds(tmp_path: Path) -> None:
    assert ServerSettings().checked() == ServerSettings()
    (tmp_path / "index.html").touch()
    whole = ServerSettings(key=KEY, site=tmp_path, queue=32, max_files=32)
    assert whole.checked() is whole


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"queue": 3, "max_files": 4}, "queue of 3 images: smaller than a request of 4"),
        ({"key": KEY[:-1]}, "at least 16 printable ASCII characters"),
        ({"key": KEY + "ä"}, "at least 16 printable ASCII characters"),
        ({"key": KEY + "\n"}, "at least 16 printable ASCII characters"),
    ],
)
def test_what_cannot_be(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said) as caught:
        ServerSettings(**changes).checked()
    assert KEY[:-1] not in str(caught.value)


def test_a_site_without_a_page(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no index\.html in it; write it by"):
        ServerSettings(site=tmp_path).checked()
