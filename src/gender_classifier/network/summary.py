"""The network stage by stage, counted on the real modules."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from gender_classifier.network.efficientnet import B1_STAGES, EfficientNetB1


@dataclass(frozen=True)
class StageRow:
    """One line of the summary: parameters, and multiply-adds of one picture."""

    stage: str
    operator: str
    repeats: int
    shape: tuple[int, ...]
    parameters: int
    macs: int


def summarise(size: int = 224) -> list[StageRow]:
    """Rows for a picture of ``size`` pixels: stem, seven stages, head, classifier."""
    model = EfficientNetB1().eval()
    macs = _count_macs(model, size)
    names = ["stem", *(f"stage {i + 1}" for i in range(len(B1_STAGES))), "head", "classifier"]
    operators = [
        "Conv 3x3",
        *(_operator(i) for i in range(len(B1_STAGES))),
        "Conv 1x1",
        "Pool, dropout, linear",
    ]
    repeats = [1, *(spec.repeats for spec in B1_STAGES), 1, 1]
    with torch.inference_mode():
        shapes = [tuple(o.shape[1:]) for o in model.stage_outputs(torch.zeros(1, 3, size, size))] + [(1,)]
    parts = _parts(model)
    return [
        StageRow(
            name,
            operator,
            repeat,
            shape,
            _parameters(part),
            sum(macs.get(m, 0) for p in part for m in p.modules()),
        )
        for name, operator, repeat, shape, part in zip(names, operators, repeats, shapes, parts, strict=True)
    ]


def _operator(stage: int) -> str:
    spec = B1_STAGES[stage]
    kind = "DSConv" if spec.expansion == 1 else f"MBConv{spec.expansion}"
    return f"{kind} {spec.kernel}x{spec.kernel}" + (" /2" if spec.stride == 2 else "")


def _parts(model: EfficientNetB1) -> list[list[nn.Module]]:
    stages: list[list[nn.Module]] = [[stage] for stage in model.blocks]
    return [[model.conv_stem, model.bn1], *stages, [model.conv_head, model.bn2], [model.classifier]]


def _parameters(modules: list[nn.Module]) -> int:
    return sum(p.numel() for module in modules for p in module.parameters())


def _count_macs(model: EfficientNetB1, size: int) -> dict[nn.Module, int]:
    counts: dict[nn.Module, int] = {}

    def count(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            kernel = module.kernel_size[0] * module.kernel_size[1]
            counts[module] = output.numel() * kernel * module.in_channels // module.groups
        elif isinstance(module, nn.Linear):
            counts[module] = output.numel() * module.in_features

    hooks = [m.register_forward_hook(count) for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    with torch.inference_mode():
        model(torch.zeros(1, 3, size, size))
    for hook in hooks:
        hook.remove()
    return counts


def mermaid(rows: list[StageRow], size: int) -> str:
    """The rows as a Mermaid flow chart."""
    lines = ["flowchart TB", f'    input["input<br/>3 x {size} x {size}"]']
    before = "input"
    for row in rows:
        key = row.stage.replace(" ", "")
        shape = " x ".join(str(n) for n in row.shape)
        text = f"{row.operator}" + (f" ({row.repeats}x)" if row.repeats > 1 else "")
        if row.stage == "classifier":
            text, shape = "average pool, dropout 0.4, linear", "1 logit (above the threshold: male)"
        lines += [f'    {key}["{row.stage}: {text}<br/>{shape}"]', f"    {before} --> {key}"]
        before = key
    return "\n".join(lines)
