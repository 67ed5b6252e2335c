"""Which face of an image stands for its person."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gender_classifier.inference.image_result import FaceResult, ImageResult, Status

from .conftest import module


def face(logit: float, pixels: float) -> FaceResult:
    label = "male" if logit > 0 else "female"
    return FaceResult(label, label, 0.5, logit, face_px=pixels)


def test_the_largest_face_s_logit_is_taken() -> None:
    pytest.importorskip("av", reason="the extra `video` is not installed")
    given = {
        "two.jpg": ImageResult("two.jpg", Status.OK, faces=(face(-3.0, 40.0), face(2.5, 90.0))),
        "none.jpg": ImageResult("none.jpg", Status.NO_FACE),
        "broken.jpg": ImageResult("broken.jpg", Status.UNREADABLE, "cut short"),
    }

    def stream(paths: list[Path], *, rotate: bool) -> Any:
        assert not rotate
        yield from (given[path.name] for path in paths)

    found = module("_video_more")._logits(SimpleNamespace(stream=stream), [Path(name) for name in given])
    assert found == {Path("two.jpg"): 2.5}
