"""MobileNet as HSE-FaceRec trained it to tell people apart, read from TensorFlow.js files; a teacher, never shipped.

Source: Howard et al., "MobileNets", 2017, table 1; the training by Savchenko, PeerJ Computer Science 5:e197, 2019.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

Weights = dict[str, NDArray[np.float32]]

# Width and stride of each block: a depthwise convolution of 3 x 3, then one of 1 x 1.
BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
SIZE = 224
# Of blue, green and red in VGGFace's pictures: what the network was trained to have taken away.
MEAN = np.array([103.939, 116.779, 123.68], np.float32)


class MobileNet(nn.Module):
    """Its convolutions, batch norm folded into them, and the mean over the last map: 1,024 features of a face."""

    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.layers = nn.ModuleList()
        self._add(weights["conv1/convolution/merged_input"], weights["conv1_bn/batchnorm_1/sub"], 2)
        for block, (_, stride) in enumerate(BLOCKS, 1):
            name = f"conv_dw_{block}"
            # TensorFlow has a depthwise kernel as (height, width, channels, 1).
            kernel = weights[f"{name}/depthwise_kernel"].transpose(0, 1, 3, 2) * weights[f"{name}_bn/batchnorm_1/mul"]
            self._add(kernel, weights[f"{name}_bn/batchnorm_1/sub"], stride, groups=kernel.shape[3])
            name = f"conv_pw_{block}"
            self._add(weights[f"{name}/convolution/merged_input"], weights[f"{name}_bn/batchnorm_1/sub"], 1)

    def _add(self, kernel: NDArray[np.float32], bias: NDArray[np.float32], stride: int, groups: int = 1) -> None:
        height, _, inputs, outputs = kernel.shape
        layer = nn.Conv2d(inputs * groups, outputs, height, stride, (height // 2) * (stride == 1), groups=groups)
        layer.weight.data = torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)))
        layer.bias = nn.Parameter(torch.from_numpy(bias.copy()))
        self.layers.append(layer)

    def forward(self, x: Tensor) -> Tensor:
        """Features, float (N, 1024), of BGR images less `MEAN`, float (N, 3, H, W), sides even at each halving."""
        for layer in self.layers:
            # TensorFlow pads an even side on the far edge alone.
            x = F.relu6(layer(F.pad(x, (0, 1, 0, 1)) if layer.stride == (2, 2) else x))
        return x.mean((2, 3))


def read_tfjs(model: Path) -> Weights:
    """All weights of a TensorFlow.js graph, `model` being its JSON file, with its binary files beside it."""
    groups: list[dict[str, Any]] = json.loads(model.read_text())["weightsManifest"]
    raw = b"".join((model.parent / part).read_bytes() for group in groups for part in group["paths"])
    found: Weights = {}
    at = 0
    for weight in (weight for group in groups for weight in group["weights"]):
        kind = "<i4" if weight["dtype"] == "int32" else "<f4"
        if "quantization" in weight:
            raise SystemExit(f"{model}: {weight['name']} is quantised; the file with float32 weights is meant")
        values = np.frombuffer(raw, kind, int(np.prod(weight["shape"])), at).reshape(weight["shape"])
        at += values.nbytes
        found[weight["name"]] = values.astype(np.float32)
    if at != len(raw):
        raise SystemExit(f"{model}: {len(raw)} bytes of weights where {at} are said")
    return found
