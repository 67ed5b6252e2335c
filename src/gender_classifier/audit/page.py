"""One HTML page that a person can act on: self-contained, no network, light and dark, on a phone too."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib import resources
from pathlib import Path

from PIL import Image

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.effects import MEASURES, Effect
from gender_classifier.audit.findings import (
    Finding,
    Severity,
    Tile,
    leaks,
    ordered,
)
from gender_classifier.errors import UnreadableError
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import resize

_SIDE = 128  # of a thumbnail, pixels
_LINES = 200  # lines that a finding shows at most


def page(
    title: str,
    findings: Sequence[Finding],
    counts: Mapping[str, Mapping[str, int]],
    effects: Sequence[Effect],
    notes: Sequence[str],
) -> str:
    """Write the page as HTML.

    Args:
        title: what was audited.
        findings: in any order.
        counts: images by split and class.
        effects: measures compared between classes.
        notes: how things were measured, a paragraph each; what stands between backticks is shown as code.

    Returns:
        The whole page as text, with its style and images in it.
    """
    sorted_findings = ordered(findings)
    parts = [
        f"<h1>Data audit: {escape(title)}</h1>",
        f'<p class="verdict">{_verdict(sorted_findings)}</p>',
        _contents(sorted_findings),
        '<h2 id="counts">What is in it</h2>',
        _counts(counts),
        *(_finding(place, finding) for place, finding in enumerate(sorted_findings)),
        _effects(effects),
        '<h2 id="how">How it was measured</h2>',
        *(f"<p>{_marked(note)}</p>" for note in notes),
    ]
    body = "\n".join(part for part in parts if part)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>Data audit: {escape(title)}</title>\n<style>\n{_style()}</style>\n</head>\n"
        '<body>\n<a class="skip" href="#main">To the findings</a>\n'
        f'<main id="main">\n{body}\n</main>\n</body>\n</html>\n'
    )


@cache
def _style() -> str:
    return resources.files("gender_classifier.audit").joinpath("page.css").read_text(encoding="utf-8")


def _verdict(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Nothing was found that needs attention."
    first = f"<strong>{_marked(findings[0].title)}.</strong>"
    if leaks(findings):
        return f"{first} Splits share images or people: what is measured on one is not independent of the other."
    return f"No split shares images with another. First of what was found: {first}"


def _contents(findings: Sequence[Finding]) -> str:
    rows = "".join(
        f'<li><a href="#finding-{place}">{_badge(f.severity)} {_marked(f.title)}</a></li>'
        for place, f in enumerate(findings)
    )
    return f'<nav aria-label="Findings, gravest first"><ol class="contents">{rows}</ol></nav>' if rows else ""


def _badge(severity: Severity) -> str:
    return f'<span class="badge {severity.name.lower()}">{severity.word}</span>'


def _counts(counts: Mapping[str, Mapping[str, int]]) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in (*CLASS_NAMES, "all", "female"))
    rows = ""
    for split, of in counts.items():
        total = sum(of.values())
        share = 100 * of[CLASS_NAMES[0]] / max(1, total)
        cells = "".join(f"<td>{count:,}</td>" for count in (*of.values(), total))
        bar = f'<span class="bar" aria-hidden="true"><span style="width:{share:.1f}%"></span></span>'
        rows += f'<tr><th scope="row">{escape(split)}</th>{cells}<td>{bar}{share:.1f} %</td></tr>'
    return _table("Images by split and class", f'<th scope="col">split</th>{head}', rows)


def _table(caption: str, head: str, rows: str) -> str:
    # Wide tables scroll by themselves, by keyboard too, so that the page does not.
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{escape(caption)}"><table><caption>{escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _finding(place: int, finding: Finding) -> str:
    shown = len(finding.groups)
    several = any(len(group) > 1 for group in finding.groups)
    groups = "".join(f'<li class="group">{"".join(map(_tile, group))}</li>' for group in finding.groups)
    sheet = ""
    if groups:
        more = f", {shown} of {finding.count:,} shown" if shown < finding.count and not several else ""
        kind = "what belongs together is framed" if several else "images"
        sheet = (
            f"<details{' open' if finding.severity >= Severity.WARNING else ''}><summary>Contact sheet: {kind}{more}"
            f'</summary><ul class="sheet">{groups}</ul></details>'
        )
    lines = "".join(f"<li>{_marked(line)}</li>" for line in finding.lines[:_LINES])
    left = len(finding.lines) - _LINES
    lines += f"<li>and {left:,} more</li>" if left > 0 else ""
    listing = (
        f"<details{' open' if len(finding.lines) <= 12 else ''}><summary>In words</summary><ul>{lines}</ul></details>"
    )
    return (
        f'<section class="{finding.severity.name.lower()}" aria-labelledby="finding-{place}">'
        f'<h2 id="finding-{place}">{_badge(finding.severity)} {_marked(finding.title)}</h2>'
        f"<p>{_marked(finding.text)}</p><p><strong>What to do:</strong> {_marked(finding.action)}</p>"
        f"{sheet}{listing if lines else ''}</section>"
    )


def _tile(tile: Tile) -> str:
    name = escape(tile.name)
    source = thumbnail(tile.path)
    shown = f'<img src="{source}" alt="{name}">' if source else '<span class="none">cannot be shown</span>'
    return f"<figure>{shown}<figcaption><b>{name}</b><br>{escape(tile.caption)}</figcaption></figure>"


def thumbnail(path: Path) -> str:
    """Make a small JPEG of an image as a data URI.

    Args:
        path: of the image.

    Returns:
        `data:image/jpeg;base64,...`, whose long side is 128 pixels; empty where the image cannot be read.
    """
    try:
        picture = read_picture(path, min_side=_SIDE)
    except UnreadableError:
        return ""
    scale = _SIDE / max(picture.shape[:2])
    height, width = (max(1, round(side * scale)) for side in picture.shape[:2])
    buffer = io.BytesIO()
    Image.fromarray(resize(picture, (width, height))).save(buffer, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _effects(effects: Sequence[Effect]) -> str:
    if not effects:
        return ""
    head = "".join(
        f'<th scope="col">{name}</th>'
        for name in ("split", "measure", "median female", "median male", "spread", "Cliff’s delta (95 %)", "difference")
    )
    ranges = {measure.name: _range([e for e in effects if e.measure is measure]) for measure in MEASURES}
    rows = "".join(_effect(effect, ranges[effect.measure.name]) for effect in effects)
    note = (
        "<p>Female above, male below: a dot or square at the median, the middle half thick, 5 to 95 % thin. "
        "Delta is above 0 where men’s images have more of it.</p>"
    )
    return '<h2 id="classes">Do the classes differ otherwise?</h2>' + note + _table("Measures by class", head, rows)


def _range(effects: Sequence[Effect]) -> tuple[float, float]:
    values = [value for effect in effects for quantiles in effect.quantiles for value in quantiles]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _effect(effect: Effect, of: tuple[float, float]) -> str:
    medians = "".join(f"<td>{quantiles[2]:.3g}</td>" for quantiles in effect.quantiles)
    low, high = effect.interval
    return (
        f'<tr><th scope="row">{escape(effect.split)}</th><td class="text">{effect.measure.name} '
        f"({escape(effect.measure.unit)})</td>{medians}<td>{_strip(effect, of)}</td>"
        f'<td>{effect.delta:+.2f} ({low:+.2f} to {high:+.2f})</td><td class="text">{effect.size}</td></tr>'
    )


def _strip(effect: Effect, of: tuple[float, float]) -> str:
    """Both classes' quantiles as a small drawing; the figures beside it say the same."""
    span = (of[1] - of[0]) or 1.0
    drawn = ""
    for label, (quantiles, y) in enumerate(zip(effect.quantiles, (9, 23), strict=True)):
        x = [4 + 142 * (value - of[0]) / span for value in quantiles]
        kind = CLASS_NAMES[label]
        middle = (
            f'<circle cx="{x[2]:.1f}" cy="{y}" r="4"/>'
            if label == 0
            else f'<rect x="{x[2] - 4:.1f}" y="{y - 4}" width="8" height="8"/>'
        )
        drawn += (
            f'<g class="{kind}"><path d="M{x[0]:.1f} {y}H{x[4]:.1f}" class="thin"/>'
            f'<path d="M{x[1]:.1f} {y}H{x[3]:.1f}" class="thick"/>{middle}</g>'
        )
    return f'<svg viewBox="0 0 150 32" width="150" height="32" aria-hidden="true">{drawn}</svg>'


def _marked(text: str) -> str:
    """Escaped, with code between backticks."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
