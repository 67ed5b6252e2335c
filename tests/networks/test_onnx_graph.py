"""The exported graph is plain, in the layout that the design names, and carries what training needs to go on."""

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto

from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.onnx_graph import (
    INPUT,
    LOGIT,
    OPSET,
    build_graph,
    graph_tensors,
    store_half,
)


@pytest.fixture(scope="module")
def graph() -> onnx.ModelProto:
    return build_graph(EfficientNet().eval(), 96)


def shape(value: onnx.ValueInfoProto) -> list[int | str]:
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def test_valid_with_the_shapes_it_says(graph: onnx.ModelProto) -> None:
    onnx.checker.check_model(graph, full_check=True)
    assert graph.opset_import[0].version == OPSET >= 17
    assert (graph.graph.input[0].name, shape(graph.graph.input[0])) == (INPUT, ["n", 96, 96, 3])
    assert graph.graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8
    assert {o.name: shape(o) for o in graph.graph.output} == {LOGIT: ["n"]}


def test_onnxruntime_folds_batch_norm(graph: onnx.ModelProto, tmp_path: Path) -> None:
    half = onnx.ModelProto()
    half.CopyFrom(graph)
    store_half(half)
    options = ort.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    ort.InferenceSession(half.SerializeToString(), options, providers=["CPUExecutionProvider"])
    operators = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
    assert "BatchNormalization" not in operators
    assert operators.count("Cast") == 1  # the pixels'
    # Stem and head, 2 blocks with 2 and 21 with 3 convolutions, 2 in each of 23 gates.
    assert operators.count("Conv") == 2 + 2 * 2 + 21 * 3 + 23 * 2


def test_training_can_go_on_from_a_file(tmp_path: Path) -> None:
    model = EfficientNet()
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):  # away from what a new network has
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            module.running_mean, module.running_var = torch.rand_like(module.weight), torch.rand_like(module.weight)
    onnx.save(build_graph(model, 96), str(tmp_path / "model.onnx"))
    tensors = graph_tensors(tmp_path / "model.onnx")
    expected = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    assert tensors.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(tensors[name], values.numpy(), rtol=1e-6, atol=1e-9, err_msg=name)


def test_names_are_unique(graph: onnx.ModelProto) -> None:
    names = [output for node in graph.graph.node for output in node.output]
    names += [tensor.name for tensor in graph.graph.initializer]
    assert len(names) == len(set(names))


def test_half_the_bytes(graph: onnx.ModelProto) -> None:
    half = onnx.ModelProto()
    half.CopyFrom(graph)
    store_half(half)
    onnx.checker.check_model(half, full_check=True)
    assert half.ByteSize() < 0.53 * graph.ByteSize()
    kinds = {t.data_type for t in half.graph.initializer if len(t.dims) > 1 and t.name != "mean"}
    assert kinds == {TensorProto.FLOAT16}
    assert {t.data_type for t in half.graph.initializer if t.name.endswith("running_var")} == {TensorProto.FLOAT}
