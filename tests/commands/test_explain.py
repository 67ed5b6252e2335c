"""``predict --explain``: a file a face, beside where its evidence lies; a model file without maps is one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.commands.pictures import PictureSource, maps_of
from gender_classifier.data.index import Sample
from gender_classifier.images.read import read_picture
from gender_classifier.inference.activation import ActivationMaps
from gender_classifier.inference.classifier import GenderClassifier

from .running import call


@pytest.fixture
def photo(astronaut: NDArray[np.uint8], tmp_path: Path) -> Path:
    (tmp_path / "photos").mkdir()
    Image.fromarray(astronaut).save(tmp_path / "photos" / "a.png")
    return tmp_path / "photos" / "a.png"


def test_each_face_has_its_explanation_beside_its_row(photo: Path, tmp_path: Path) -> None:
    (photo.parent / "text.jpg").write_text("no picture")
    done = call("predict", photo.parent, "--explain", tmp_path / "maps", "--threads", "1")
    assert done.code == 1
    assert [path.name for path in (tmp_path / "maps").iterdir()] == ["a-0.jpg"]
    shown = read_picture(tmp_path / "maps" / "a-0.jpg")
    side = shown.shape[1] // 2
    assert shown.shape[0] > side
    left, right = (part.astype(int) for part in (shown[:side, :side], shown[:side, side:]))
    assert np.corrcoef(left.mean(axis=2).ravel(), right.mean(axis=2).ravel())[0, 1] > 0.5  # the same face


def test_where_maps_cannot_be_made_nothing_is_written(
    photo: Path, tmp_path: Path, write_model: Callable[..., Path]
) -> None:
    folders = ("--explain", tmp_path / "maps", "--out", tmp_path / "faces.csv")
    done = call("predict", photo, "--model", write_model(), *folders)
    assert (done.code, "no activation maps" in done.error) == (3, True)
    assert not (tmp_path / "faces.csv").exists()
    assert not (tmp_path / "maps").exists()
    done = call("predict", photo, "--explain", photo.parent)
    assert (done.code, "where pictures are sought" in done.error) == (2, True)


def test_figures_get_the_map_of_the_picture_that_they_name(
    photo: Path, write_model: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    classifier = GenderClassifier(threads=1)
    pictures = PictureSource([Sample(photo, "a", 0)], classifier.metadata.input_size, "stretch")
    maps = maps_of(classifier, pictures)
    assert maps is not None
    np.testing.assert_allclose(maps("a"), ActivationMaps(classifier)(pictures("a")[None])[0])
    assert maps_of(GenderClassifier(write_model(), threads=1), pictures) is None
    assert "no activation maps" in capsys.readouterr().err
