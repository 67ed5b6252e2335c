"""`serve` through the command line: what is asked for becomes settings, and the key stands in no command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")

from gender_classifier.server import run as server
from gender_classifier.server.settings import ServerSettings

from ..running import call

KEY = "a key of many letters"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    kept: list[Any] = []
    monkeypatch.setattr(server, "run", lambda settings, host, port: kept.extend([settings, host, port]))
    monkeypatch.delenv("GENDER_CLASSIFIER_KEY", raising=False)
    return kept


def test_without_options_it_serves_this_machine_alone_by_the_defaults(given: list[Any]) -> None:
    assert call("serve").code == 0
    assert given == [ServerSettings(), "127.0.0.1", 8000]


def test_every_option_becomes_a_setting(given: list[Any], tmp_path: Path) -> None:
    (tmp_path / "key.txt").write_text(f"{KEY}\n")
    models = ("--model", "release", "--model", "mine.onnx")
    limits = ("--max-bytes", "5", "--max-pixels", "6", "--max-files", "7", "--queue", "8", "--batch-wait", "9")
    where = ("--host", "0.0.0.0", "--port", "9000", "--key-file", tmp_path / "key.txt", "--site", tmp_path)
    assert call("serve", *models, *limits, *where, "--timeout", "10", "--threads", "2", "--engine", "auto").code == 0
    settings, host, port = given
    assert (host, port, settings.models, settings.key) == ("0.0.0.0", 9000, ("release", "mine.onnx"), KEY)
    assert (settings.max_bytes, settings.max_pixels, settings.max_files, settings.queue) == (5, 6, 7, 8)
    assert (settings.batch_wait, settings.answer_seconds) == (0.009, 10)
    assert (settings.threads, settings.engine, settings.site) == (2, "auto", tmp_path)


def test_the_key_may_stand_in_the_environment(given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENDER_CLASSIFIER_KEY", KEY)
    assert call("serve").code == 0
    assert given[0].key == KEY
