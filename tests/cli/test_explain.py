"""`predict --explain` and maps in figures: a file a face, beside where its evidence lies; drawn only if they hold."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.data.datasets import Sample
from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.occlusion import OcclusionMaps
from gender_classifier.report import images
from gender_classifier.report.images import PictureSource, maps_of

from ..running import call

PACKAGED = Path(str(resources.files("gender_classifier") / "examples" / "collins.jpg"))


@pytest.fixture
def photo(astronaut: NDArray[np.uint8], tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    Image.fromarray(astronaut).save(tmp_path / "photos" / "a.png")
    return tmp_path / "photos" / "a.png"


def colour(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    return picture.astype(int).max(axis=2) - picture.min(axis=2)


def test_each_face_has_its_explanation_beside_its_row(photo: Path, tmp_path: Path) -> None:
    (photo.parent / "text.jpg").write_text("no image")
    done = call("predict", photo.parent, "--explain", tmp_path / "maps", "--threads", "1")
    assert done.code == 1
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["a-0.jpg"]
    shown = read_picture(tmp_path / "maps" / "a-0.jpg")
    side = 384
    assert shown.shape[0] > side
    left, right = (part.astype(int) for part in (shown[:side, :side], shown[:side, -side:]))
    assert np.corrcoef(left.mean(axis=2).ravel(), right.mean(axis=2).ravel())[0, 1] > 0.5  # the same face
    assert colour(shown[side:]).max() > 100  # the legend's bar: the map holds


def test_a_map_that_does_not_hold_is_not_drawn(photo: Path, tmp_path: Path, write_model: Callable[..., Path]) -> None:
    """A model of random weights for each pixel sees nothing of a face in its mirror image."""
    done = call("predict", photo, "--model", write_model(), "--explain", tmp_path / "maps")
    assert done.code == 0
    shown = read_picture(tmp_path / "maps" / "a-0.jpg")
    side = 320
    assert colour(shown[:side, :side]).max() > 50  # the crop
    assert colour(shown[:, side + 8 :]).max() < 10
    assert colour(shown[side:]).max() < 10


def test_explanations_do_not_go_where_pictures_are_sought(photo: Path) -> None:
    done = call("predict", photo, "--explain", photo.parent)
    assert (done.code, "where images are sought" in done.error) == (2, True)


def test_figures_get_the_maps_of_the_pictures_that_they_name(
    photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_CHECKED", 2)  # as where a figure shows more than are checked
    classifier = GenderClassifier(threads=1)
    samples = []
    for name, file in (("a", photo), ("b", PACKAGED)):
        crops = next(iter(classifier.stream([file]))).crops
        assert crops is not None
        Image.fromarray(crops[0]).save(tmp_path / f"{name}.png")
        samples.append(Sample(tmp_path / f"{name}.png", name, 0))
    pictures = PictureSource(samples, classifier.metadata.input_size, "stretch")
    names = ["b", "a", "b"]
    found, known = maps_of(classifier, pictures)(names)
    assert len(found) == len(names)
    one, other = OcclusionMaps(classifier)(np.stack([pictures("a"), pictures("b")]))
    for name, values in zip(names, found, strict=True):
        np.testing.assert_allclose(values, one if name == "a" else other, atol=1e-3)
    assert "Mirrored images give like maps" in known


def test_figures_have_no_maps_where_they_do_not_hold(
    photo: Path, write_model: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    pictures = PictureSource([Sample(photo, "a", 0)], classifier.metadata.input_size, "stretch")
    found, known = maps_of(classifier, pictures)(["a", "a"])
    assert found == []
    assert known.startswith("No maps of evidence: those of mirrored images differ")
    assert known in capsys.readouterr().err
