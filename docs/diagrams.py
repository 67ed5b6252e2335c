"""The diagrams of README and site, drawn as SVG from the program itself: the network, a block of it, the rooms.

`make docs` draws them anew, and so does `python docs/diagrams.py`, which prints the names of those that changed.
"""

from __future__ import annotations

import re
import textwrap
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from gender_classifier.config.settings import ModelConfig
from gender_classifier.networks.config import B1, NetworkConfig, StageSpec
from gender_classifier.networks.summary import StageRow, summarise

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "docs" / "assets"
INK, FRAME, PLAIN, LEARNT, GATE, GREEN = "#1b1f24", "#8a949e", "#f4f6f8", "#dcebf7", "#fdebc8", "#dff1e4"
SIZE = 13.0
"""Of letters, pixels."""
WIDE = 0.60
"""Of a letter, as a share of its size: the mean of a text in any common sans-serif face is below it."""
ASIDE = 46.0
"""Arrows of the network run so far from the right end of its boxes, where no frame's title reaches."""


@dataclass
class Drawing:
    """An SVG that grows by boxes, frames and arrows; coordinates in pixels, from the upper left corner."""

    width: float
    parts: list[str] = field(default_factory=list)
    height: float = 0.0

    def box(
        self, x: float, y: float, width: float, lines: list[str], fill: str = PLAIN, right: str = "", bold: bool = True
    ) -> float:
        """Draw a box with lines of text and `right` at the right end of the first; returns its lower edge.

        The first of several lines is bold unless `bold` says otherwise.
        """
        height = 16.0 + 17.0 * len(lines)
        self._shape(x, y, width, height, fill, INK, 1.0)
        for place, line in enumerate(lines):
            self.text(x + 10, y + 21 + 17 * place, line, bold=bold and place == 0 and len(lines) > 1)
        if right:
            self.text(x + width - 10, y + 21, right, anchor="end")
        return y + height

    def frame(self, x: float, y: float, width: float, height: float, title: str) -> None:
        """Draw a frame around a group, its title within it at the top."""
        self._shape(x, y, width, height, "none", FRAME, 1.4)
        self.text(x + 10, y + 18, title, bold=True)

    def text(self, x: float, y: float, said: str, *, bold: bool = False, anchor: str = "start") -> None:
        """Write a line; `anchor` is `start`, `middle` or `end`."""
        weight = ' font-weight="600"' if bold else ""
        self.parts.append(f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{weight}>{escape(said)}</text>')

    def arrow(self, *points: tuple[float, float]) -> None:
        """Draw a line through the points with a head at its end."""
        way = " L".join(f"{x:g} {y:g}" for x, y in points)
        self.parts.append(f'<path d="M{way}" fill="none" stroke="{INK}" marker-end="url(#head)"/>')

    def svg(self, title: str, about: str) -> str:
        """The document: `title` and `about` are what a screen reader says."""
        width, height = f"{self.width:g}", f"{self.height:g}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            f'role="img" font-family="system-ui, -apple-system, Segoe UI, Roboto, Arial, sans-serif" '
            f'font-size="{SIZE:g}" fill="{INK}">'
        )
        marker = (
            '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
            f'orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{INK}"/></marker></defs>'
        )
        ground = f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
        said = f"<title>{escape(title)}</title><desc>{escape(about)}</desc>"
        return "\n".join([head, said, marker, ground, *self.parts, "</svg>", ""])

    def _shape(self, x: float, y: float, width: float, height: float, fill: str, stroke: str, line: float) -> None:
        self.parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6" fill="{fill}" '
            f'stroke="{stroke}" stroke-width="{line:g}"/>'
        )
        self.height = max(self.height, y + height + 10)


def network(size: int = 224, config: NetworkConfig = B1) -> str:
    """The network for images of `size` pixels: backbone, head and probability, and beside it what a block holds."""
    rows = summarise(size, config)
    drawing = Drawing(930)
    x, width = 24.0, 500.0
    middle = x + width - ASIDE
    bottom = drawing.box(x, 10, width, ["Crop, RGB, normalised"], right=_shape(rows[0], size))
    top = bottom + 24
    places = list(_backbone(rows, config))
    y = top + 30
    drawing.arrow((middle, bottom), (middle, y))
    for said, shape, fill in places:
        lower = drawing.box(x, y, width, [said], fill, shape)
        y = lower + 12
        drawing.arrow((middle, lower), (middle, y if said != places[-1][0] else y + 42))
    parameters, work = sum(row.parameters for row in rows), sum(row.macs for row in rows)
    told = f"EfficientNet-B1: {parameters:,} parameters, {work / 1e6:.0f} M multiply-adds"
    drawing.frame(x - 14, top, width + 28, y - top, told)
    y = _head(drawing, x, y + 12, width, config)
    _probability(drawing, x, y + 12, width)
    _blocks(drawing, 572, 10, 340, config)
    about = "; ".join([f"{said}: {shape}" for said, shape, _ in places])
    return drawing.svg(f"The network at {size} x {size} pixels", about)


def _shape(first: StageRow, size: int) -> str:
    return f"3 × {size} × {size}"


def _backbone(rows: list[StageRow], config: NetworkConfig) -> Iterator[tuple[str, str, str]]:
    """What each box of the backbone says, its output's shape, its colour."""
    shapes = [" × ".join(map(str, row.shape)) for row in rows]
    yield f"Stem: Conv 3×3 /2, 3 → {config.stem} · BN · SiLU", shapes[0], LEARNT
    before = config.stem
    for number, spec in enumerate(config.stages, 1):
        times = f"{spec.repeats} × " if spec.repeats > 1 else ""
        yield f"Stage {number}: {times}{_operator(spec)}, {before} → {spec.width}", shapes[number], GREEN
        before = spec.width
    yield f"Head: Conv 1×1, {before} → {config.head} · BN · SiLU", shapes[-2], LEARNT
    yield "Mean over the map", str(config.head), PLAIN


def _operator(spec: StageSpec) -> str:
    kind = "DSConv" if spec.expansion == 1 else f"MBConv{spec.expansion}"
    return f"{kind} {spec.kernel}×{spec.kernel}" + (" /2" if spec.stride == 2 else "")


def _head(drawing: Drawing, x: float, top: float, width: float, config: NetworkConfig) -> float:
    """Dropout and the linear layer; returns the frame's lower edge."""
    middle, y = x + width - ASIDE, top + 30
    lower = drawing.box(
        x, y, width, [f"Dropout, p = {ModelConfig().dropout:g}, while training"], right=str(config.head)
    )
    drawing.arrow((middle, lower), (middle, lower + 12))
    lower = drawing.box(x, lower + 12, width, [f"Linear, {config.head} → 1"], LEARNT, "1 logit")
    drawing.frame(x - 14, top, width + 28, lower + 12 - top, "Classifier head: male from the threshold on")
    drawing.arrow((middle, lower), (middle, lower + 54))
    return lower + 12


def _probability(drawing: Drawing, x: float, top: float, width: float) -> None:
    middle, y = x + width - ASIDE, top + 30
    lower = drawing.box(x, y, width, ["Calibration: scale × logit + offset, fitted on held-out images"])
    drawing.arrow((middle, lower), (middle, lower + 12))
    lower = drawing.box(x, lower + 12, width, ["Sigmoid"], right="probability of male")
    drawing.frame(x - 14, top, width + 28, lower + 12 - top, "Probability")


def _blocks(drawing: Drawing, x: float, top: float, width: float, config: NetworkConfig) -> None:
    """What a block of stages 2 to 7 holds, then one of stage 1."""
    expansion = max(spec.expansion for spec in config.stages)
    y = top + 30
    inner, left = width - 70, x + 14
    middle = left + inner / 2
    lower = drawing.box(left, y, inner, ["Input"], right="c × h × w")
    first = lower
    steps = [
        ([f"Conv 1×1, c → {expansion}c · BN · SiLU"], GREEN),
        (["Depthwise k×k /s · BN · SiLU"], GREEN),
        (["Gate"], GATE),
        ([f"Conv 1×1, {expansion}c → d · BN"], GREEN),
    ]
    for lines, fill in steps:
        drawing.arrow((middle, lower), (middle, lower + 14))
        lower = drawing.box(left, lower + 14, inner, lines, fill)
    drawing.arrow((middle, lower), (middle, lower + 14))
    end = lower + 14
    lower = drawing.box(left, end, inner, ["Add; stochastic depth"], right="d × h/s × w/s")
    # The shortcut, around all of it.
    side = left + inner + 24
    drawing.arrow((left + inner, first - 16), (side, first - 16), (side, end + 16), (left + inner, end + 16))
    told = f"MBConv{expansion} k×k /s, a block of stages 2 to 7"
    drawing.frame(x, top, width, lower + 34 - top, told)
    drawing.text(x + 14, lower + 22, "Shortcut and Add only if s = 1, c = d")
    y = _gate(drawing, x, lower + 52, width, f"Gate: squeeze-and-excitation, {expansion}c channels")
    y += 18
    lower = drawing.box(x + 14, y + 30, width - 28, ["Depthwise k×k · BN · SiLU"], GREEN)
    for said, fill in (("Gate", GATE), ("Conv 1×1, c → d · BN", GREEN)):
        drawing.arrow((x + width / 2, lower), (x + width / 2, lower + 12))
        lower = drawing.box(x + 14, lower + 12, width - 28, [said], fill)
    drawing.frame(x, y, width, lower + 12 - y, "DSConv k×k, a block of stage 1")


def _gate(drawing: Drawing, x: float, top: float, width: float, title: str) -> float:
    lower = drawing.box(x + 14, top + 30, width - 28, ["Mean over the map"], PLAIN)
    for said in ("Conv 1×1 to c/4 · SiLU", "Conv 1×1 back · sigmoid"):
        drawing.arrow((x + width / 2, lower), (x + width / 2, lower + 12))
        lower = drawing.box(x + 14, lower + 12, width - 28, [said], GATE)
    drawing.arrow((x + width / 2, lower), (x + width / 2, lower + 12))
    lower = drawing.box(x + 14, lower + 12, width - 28, ["Multiply each channel by its gate"], PLAIN)
    drawing.frame(x, top, width, lower + 12 - top, title)
    return lower + 12


def rooms() -> str:
    """The package's rooms in layers, as `pyproject.toml` has them: imports go down only."""
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    told = _told()
    drawing, y = Drawing(930), 10.0
    for layer in contract["layers"]:
        names = [name.strip(" ()") for name in layer.split("|")]
        shown = [name for name in names if name in told]
        if not shown:
            continue
        width = (910 - 12 * (len(shown) - 1)) / len(shown)
        texts = [[f"{name}/", *textwrap.wrap(told[name], int((width - 20) / (WIDE * SIZE)))] for name in shown]
        most = max(map(len, texts))
        if y > 10:
            drawing.arrow((465, y - 16), (465, y))
        for place, (name, lines) in enumerate(zip(shown, texts, strict=True)):
            light = name not in ("cli", "training", "networks")
            fill = GREEN if light else LEARNT
            lower = drawing.box(10 + place * (width + 12), y, width, lines + [""] * (most - len(lines)), fill)
        y = lower + 16
    drawing.height = y
    return drawing.svg("The rooms, from the command line down", "Each layer imports from those below it only.")


CROP_STEPS = (
    ("photo",),
    ("find boxes and", "five landmarks"),
    ("find them anew in", "the upright crop"),
    ("transform onto", "canonical landmarks"),
    ("square crop",),
)


def crop() -> str:
    """From photo to crop, from left to right."""
    drawing, x = Drawing(930), 10.0
    for place, lines in enumerate(CROP_STEPS):
        width = max(map(len, lines)) * WIDE * SIZE + 22
        if place:
            drawing.arrow((x - 34, 42), (x, 42))
        drawing.box(x, 42 - 8 - 8.5 * len(lines), width, list(lines), GREEN if place else PLAIN, bold=False)
        x += width + 34
    drawing.width = x - 24
    drawing.height = 84
    return drawing.svg("From photo to crop", "; ".join(" ".join(lines) for lines in CROP_STEPS))


def _told() -> dict[str, str]:
    """What each room holds, by the map in CONTRIBUTING.md."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `… (\w+)/` \| (.+?) \|$", text, re.MULTILINE)
    return {name: said.split("; ")[0].replace("`", "") for name, said in rows}


DRAWN: dict[str, Callable[[], str]] = {"network.svg": network, "rooms.svg": rooms, "crop.svg": crop}


def write_all(folder: Path = FOLDER) -> list[str]:
    """Draw all of them into `folder`; returns the names of those that were not so before."""
    changed = []
    for name, draw in DRAWN.items():
        path, text = folder / name, draw()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(name)
    return changed


if __name__ == "__main__":
    print("\n".join(write_all()) or "all as they were")
