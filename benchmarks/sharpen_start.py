"""Carry ReLU6's weights over to SiLU without losing them: `silu(k x) / k` nears `relu(x)` as k grows.

    python benchmarks/sharpen_start.py --init START.safetensors --out FILE [--factor 4]

START is `b1_from_lite1.safetensors`: EfficientNet-Lite1's ImageNet weights in B1's layout. Nothing is
trained and no image is read: batch norm's scale and offset before each activation are multiplied by
the factor, and the next convolution divided by it. On the way the rest of what Lite1 has otherwise is
folded in: its input range (-1 ... 1), its epsilon of batch norm, and the gates that stand at 0.982.
What stays lost is ReLU6's upper bound and TensorFlow's padding at the borders.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import torch
import typer
from safetensors.torch import load_file, save_file
from torch import Tensor

from gender_classifier.networks.config import B1
from gender_classifier.networks.normalise import DEVIATION, MEAN

LITE_EPS, B1_EPS = 1e-3, 1e-5
Tensors = dict[str, Tensor]


def sharpen(state: Tensors, factor: float, head_factor: float) -> Tensors:
    """B1's tensors that compute what Lite1 computes, from Lite1's tensors in B1's layout."""
    out = {key: value.double() for key, value in state.items()}
    for key in out:
        if key.endswith("running_var"):
            out[key] = out[key] + (LITE_EPS - B1_EPS)
    _fold_input_range(out)
    _scale_norm(out, "bn1", factor)
    for stage, spec in enumerate(B1.stages):
        for place in range(spec.repeats):
            name = f"blocks.{stage}.{place}"
            separable = spec.expansion == 1
            _sharpen_block(out, name, separable, factor, first=stage == 0 and place == 0)
    _scale_norm(out, "bn2", head_factor)
    return {key: value.float() for key, value in out.items()}


def _sharpen_block(out: Tensors, name: str, separable: bool, factor: float, first: bool) -> None:
    if separable:
        if first:  # the stem's activation is the only one that a separable block reads
            out[f"{name}.conv_dw.weight"] /= factor
        _scale_norm(out, f"{name}.bn1", factor)
        project = f"{name}.conv_pw.weight"
    else:
        _scale_norm(out, f"{name}.bn1", factor)
        out[f"{name}.conv_dw.weight"] /= factor
        _scale_norm(out, f"{name}.bn2", factor)
        project = f"{name}.conv_pwl.weight"
    gate = torch.sigmoid(out[f"{name}.se.conv_expand.bias"])
    out[project] /= factor * gate[None, :, None, None]
    out[f"{name}.se.conv_reduce.weight"] /= factor


def _scale_norm(out: Tensors, norm: str, factor: float) -> None:
    out[f"{norm}.weight"] *= factor
    out[f"{norm}.bias"] *= factor


def _fold_input_range(out: Tensors) -> None:
    """Lite1 reads pixels as 2 p - 1, B1 as (p - mean) / deviation, p in 0 ... 1."""
    mean, deviation = torch.tensor(MEAN).double(), torch.tensor(DEVIATION).double()
    weight = out["conv_stem.weight"]
    constant = (weight * (2 * mean - 1)[None, :, None, None]).sum((1, 2, 3))
    out["conv_stem.weight"] = weight * (2 * deviation)[None, :, None, None]
    out["bn1.running_mean"] = out["bn1.running_mean"] - constant


def main(
    init: Annotated[Path, typer.Option(help="Lite1's tensors in B1's layout")],
    out: Annotated[Path, typer.Option(help="safetensors file to write, float16")],
    factor: Annotated[float, typer.Option(help="k; 1 leaves SiLU as it is")] = 4.0,
    head_factor: Annotated[float, typer.Option(help="k of the last activation, whose scale nothing undoes")] = 2.0,
) -> None:
    tensors = sharpen(load_file(init), factor, head_factor)
    partial = out.with_suffix(".partial")
    save_file({key: value.half().contiguous() for key, value in tensors.items()}, partial)
    partial.replace(out)


if __name__ == "__main__":
    typer.run(main)
