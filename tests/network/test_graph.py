"""The exported graph is plain, folded, and in the layout that the design names."""

import numpy as np
import onnx
import pytest
from onnx import TensorProto

from gender_classifier.network.efficientnet import EfficientNetB1
from gender_classifier.network.graph import FEATURES, INPUT, LOGIT, OPSET, build_graph, store_half


@pytest.fixture(scope="module")
def graph() -> onnx.ModelProto:
    return build_graph(EfficientNetB1().eval(), 96)


def shape(value: onnx.ValueInfoProto) -> list[int | str]:
    return [d.dim_param or d.dim_value for d in value.type.tensor_type.shape.dim]


def test_valid_with_the_shapes_it_says(graph: onnx.ModelProto) -> None:
    onnx.checker.check_model(graph, full_check=True)
    assert graph.opset_import[0].version == OPSET >= 17
    assert (graph.graph.input[0].name, shape(graph.graph.input[0])) == (INPUT, ["n", 96, 96, 3])
    assert graph.graph.input[0].type.tensor_type.elem_type == TensorProto.UINT8
    assert {o.name: shape(o) for o in graph.graph.output} == {LOGIT: ["n"], FEATURES: ["n", 1280, 3, 3]}


def test_batch_norm_is_folded(graph: onnx.ModelProto) -> None:
    operators = [node.op_type for node in graph.graph.node]
    assert "BatchNormalization" not in operators
    # Stem and head, 2 blocks with 2 and 21 with 3 convolutions, 2 in each of 23 gates.
    assert operators.count("Conv") == 2 + 2 * 2 + 21 * 3 + 23 * 2


def test_names_are_unique(graph: onnx.ModelProto) -> None:
    names = [output for node in graph.graph.node for output in node.output]
    names += [tensor.name for tensor in graph.graph.initializer]
    assert len(names) == len(set(names))


def test_half_the_bytes(graph: onnx.ModelProto) -> None:
    half = onnx.ModelProto()
    half.CopyFrom(graph)
    store_half(half)
    onnx.checker.check_model(half, full_check=True)
    assert half.ByteSize() < 0.52 * graph.ByteSize()
    kinds = {t.data_type for t in half.graph.initializer if int(np.prod(t.dims)) > 64}
    assert kinds == {TensorProto.FLOAT16}
