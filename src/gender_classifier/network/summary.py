"""The network stage by stage, counted on the real modules."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gender_classifier.network.efficientnet import B1_STAGES, EfficientNetB1, StageSpec


@dataclass(frozen=True)
class StageRow:
    """One line of the summary.

    Attributes:
        stage: name.
        operator: ``MBConv6 5x5 /2``: expansion 6, kernel 5, stride 2.
        repeats: blocks in the stage.
        shape: of the output for one picture, (channels, height, width); of the classifier (1,).
        parameters: weights and biases, batch norm's scale and offset with them.
        macs: multiply-adds of convolutions and linear layers for one picture.
    """

    stage: str
    operator: str
    repeats: int
    shape: tuple[int, ...]
    parameters: int
    macs: int


def summarise(size: int = 224) -> list[StageRow]:
    """Rows for a picture of ``size`` pixels: stem, seven stages, head, classifier.

    The real modules run, on tensors that have a shape and no values, so that this takes no time.
    """
    with torch.device("meta"):
        model = EfficientNetB1().eval()
        pictures = torch.empty(1, 3, size, size)
    macs = _count_macs(model, pictures)
    shapes = [tuple(output.shape[1:]) for output in model.stage_outputs(pictures)] + [(1,)]
    names = ["stem", *(f"stage {i + 1}" for i in range(len(B1_STAGES))), "head", "classifier"]
    operators = ["Conv 3x3 /2", *map(_operator, B1_STAGES), "Conv 1x1", "Linear"]
    repeats = [1, *(spec.repeats for spec in B1_STAGES), 1, 1]
    rows = zip(names, operators, repeats, shapes, _parts(model), strict=True)
    return [
        StageRow(
            name, operator, repeat, shape, _parameters(part), sum(macs.get(m, 0) for p in part for m in p.modules())
        )
        for name, operator, repeat, shape, part in rows
    ]


def _operator(spec: StageSpec) -> str:
    kind = "DSConv" if spec.expansion == 1 else f"MBConv{spec.expansion}"
    return f"{kind} {spec.kernel}x{spec.kernel}" + (" /2" if spec.stride == 2 else "")


def _parts(model: EfficientNetB1) -> list[list[nn.Module]]:
    stages: list[list[nn.Module]] = [[stage] for stage in model.blocks]
    return [[model.conv_stem, model.bn1], *stages, [model.conv_head, model.bn2], [model.classifier]]


def _parameters(modules: list[nn.Module]) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def _count_macs(model: EfficientNetB1, pictures: Tensor) -> dict[nn.Module, int]:
    counts: dict[nn.Module, int] = {}

    def count(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            kernel = module.kernel_size[0] * module.kernel_size[1]
            counts[module] = output.numel() * kernel * module.in_channels // module.groups
        elif isinstance(module, nn.Linear):
            counts[module] = output.numel() * module.in_features

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    model(pictures)
    for hook in hooks:
        hook.remove()
    return counts


def mermaid(rows: list[StageRow], size: int) -> str:
    """The rows as a Mermaid flow chart: input, stem, stages, head, pool, dropout, logit."""
    *stages, head, _ = rows
    boxes = [("input", "Input", f"3 x {size} x {size}")]
    for row in [*stages, head]:
        text = f"{row.stage.capitalize()}: {row.operator}" + (f", {row.repeats} blocks" if row.repeats > 1 else "")
        boxes.append((row.stage.replace(" ", ""), text, _shape(row.shape)))
    width = str(head.shape[0])
    boxes += [
        ("pool", "Global average pool", width),
        ("dropout", "Dropout", width),
        ("logit", "Linear", "1 logit: male from the threshold on"),
    ]
    lines = [f'    {key}["{text}<br/>{shape}"]' for key, text, shape in boxes]
    return "\n".join(["flowchart TB", *lines, "    " + " --> ".join(key for key, _, _ in boxes)])


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))
