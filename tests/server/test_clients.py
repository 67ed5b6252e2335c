"""Clients that vanish, send slowly, or send mutated files among polite ones: nothing is lost, doubled or wrong.

`benchmarks/service.py` does it with ten thousand requests.
"""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from ..running import environment
from .test_run import clients, pictures


@pytest.fixture(autouse=True)
def _this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


def test_a_rude_crowd(model: Path, tmp_path: Path) -> None:
    many = pictures(40)
    shares = {clients.POLITE: 0.6, clients.VANISHES: 0.15, clients.SLOW: 0.05, clients.MUTATED: 0.2}
    log = tmp_path / "log"
    with clients.served("--model", model, "--queue", "32", log=log) as (host, port, _):
        tally = clients.crowd(host, port, many, 600, 16, shares)
        assert tally.wrong() == {}
        done = sum(count for key, count in tally.outcomes.items() if key[1] != "refused: busy")
        assert done == 600
        assert tally.outcomes["polite", "right"] > 300
        until = time.monotonic() + 60
        while clients.metric(host, port, "gender_classifier_images_in_progress") and time.monotonic() < until:
            time.sleep(0.05)
        assert clients.metric(host, port, "gender_classifier_images_in_progress") == 0
        # Nobody was answered twice: what the service counts is what clients got, and what left without reading it.
        answered = clients.metric(host, port, 'gender_classifier_requests_total{path="/v1/crops",status="200"}')
        got = tally.outcomes["polite", "right"] + tally.outcomes["slow", "right"]
        assert got <= answered <= 600
        assert clients.metric(host, port, "gender_classifier_vanished_total") > 0
        assert clients.metric(host, port, 'gender_classifier_refusals_total{code="fault"}') == 0
    assert "Traceback" not in log.read_text()


def test_more_than_fits_is_refused_and_comes_again(model: Path, tmp_path: Path) -> None:
    """A queue of two images, sixteen clients: each gets its answer in the end."""
    with clients.served("--model", model, "--queue=2", "--max-files=2", "--batch-wait=20", log=tmp_path / "log") as (
        host,
        port,
        _,
    ):
        tally = clients.crowd(host, port, pictures(20), 48, 8)
        assert tally.outcomes["polite", "right"] == 48
        assert tally.outcomes["polite", "refused: busy"] > 0
        assert tally.wrong() == {}


def test_pictures_of_every_kind_at_once(model: Path, tmp_path: Path) -> None:
    """Encodings without loss give the same logit."""
    kinds = ("PNG", "BMP", "TIFF", "PPM", "WEBP")
    many = []
    for place, picture in enumerate(pictures(20)):
        buffer = io.BytesIO()
        kind = kinds[place % len(kinds)]
        image = Image.open(io.BytesIO(picture.content))
        image.save(buffer, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
        many.append(clients.Picture(buffer.getvalue(), picture.expected, picture.path))
    with clients.served("--model", model, log=tmp_path / "log") as (host, port, _):
        tally = clients.crowd(host, port, many, 60, 8)
    assert tally.outcomes == {("polite", "right"): 60}
