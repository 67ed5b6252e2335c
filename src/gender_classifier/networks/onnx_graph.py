"""The network as an ONNX graph, written node by node.

The graph is ours to the last node: pooling is an operator that onnxruntime keeps in its blocked layout (a mean over
axes is not), and no exporter's version decides what comes out. Batch norm stays a node of its own, so that training can
go on from a model file; onnxruntime folds it into the convolution when it loads the file. `export` compares the
graph's logits with torch's before a file is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from gender_classifier.networks.efficientnet import (
    DepthwiseSeparable,
    EfficientNet,
    InvertedResidual,
    SqueezeExcite,
)
from gender_classifier.networks.normalise import DEVIATION, MEAN

OPSET = 17
IR_VERSION = 8
INPUT, LOGIT = "crops", "logit"

Array = NDArray[np.float64]

NORM_TENSORS = ("weight", "bias", "running_mean", "running_var")
_HALF = ".half"
_SPREAD = 255 * np.array(DEVIATION)


class _Nodes:
    """Nodes and weights in the order in which they are added; every method returns its output's name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        self.nodes.append(helper.make_node(operator, inputs, [output], name=output, **attributes))
        return output

    def weight(self, name: str, values: NDArray[Any]) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def conv(
        self,
        x: str,
        name: str,
        conv: nn.Conv2d,
        norm: nn.BatchNorm2d | None = None,
        norm_name: str = "",
        scale: Array | None = None,
    ) -> str:
        """Convolution, `scale` (inputs,) of what comes before it folded in, and the batch norm `norm_name`."""
        weight = _array(conv.weight)
        if scale is not None:
            weight = weight * scale[:, None, None]
        inputs = [x, self.weight(f"{name}.weight", weight.astype(np.float32))]
        if conv.bias is not None:
            inputs.append(self.weight(f"{name}.bias", _array(conv.bias).astype(np.float32)))
        edge = int(conv.padding[0])
        x = self.add(
            "Conv",
            inputs,
            name,
            kernel_shape=list(conv.kernel_size),
            strides=list(conv.stride),
            pads=[edge] * 4,
            group=conv.groups,
        )
        return x if norm is None else self.norm(x, norm_name, norm)

    def norm(self, x: str, name: str, norm: nn.BatchNorm2d) -> str:
        parts = [self.weight(f"{name}.{key}", _array(getattr(norm, key)).astype(np.float32)) for key in NORM_TENSORS]
        return self.add("BatchNormalization", [x, *parts], name, epsilon=norm.eps)

    def silu(self, x: str) -> str:
        return self.add("Mul", [x, self.add("Sigmoid", [x], f"{x}.sigmoid")], f"{x}.silu")

    def gate(self, x: str, name: str, se: SqueezeExcite) -> str:
        pooled = self.add("GlobalAveragePool", [x], f"{name}.pool")
        squeezed = self.silu(self.conv(pooled, f"{name}.conv_reduce", se.conv_reduce))
        opened = self.add("Sigmoid", [self.conv(squeezed, f"{name}.conv_expand", se.conv_expand)], f"{name}.gate")
        return self.add("Mul", [x, opened], name)

    def block(self, x: str, name: str, block: nn.Module) -> str:
        if isinstance(block, InvertedResidual):
            y = self.silu(self.conv(x, f"{name}.conv_pw", block.conv_pw, block.bn1, f"{name}.bn1"))
            y = self.silu(self.conv(y, f"{name}.conv_dw", block.conv_dw, block.bn2, f"{name}.bn2"))
            y = self.gate(y, f"{name}.se", block.se)
            y = self.conv(y, f"{name}.conv_pwl", block.conv_pwl, block.bn3, f"{name}.bn3")
        else:
            assert isinstance(block, DepthwiseSeparable)
            y = self.silu(self.conv(x, f"{name}.conv_dw", block.conv_dw, block.bn1, f"{name}.bn1"))
            y = self.gate(y, f"{name}.se", block.se)
            y = self.conv(y, f"{name}.conv_pw", block.conv_pw, block.bn2, f"{name}.bn2")
        return self.add("Add", [y, x], name) if block.residual else y


def _array(tensor: Tensor | None) -> Array:
    assert tensor is not None
    return tensor.detach().cpu().double().numpy()


def build_graph(model: EfficientNet, size: int) -> onnx.ModelProto:
    """Make the ONNX graph of a network in evaluation mode.

    The mean is taken off in the graph and the deviation is folded into the stem: its zero padding then stands for the
    mean, as it does after normalisation.

    Args:
        model: in either mode; it is not changed.
        size: of the crops, pixels.

    Returns:
        Input `crops`, RGB, uint8 (n, size, size, 3); output `logit`, float32 (n,).
    """
    g = _Nodes()
    x = g.add("Cast", [g.add("Transpose", [INPUT], "planes", perm=[0, 3, 1, 2])], "pixels", to=TensorProto.FLOAT)
    mean = np.array(MEAN, np.float32).reshape(1, 3, 1, 1) * 255
    x = g.add("Sub", [x, g.weight("mean", mean)], "centred")
    x = g.silu(g.conv(x, "conv_stem", model.conv_stem, model.bn1, "bn1", 1 / _SPREAD))
    for stage, blocks in enumerate(model.blocks):
        assert isinstance(blocks, nn.Sequential)
        for place, block in enumerate(blocks):
            x = g.block(x, f"blocks.{stage}.{place}", block)
    x = g.silu(g.conv(x, "conv_head", model.conv_head, model.bn2, "bn2"))
    pooled = g.add("Flatten", [g.add("GlobalAveragePool", [x], "pool")], "pooled", axis=1)
    weight = g.weight("classifier.weight", _array(model.classifier.weight).astype(np.float32))
    bias = g.weight("classifier.bias", _array(model.classifier.bias).astype(np.float32))
    column = g.add("Gemm", [pooled, weight, bias], "classifier", transB=1)
    g.add("Squeeze", [column, g.weight("axes", np.array([1], np.int64))], LOGIT)
    return _model(g, model.config.name, size)


def _model(g: _Nodes, name: str, size: int) -> onnx.ModelProto:
    crops = helper.make_tensor_value_info(INPUT, TensorProto.UINT8, ["n", size, size, 3])
    logit = helper.make_tensor_value_info(LOGIT, TensorProto.FLOAT, ["n"])
    graph = helper.make_graph(g.nodes, name, [crops], [logit], g.weights)
    return helper.make_model(
        graph,
        producer_name="gender-classifier",
        ir_version=IR_VERSION,
        opset_imports=[helper.make_opsetid("", OPSET)],
    )


def store_half(model: onnx.ModelProto) -> None:
    """Keep convolutions and the classifier as float16, cast back where used: arithmetic stays float32.

    Batch norm stays as it is: a variance may be too small for float16, and all of it is half a megabyte.

    Args:
        model: as `build_graph` gives it; changed in place.
    """
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.name.endswith(".weight") and values.ndim > 1:
            name, half = tensor.name, f"{tensor.name}{_HALF}"
            tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
            casts.append(helper.make_node("Cast", [half], [name], name=f"{name}.cast", to=TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def graph_tensors(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read the network's tensors back from a file with a graph of `build_graph`.

    Args:
        path: model file, its weights in float32 or float16.

    Returns:
        float32, by the names of the network's state dict. A file of another program has few or none by such names.
    """
    found: dict[str, NDArray[np.float32]] = {}
    for tensor in onnx.load(str(path)).graph.initializer:
        name = tensor.name.removesuffix(_HALF)
        if name.endswith(tuple(f".{key}" for key in NORM_TENSORS)):
            found[name] = numpy_helper.to_array(tensor).astype(np.float32)
    if "conv_stem.weight" in found:
        found["conv_stem.weight"] = (found["conv_stem.weight"] * _SPREAD[:, None, None]).astype(np.float32)
    return found
