"""What a download's SHA-256 must be: as the environment says, else as is known. The download
itself: `test_starting_weights_download.py`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

pytest.importorskip("safetensors")

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.networks import download
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


def test_another_address_is_not_answered_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    safetensors = pytest.importorskip("safetensors.torch")
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    known = tmp_path / "gender-classifier" / f"{NAME}.safetensors"
    known.parent.mkdir()
    known.write_bytes(b"the known weights")
    said: list[str] = []
    for value in (1.0, 2.0, 1.0):
        theirs = tmp_path / f"{value}.safetensors"
        safetensors.save_file({"a": torch.tensor([value])}, theirs)
        monkeypatch.setenv(URL_VARIABLE, theirs.as_uri())
        assert safetensors.load_file(download_imagenet(said.append))["a"].tolist() == [value]
    assert len(said) == 2  # each once
    # A mirror of the known file has the same weights, whose SHA-256 says so.
    monkeypatch.setattr(download, "IMAGENET_SHA256", hashlib.sha256(b"the known weights").hexdigest())
    monkeypatch.setenv(URL_VARIABLE, f"https://mirror.example/{NAME}/model.safetensors")
    assert download_imagenet(lambda line: pytest.fail(line)) == known
