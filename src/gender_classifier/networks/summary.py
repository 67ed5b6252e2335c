"""The network stage by stage, counted from its configuration; no torch."""

from __future__ import annotations

from dataclasses import dataclass

from gender_classifier.networks.config import (
    B1,
    SE_RATIO,
    NetworkConfig,
    StageSpec,
)


@dataclass(frozen=True)
class StageRow:
    """One line of the summary.

    Example:
        >>> stem = summarise(224)[0]
        >>> stem.operator, stem.shape
        ('Conv 3x3 /2', (32, 112, 112))

    Attributes:
        stage: name.
        operator: `MBConv6 5x5 /2`: expansion 6, kernel 5, stride 2.
        repeats: blocks in the stage.
        shape: of the output for one image, (channels, height, width); of the classifier (1,).
        parameters: weights and biases, batch norm's scale and offset with them.
        macs: multiply-adds of convolutions and linear layers for one image.
    """

    stage: str
    operator: str
    repeats: int
    shape: tuple[int, ...]
    parameters: int
    macs: int


def summarise(size: int = 224, config: NetworkConfig = B1) -> list[StageRow]:
    """Count parameters and multiply-adds, a row a stage.

    Args:
        size: of the images, pixels.
        config: build of the network.

    Returns:
        Stem, the stages, head, classifier.
    """
    side = _halved(size)
    rows = [_convolution("stem", "Conv 3x3 /2", 3, config.stem, 9, side)]
    inputs = config.stem
    for number, spec in enumerate(config.stages, 1):
        parameters = macs = 0
        for repeat in range(spec.repeats):
            stride = spec.stride if repeat == 0 else 1
            before, side = side, _halved(side) if stride == 2 else side
            more = _block(inputs, spec, before, side)
            parameters, macs, inputs = parameters + more[0], macs + more[1], spec.width
        shape = (spec.width, side, side)
        rows.append(StageRow(f"stage {number}", _operator(spec), spec.repeats, shape, parameters, macs))
    rows.append(_convolution("head", "Conv 1x1", inputs, config.head, 1, side))
    rows.append(StageRow("classifier", "Linear", 1, (1,), config.head + 1, config.head))
    return rows


def _halved(side: int) -> int:
    """Side of the map after a convolution of stride 2, padded by half its kernel."""
    return -(-side // 2)


def _convolution(name: str, operator: str, inputs: int, outputs: int, area: int, side: int) -> StageRow:
    """Count a convolution without bias, and its batch norm."""
    weights = inputs * outputs * area
    return StageRow(name, operator, 1, (outputs, side, side), weights + 2 * outputs, weights * side * side)


def _block(inputs: int, spec: StageSpec, before: int, after: int) -> tuple[int, int]:
    """Parameters and multiply-adds of a block whose map has a side of `before` pixels and then of `after`."""
    middle, squeezed = inputs * spec.expansion, max(1, int(inputs * SE_RATIO))
    expand = inputs * middle if spec.expansion > 1 else 0
    depthwise, project, gate = middle * spec.kernel**2, middle * spec.width, 2 * middle * squeezed
    norms = 2 * ((middle if spec.expansion > 1 else 0) + middle + spec.width)
    parameters = expand + depthwise + project + gate + squeezed + middle + norms
    return parameters, expand * before**2 + (depthwise + project) * after**2 + gate


def _operator(spec: StageSpec) -> str:
    kind = "DSConv" if spec.expansion == 1 else f"MBConv{spec.expansion}"
    return f"{kind} {spec.kernel}x{spec.kernel}" + (" /2" if spec.stride == 2 else "")


def mermaid(rows: list[StageRow], size: int) -> str:
    """Draw the rows as a Mermaid flow chart: input, stem, stages, head, pool, dropout, logit.

    Args:
        rows: as `summarise` gives them.
        size: of the image, pixels.

    Returns:
        The diagram's text, without a line break at its end.
    """
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
