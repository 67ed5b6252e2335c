from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.data.datasets import build_index
from gender_classifier.data.synthetic import draw_dataset, draw_face

Picture = NDArray[np.uint8]


def contents(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*.jpg")}


def faces(label: int, count: int, size: int = 96) -> list[Picture]:
    return [draw_face(label, size, np.random.default_rng((7, label, i))) for i in range(count)]


def directedness(picture: Picture) -> float:
    """Coherence of the structure tensor, 0 to 1, over the cloth: stripes have one direction, checks two."""
    grey = picture[: picture.shape[0] // 3].mean(2)
    down, right = np.gradient(grey)
    # Doubling the angle makes opposite gradients agree.
    doubled = ((right + 1j * down) ** 2).sum()
    return float(abs(doubled) / (right**2 + down**2).sum())


def test_layout_and_counts(drawn_faces: Path) -> None:
    counts = {
        folder.relative_to(drawn_faces).as_posix(): len(list(folder.iterdir())) for folder in drawn_faces.glob("*/*")
    }
    assert counts == {"train/female": 12, "train/male": 24, "val/female": 6, "val/male": 8}
    with Image.open(drawn_faces / "val" / "male" / "face0000.jpg") as picture:
        assert (picture.size, picture.mode) == ((64, 64), "RGB")


def test_each_picture_is_a_person_of_its_own(drawn_faces: Path) -> None:
    index = build_index(drawn_faces, choose_share=0.25, person=r"^(.+?)_\d{4}\.")
    assert index.counts() == {
        "train": {"female": 9, "male": 18},
        "choose": {"female": 3, "male": 6},
        "val": {"female": 6, "male": 8},
    }


def test_seed_decides_and_no_two_pictures_are_equal(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("two", 2)):
        draw_dataset(tmp_path / name, train=(5, 5), val=(5, 5), size=48, seed=seed)
    one, again, two = (contents(tmp_path / name) for name in ("one", "again", "two"))
    assert one == again
    assert len(set(one.values()) | set(two.values())) == 40


def test_more_pictures_leave_the_first_as_they_were(tmp_path: Path) -> None:
    draw_dataset(tmp_path / "few", train=(2, 2), val=(1, 1), size=48)
    draw_dataset(tmp_path / "many", train=(4, 6), val=(3, 2), size=48)
    few, many = contents(tmp_path / "few"), contents(tmp_path / "many")
    assert few.items() <= many.items()


@pytest.mark.parametrize("size", [32, 96, 224])
def test_size_and_range(size: int) -> None:
    picture = draw_face(1, size, np.random.default_rng(0))
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 20


def test_pattern_tells_the_classes_apart() -> None:
    stripes = np.array([directedness(p) for p in faces(0, 60)])
    checks = np.array([directedness(p) for p in faces(1, 60)])
    cut = (np.median(stripes) + np.median(checks)) / 2
    assert (np.concatenate([stripes > cut, checks < cut])).mean() > 0.9


def test_mean_colour_does_not_tell_the_classes_apart() -> None:
    means = np.array([[p.mean((0, 1)) for p in faces(label, 150)] for label in (0, 1)])
    pooled = means.std(axis=1).mean(axis=0)
    assert (np.abs(means[0].mean(0) - means[1].mean(0)) / pooled).max() < 0.35
