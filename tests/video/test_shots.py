"""Cuts: found where they are; motion, fades and flashes are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from .films import H, W, moments, plain, shaded, write_film


def test_cuts_are_found(tmp_path: Path) -> None:
    scenes = [*shaded(W, H, 30), *shaded(W, H, 30, (200, 40, 40)), *shaded(W, H, 30, (20, 40, 140))]
    path = write_film(tmp_path / "a.mp4", scenes, options={"bf": "0"})
    assert [cut for m in moments(path) for cut in m.cuts] == pytest.approx([30 / 25, 60 / 25], abs=1e-3)


def test_motion_and_a_slow_fade_are_no_cuts(tmp_path: Path) -> None:
    fade = [plain(W, H, (n, n, n)) for n in range(20, 220, 4)]
    path = write_film(tmp_path / "a.mp4", [*shaded(W, H, 40, (20, 20, 20)), *fade])
    assert [cut for m in moments(path) for cut in m.cuts] == []


def test_a_flash_begins_one_shot_at_most(tmp_path: Path) -> None:
    frames = shaded(W, H, 60)
    frames[30] = plain(W, H, (255, 255, 255))
    assert len([cut for m in moments(write_film(tmp_path / "a.mp4", frames)) for cut in m.cuts]) <= 1
