"""Interrupted and gone on with: the same tables, and no more than a minute of film anew."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.images.resize import resize

from ..running import call, ended, start
from .films import shaded, with_face, write_film

# In a process of its own: end by a signal when so many looks are kept, at whatever speed.
AT_A_LOOK = """
import os
from gender_classifier.video.journal import FilmJournal
left, look = iter(range({looks})), FilmJournal.look
def stopping(self, *arguments):
    look(self, *arguments)
    if next(left, None) is None:
        os.kill(os.getpid(), {signal})
FilmJournal.look = stopping
"""


@pytest.fixture
def film(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    """Seventeen seconds, a face in most of them; slow enough to be killed in."""
    face = resize(astronaut[:256, 96:352], (200, 200))
    scene = [with_face(face, (480, 270), (30 + 2 * n, 30), (90, 110, 70)) for n in range(100)]
    return write_film(tmp_path / "film.mp4", [*scene, *shaded(480, 270, 50), *scene[::-1], *scene], rate=20)


def outputs(folder: Path) -> list[str | Path]:
    folder.mkdir(exist_ok=True)
    names = {"--out": "faces.csv", "--tracks": "tracks.csv", "--shots": "shots.csv", "--summary": "films.csv"}
    return [part for option, name in {**names, "--page": "film.html"}.items() for part in (option, folder / name)]


def test_killed_and_gone_on_with(film: Path, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert call("video", film, *outputs(whole)).code == 0
    journal = parts / ".faces.csv.journal"
    killed = ended(start("video", film, *outputs(parts), script=AT_A_LOOK.format(looks=40, signal=int(signal.SIGKILL))))
    assert killed.code == -signal.SIGKILL
    assert not (parts / "faces.csv").exists()
    kept = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    last = max(line["look"][0] for line in kept if "look" in line)
    assert not any("end" in line for line in kept)
    assert call("video", film, *outputs(parts)).code == 2  # not unasked
    done = ended(start("video", film, *outputs(parts), "--resume"))
    assert done.code == 0
    assert f"going on at {last:.1f} s" in done.err
    for name in ("faces.csv", "tracks.csv", "shots.csv", "films.csv", "film.html"):
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
    assert sorted(path.name for path in parts.iterdir()) == sorted(path.name for path in whole.iterdir())


def test_other_options_or_another_film_are_refused(film: Path, tmp_path: Path) -> None:
    journal = tmp_path / ".faces.csv.journal"
    script = AT_A_LOOK.format(looks=20, signal=int(signal.SIGTERM))
    stopped = ended(start("video", film, "--out", tmp_path / "faces.csv", script=script))
    assert stopped.code == 4
    assert "go on with --resume" in stopped.error
    out = ["--out", tmp_path / "faces.csv"]
    assert "other options" in call("video", film, *out, "--resume", "--fps", "2").error
    os.utime(film)
    assert "other options" in call("video", film, *out, "--resume").error
    assert call("video", film, *out, "--overwrite", "--end", "1").code == 0
    assert not journal.exists()
