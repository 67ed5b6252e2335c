"""The teacher's network is read from its files, and its answers for an image come from other images."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from .conftest import module

pytest.importorskip("sklearn")
Weights = dict[str, NDArray[np.float32]]


@pytest.fixture(scope="module")
def weights(path: None) -> Weights:
    rng = np.random.default_rng(0)

    def some(*shape: int) -> NDArray[np.float32]:
        return (rng.normal(size=shape) / np.sqrt(np.prod(shape[:3]))).astype(np.float32)

    made = {"conv1/convolution/merged_input": some(3, 3, 3, 32), "conv1_bn/batchnorm_1/sub": some(32)}
    inputs = 32
    for block, (width, _) in enumerate(module("_mobilenet").BLOCKS, 1):
        made[f"conv_dw_{block}/depthwise_kernel"] = some(3, 3, inputs, 1)
        made[f"conv_dw_{block}_bn/batchnorm_1/mul"] = some(inputs) + 1
        made[f"conv_dw_{block}_bn/batchnorm_1/sub"] = some(inputs)
        made[f"conv_pw_{block}/convolution/merged_input"] = some(1, 1, inputs, width)
        made[f"conv_pw_{block}_bn/batchnorm_1/sub"] = some(width)
        inputs = width
    return made


def first_layers(weights: Weights, x: Tensor) -> Tensor:
    """The stem and the first block, written out as TensorFlow computes them: product first, then scale and offset."""

    def of(name: str) -> Tensor:
        return torch.from_numpy(weights[name])

    stem = F.conv2d(F.pad(x, (0, 1, 0, 1)), of("conv1/convolution/merged_input").permute(3, 2, 0, 1), stride=2)
    x = F.relu6(stem + of("conv1_bn/batchnorm_1/sub")[:, None, None])
    deep = F.conv2d(x, of("conv_dw_1/depthwise_kernel").permute(2, 3, 0, 1), padding=1, groups=32)
    scale, offset = of("conv_dw_1_bn/batchnorm_1/mul"), of("conv_dw_1_bn/batchnorm_1/sub")
    x = F.relu6(deep * scale[:, None, None] + offset[:, None, None])
    wide = F.conv2d(x, of("conv_pw_1/convolution/merged_input").permute(3, 2, 0, 1))
    return F.relu6(wide + of("conv_pw_1_bn/batchnorm_1/sub")[:, None, None])


def test_the_network_computes_what_the_graph_does(weights: Weights) -> None:
    network = module("_mobilenet").MobileNet(weights).eval()
    x = 50 * torch.randn(2, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert tuple(network(x).shape) == (2, 1024)
        network.layers = network.layers[:3]
        assert torch.allclose(network(x), first_layers(weights, x).mean((2, 3)), atol=1e-4)


def test_files_are_read_whole_or_refused(weights: Weights, tmp_path: Path) -> None:
    entries = [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in weights.items()]
    raw = b"".join(value.tobytes() for value in weights.values())
    read_tfjs = module("_mobilenet").read_tfjs
    model = tmp_path / "model.json"
    model.write_text(json.dumps({"weightsManifest": [{"paths": ["model.bin"], "weights": entries}]}))
    (tmp_path / "model.bin").write_bytes(raw)
    read = read_tfjs(model)
    assert all(np.array_equal(read[name], value) for name, value in weights.items())
    (tmp_path / "model.bin").write_bytes(raw + b"more")
    with pytest.raises(SystemExit, match="bytes of weights where"):
        read_tfjs(model)
    entries[0]["quantization"] = {"dtype": "uint8"}
    model.write_text(json.dumps({"weightsManifest": [{"paths": ["model.bin"], "weights": entries}]}))
    with pytest.raises(SystemExit, match="is quantised"):
        read_tfjs(model)


def test_an_image_is_answered_by_what_has_not_seen_it() -> None:
    rng = np.random.default_rng(0)
    features, labels = rng.normal(size=(400, 300)), rng.integers(0, 2, 400)
    teacher = module("teacher")
    seen = teacher.regression().fit(features, labels).decision_function(features)
    held = teacher.answers(features, labels)
    assert np.mean((seen > 0) == labels) > 0.75  # labels by chance are learnt by heart,
    assert np.mean((held > 0) == labels) < 0.6  # and helped by nothing
