"""The exported file gives torch's logits, or there is no file."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from numpy.typing import NDArray

from gender_classifier.errors import FoundWrongError
from gender_classifier.model_files.metadata import METADATA_KEY, ModelMetadata, parse_metadata
from gender_classifier.networks import onnx_export as export
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.normalise import normalise

SIZE = 64


@pytest.fixture(scope="module")
def model() -> EfficientNet:
    """Random weights, with batch-norm statistics of the drawn images: signals neither die nor explode, as trained."""
    torch.manual_seed(0)
    network = EfficientNet().train()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.momentum = None
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0.0, 0.2)
    with torch.no_grad():
        network(normalise(torch.from_numpy(drawn(6))))
    return network.eval()


def drawn(count: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(1)
    coarse = rng.integers(0, 256, (count, 8, 8, 3), np.uint8)
    return np.repeat(np.repeat(coarse, SIZE // 8, axis=1), SIZE // 8, axis=2)


def logits(path: Path, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
    session = ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    assert [output.name for output in session.get_outputs()] == ["logit"]
    return np.asarray(session.run(["logit"], {"crops": pictures})[0], np.float32)


def test_parity_for_any_batch(model: EfficientNet, tmp_path: Path) -> None:
    path = tmp_path / "new" / "model.onnx"
    difference = export.export_onnx(model, ModelMetadata(input_size=SIZE), path, drawn(2))
    assert difference < 1e-4
    for count in (1, 3):
        pictures = drawn(6)[-count:]
        with torch.inference_mode():
            expected = model(normalise(torch.from_numpy(pictures)))
        np.testing.assert_allclose(logits(path, pictures), expected, atol=1e-4)
    assert np.ptp(logits(path, drawn(6))) > 0.1  # the logits depend on the images


def test_metadata_travels_in_one_key(model: EfficientNet, tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    metadata = ModelMetadata(input_size=SIZE, licence="CC BY 4.0", training={"epochs": 3})
    export.export_onnx(model, metadata, path, drawn(1))
    properties = {p.key: p.value for p in onnx.load(path).metadata_props}
    assert list(properties) == [METADATA_KEY]
    assert parse_metadata(properties[METADATA_KEY], "x") == metadata


def test_float16_is_half_as_large_and_close(model: EfficientNet, tmp_path: Path) -> None:
    full, half = tmp_path / "full.onnx", tmp_path / "half.onnx"
    metadata = ModelMetadata(input_size=SIZE)
    export.export_onnx(model, metadata, full, drawn(1))
    difference = export.export_onnx(model, metadata, half, drawn(4), float16=True)
    assert 0 < difference < 5e-2
    assert half.stat().st_size < 0.52 * full.stat().st_size
    assert half.stat().st_size < 14_000_000


@pytest.mark.parametrize("wrong", [1e-3, float("nan")])
def test_a_graph_that_differs_is_refused(
    model: EfficientNet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: float
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"the one before")
    build = export.build_graph

    def shifted(network: EfficientNet, size: int) -> onnx.ModelProto:
        with torch.no_grad():
            network.classifier.bias += wrong
        return build(network, size)

    monkeypatch.setattr(export, "build_graph", shifted)
    with pytest.raises(FoundWrongError, match=r"differ from torch's by .* on 2 images; nothing was written"):
        export.export_onnx(model, ModelMetadata(input_size=SIZE), path, drawn(2))
    assert path.read_bytes() == b"the one before"
    assert [p.name for p in tmp_path.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("shape", [(0, SIZE, SIZE, 3), (1, 32, 32, 3)])
def test_check_pictures_must_fit(model: EfficientNet, tmp_path: Path, shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least one of"):
        export.export_onnx(model, ModelMetadata(input_size=SIZE), tmp_path / "x.onnx", np.zeros(shape, np.uint8))


def test_the_model_is_not_changed(model: EfficientNet, tmp_path: Path) -> None:
    network = EfficientNet().train()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    export.export_onnx(network, ModelMetadata(input_size=32), tmp_path / "x.onnx", np.zeros((1, 32, 32, 3), np.uint8))
    assert network.training
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())
