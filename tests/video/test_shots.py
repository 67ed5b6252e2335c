"""Cuts: found where they are; motion, fades and flashes are none."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from av import VideoFrame

from gender_classifier.video.shots import CutFinder

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


def test_what_lies_before_the_beginning_is_not_compared_and_cuts_after_it_are_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenes = [*shaded(W, H, 30), *shaded(W, H, 30, (200, 40, 40)), *shaded(W, H, 30, (20, 40, 140))]
    frames = [VideoFrame.from_ndarray(picture, format="rgb24") for picture in scenes]
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, Fraction(1, 25)
    score, scored = CutFinder._score, list[VideoFrame]()

    def counted(finder: CutFinder, frame: VideoFrame) -> float:
        scored.append(frame)
        return score(finder, frame)

    monkeypatch.setattr(CutFinder, "_score", counted)

    def cuts(finder: CutFinder) -> list[int]:
        return [number for number, frame in enumerate(frames) if finder.cuts(frame, number / 25)]

    assert cuts(CutFinder()) == [30, 60]
    scored.clear()
    assert cuts(CutFinder(begin=60 / 25)) == [60]  # compared with the frame before it
    assert len(scored) == 32
