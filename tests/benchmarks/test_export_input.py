"""Variants of an exported graph: they answer, and as the graph that they come from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from .conftest import module

SIZE = 8


@pytest.fixture
def graph() -> Any:
    """Begins as an exported graph does, pools, and gives the mean of all channels as its one output."""
    pytest.importorskip("torch")
    onnx = pytest.importorskip("onnx")
    helper, kinds = onnx.helper, onnx.TensorProto
    constants = {"mean": np.full((1, 3, 1, 1), 127.5, np.float32), "shape": np.array([-1], np.int64)}
    constants["weight"] = np.full((3, 1), 1 / 3, np.float32)
    nodes = [
        helper.make_node("Transpose", ["crops"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Cast", ["planes"], ["pixels"], to=kinds.FLOAT),
        helper.make_node("Sub", ["pixels", "mean"], ["centred"]),
        helper.make_node("GlobalAveragePool", ["centred"], ["pool"]),
        helper.make_node("Flatten", ["pool"], ["flat"], axis=1),
        helper.make_node("MatMul", ["flat", "weight"], ["column"]),
        helper.make_node("Reshape", ["column", "shape"], ["logit"]),
    ]
    made = helper.make_graph(
        nodes,
        "means",
        [helper.make_tensor_value_info("crops", kinds.UINT8, ["n", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info("logit", kinds.FLOAT, ["n"])],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    return helper.make_model(made, ir_version=8, opset_imports=[helper.make_opsetid("", 17)])


def test_every_variant_answers_as_the_exported_graph(graph: Any) -> None:
    script = module("export_input")
    crops = np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)
    for name, (change, prepare) in script.VARIANTS.items():
        model = type(graph).FromString(graph.SerializeToString())
        if change is not None:
            change(model)
        session = script.open_session(model.SerializeToString(), 1)
        (logits,) = session.run(["logit"], {"crops": prepare(crops)})
        np.testing.assert_allclose(logits, crops.mean(axis=(1, 2, 3)) - 127.5, atol=1e-3, err_msg=name)


def test_any_size_is_taken_whatever_comes_out(graph: Any) -> None:
    script = module("export_input")
    script.any_size(graph)
    session = script.open_session(graph.SerializeToString(), 1)
    crops = np.full((1, 2 * SIZE, 3 * SIZE, 3), 130, np.uint8)
    assert session.run(["logit"], {"crops": crops})[0] == pytest.approx(2.5)


def test_the_sizes_of_maps_that_come_out_are_left_open_too(graph: Any) -> None:
    onnx = pytest.importorskip("onnx")
    maps = onnx.helper.make_tensor_value_info("maps", onnx.TensorProto.FLOAT, ["n", 3, 4, 4])
    graph.graph.output.append(maps)
    module("export_input").any_size(graph)
    assert [bool(dim.dim_param) for dim in graph.graph.output[1].type.tensor_type.shape.dim] == [
        True,
        False,
        True,
        True,
    ]
