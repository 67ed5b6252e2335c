"""What a download's SHA-256 must be: as the environment says, else as is known. The download
itself: `test_starting_weights_download.py`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("safetensors")

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.networks.download import (
    CACHE_VARIABLE,
    IMAGENET_SHA256,
    IMAGENET_URL,
    NAME,
    SHA256_VARIABLE,
    URL_VARIABLE,
    download_imagenet,
    expected_sha256,
)


@pytest.fixture(autouse=True)
def _nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (CACHE_VARIABLE, SHA256_VARIABLE, URL_VARIABLE):
        monkeypatch.delenv(name, raising=False)


def test_known_wherever_it_is_mirrored_else_as_the_name_says(monkeypatch: pytest.MonkeyPatch) -> None:
    assert expected_sha256(IMAGENET_URL) == IMAGENET_SHA256
    assert expected_sha256(f"https://mirror.example/{NAME}/model.safetensors") == IMAGENET_SHA256
    assert expected_sha256("https://example.org/net-0123abcd.pth") == "0123abcd"
    assert expected_sha256("https://example.org/net.pth") == ""
    monkeypatch.setenv(SHA256_VARIABLE, " 89ABCDEF ")
    assert expected_sha256(IMAGENET_URL) == "89abcdef"


@pytest.mark.parametrize("named", ["0123", "0123456g", "0" * 65])
def test_what_is_no_sha256(named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SHA256_VARIABLE, named)
    with pytest.raises(UserError, match="expected a SHA-256, 64 hexadecimal digits or the first 8"):
        expected_sha256(IMAGENET_URL)


def test_another_file_in_the_cache_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    path = tmp_path / "gender-classifier" / f"{NAME}.safetensors"
    path.parent.mkdir()
    path.write_bytes(b"weights")
    with pytest.raises(UnreadableError, match="delete it, and it is downloaded again"):
        download_imagenet()
    monkeypatch.setenv(SHA256_VARIABLE, hashlib.sha256(b"weights").hexdigest()[:12])
    assert download_imagenet(lambda line: pytest.fail(line)) == path
