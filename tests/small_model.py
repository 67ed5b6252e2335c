"""A model file small enough to compute by hand: the logit is a weighted sum of the crop's values."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.model_files.metadata import METADATA_KEY, ModelMetadata

SIZE = 32
WEIGHTS: NDArray[np.float32] = (np.random.default_rng(0).normal(0.0, 2e-4, (SIZE, SIZE, 3))).astype(np.float32)
BIAS = -0.1
VIEWS = ["identity", "hflip", "shift_left", "hflip+zoom_in"]


def metadata(**changes: Any) -> ModelMetadata:
    """What a model file of this size says of itself, with changes."""
    return ModelMetadata(input_size=SIZE, **changes)


def logits_by_hand(crops: NDArray[np.uint8]) -> NDArray[np.float64]:
    """What the model file must say of uint8 (N, SIZE, SIZE, 3)."""
    return np.tensordot(crops.astype(np.float64), WEIGHTS.astype(np.float64), 3) + BIAS


def save_model(
    path: Path, metadata: ModelMetadata | None = None, text: str | None = None, output: str = "logit"
) -> Path:
    """Write a linear model file; `text` replaces its metadata as a whole."""
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    constants = {
        "weights": WEIGHTS.reshape(-1, 1),
        "bias": np.array([BIAS], np.float32),
        "flat": np.array([-1, WEIGHTS.size], np.int64),
        "row": np.array([-1], np.int64),
    }
    nodes = [
        helper.make_node("Cast", ["crops"], ["values"], to=kinds.FLOAT),
        helper.make_node("Reshape", ["values", "flat"], ["rows"]),
        helper.make_node("Gemm", ["rows", "weights", "bias"], ["column"]),
        helper.make_node("Reshape", ["column", "row"], [output]),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("crops", kinds.UINT8, ["n", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info(output, kinds.FLOAT, ["n"])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])
    if text is None:
        text = (metadata or ModelMetadata(input_size=SIZE)).model_dump_json()
    if text:
        helper.set_model_props(model, {METADATA_KEY: text})
    onnx.save(model, path)
    return path
