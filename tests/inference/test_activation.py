"""Activation maps: their mean is the logit; weights are read as they were written; other files say why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.resize import fit
from gender_classifier.inference.activation import ActivationMaps, explained, last_layer
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.prediction import Prediction
from gender_classifier.released import released_model

Crops = NDArray[np.uint8]


@pytest.fixture(scope="module")
def released() -> GenderClassifier:
    return GenderClassifier(threads=1)


@pytest.fixture
def faces(astronaut: Crops) -> Crops:
    """A face, its mirror image, and two pictures without one, uint8 (4, 128, 128, 3)."""
    face = fit(astronaut[60:190, 160:290], 128)
    noise = np.random.default_rng(0).integers(0, 256, (128, 128, 3), np.uint8)
    return np.stack([face, face[:, ::-1], np.full_like(face, 128), noise])


def test_a_map_s_mean_and_the_bias_are_the_logit(released: GenderClassifier, faces: Crops) -> None:
    maps = ActivationMaps(released)
    found = maps(faces)
    assert (found.shape, found.dtype) == ((4, 4, 4), np.float32)
    logits = released.score_crops(faces)[0]
    np.testing.assert_allclose(found.mean(axis=(1, 2)) + maps.bias, logits, atol=1e-4)
    assert np.ptp(logits) > 0.1


def test_maps_are_of_their_own_crops_in_any_batch(released: GenderClassifier, faces: Crops) -> None:
    maps = ActivationMaps(released)
    many = np.concatenate([faces] * 9)  # more than go through at once
    np.testing.assert_allclose(maps(many)[-4:], maps(faces), atol=1e-3)
    assert maps(faces[:0]).shape == (0, 4, 4)


def test_a_cell_s_evidence_is_that_of_the_features_there(released: GenderClassifier, faces: Crops) -> None:
    weights, _ = last_layer(released_model())
    found, features = ActivationMaps(released)(faces), released.features(faces)
    for row, column in np.ndindex(4, 4):
        np.testing.assert_allclose(found[:, row, column], features[:, :, row, column] @ weights, atol=1e-3)


def test_the_weights_are_those_that_onnx_reads() -> None:
    onnx = pytest.importorskip("onnx")
    weights, bias = last_layer(released_model())
    stored = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(str(released_model())).graph.initializer}
    assert np.array_equal(weights, stored["classifier.weight.half"].astype(np.float32).ravel())
    assert bias == float(stored["classifier.bias"][0])
    assert weights.dtype == np.float32


@pytest.mark.parametrize("half", [False, True])
def test_a_file_of_export_has_maps_with_either_weights(tmp_path: Path, half: bool) -> None:
    torch = pytest.importorskip("torch")
    from gender_classifier.metadata import ModelMetadata
    from gender_classifier.network.efficientnet import EfficientNetB1
    from gender_classifier.network.export import export_onnx

    torch.manual_seed(0)
    network = EfficientNetB1().eval()
    torch.nn.init.constant_(network.classifier.bias, 0.25)
    crops = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    export_onnx(network, ModelMetadata(input_size=64), tmp_path / "model.onnx", crops, float16=half)
    classifier = GenderClassifier(tmp_path / "model.onnx", threads=1)
    maps = ActivationMaps(classifier)
    assert maps.bias == 0.25
    np.testing.assert_allclose(maps.weights, network.classifier.weight.detach().numpy().ravel(), atol=1e-4)
    np.testing.assert_allclose(maps(crops).mean(axis=(1, 2)) + maps.bias, classifier.score_crops(crops)[0], atol=1e-4)


def test_a_model_file_without_the_feature_map_says_so(write_model: Callable[..., Path]) -> None:
    with pytest.raises(UnreadableError, match=r"model\.onnx: no activation maps, .*`features`.*export"):
        ActivationMaps(GenderClassifier(write_model(), threads=1))


def changed_model(path: Path, change: Callable[[object, object], None]) -> Path:
    """A file with nothing but a last layer, changed."""
    onnx = pytest.importorskip("onnx")
    values = {"classifier.weight": np.ones((1, 6), np.float32), "classifier.bias": np.zeros(1, np.float32)}
    tensors = {name: onnx.numpy_helper.from_array(value, name) for name, value in values.items()}
    change(onnx, tensors)
    graph = onnx.helper.make_graph([], "part", [], [], list(tensors.values()))
    onnx.save(onnx.helper.make_model(graph), path)
    return path


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda _onnx, t: t.pop("classifier.weight"), "has no tensors `classifier.weight`"),
        (lambda _onnx, t: t["classifier.weight"].ClearField("raw_data"), "is not stored as"),
        (
            lambda onnx, t: t["classifier.bias"].CopyFrom(
                onnx.numpy_helper.from_array(np.zeros(2, np.float32), "classifier.bias")
            ),
            "has 2 outputs",
        ),
        (
            lambda onnx, t: t["classifier.weight"].CopyFrom(
                onnx.numpy_helper.from_array(np.ones(6), "classifier.weight")
            ),
            "is not stored as",
        ),
    ],
)
def test_another_last_layer_is_one_line(tmp_path: Path, change: Callable[[object, object], None], why: str) -> None:
    with pytest.raises(UnreadableError, match=why) as error:
        last_layer(changed_model(tmp_path / "other.onnx", change))
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "other.onnx"))


def test_rubbish_is_no_model_file(tmp_path: Path) -> None:
    (tmp_path / "rubbish.onnx").write_bytes(b"\xff" * 64)
    with pytest.raises(UnreadableError, match="not a model file"):
        last_layer(tmp_path / "rubbish.onnx")


def test_crops_of_another_size_are_refused(released: GenderClassifier) -> None:
    with pytest.raises(UserError, match="expected uint8"):
        ActivationMaps(released)(np.zeros((1, 64, 64, 3), np.uint8))


def test_an_explanation_shows_the_crop_and_its_map_side_by_side(faces: Crops) -> None:
    values = np.zeros((4, 4), np.float32)
    values[2, 2] = -3.0
    shown = explained(faces[2], values, Prediction("female", 0.2, -1.0))
    side = shown.shape[1] // 2
    assert side % 128 == 0
    crop, drawn = shown[:side, :side], shown[:side, side:]
    assert (crop == 128).all()
    orange = drawn[..., 0].astype(int) - drawn[..., 2]
    assert np.unravel_index(orange.argmax(), orange.shape) == pytest.approx((side / 2, side / 2), abs=side / 64)
    assert shown.shape[0] > side + 30
