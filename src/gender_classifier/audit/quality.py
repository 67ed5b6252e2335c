"""Findings about single images and about what the classes are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.copies import SHOWN
from gender_classifier.audit.effects import NEGLIGIBLE, Effect
from gender_classifier.audit.findings import (
    Finding,
    Severity,
    pictures,
    tile,
)
from gender_classifier.audit.looks import Look

TINY_PICTURE, TINY_FACE = 64, 32
"""Short side, and side of the face, pixels, below which an image is tiny."""
SEVERAL = 0.5
"""A second face counts from this share of the largest face's side."""
RARE = 0.35
"""Share of a split below which a class is called rare."""


def flags(look: Look) -> list[str]:
    """Say what is wrong with one image.

    Args:
        look: the image.

    Returns:
        `unreadable` alone, or any of `tiny`, `no face` and `several faces`; empty where there is nothing to say.
    """
    if look.reason:
        return ["unreadable"]
    found = []
    if min(look.width, look.height) < TINY_PICTURE or (look.faces and look.faces[0] < TINY_FACE):
        found.append("tiny")
    if not look.faces:
        found.append("no face")
    if len(look.faces) > 1 and look.faces[1] >= SEVERAL * look.faces[0]:
        found.append("several faces")
    return found


def picture_findings(looks: Sequence[Look], probabilities: Mapping[int, float] | None = None) -> list[Finding]:
    """Find images that cannot be read, show no face or several, or are tiny.

    Args:
        looks: all images.
        probabilities: of male, as a model gives them, by row; those without a face are then shown the least sure first.
            None: no model.

    Returns:
        A finding for each of the four, in this order; what there is none of is left out.
    """
    given = probabilities or {}
    rows: dict[str, list[int]] = {}
    for row, look in enumerate(looks):
        for flag in flags(look):
            rows.setdefault(flag, []).append(row)
    no_face = sorted(rows.get("no face", []), key=lambda row: abs(given.get(row, 0.0) - 0.5))
    found = [
        _unreadable(looks, rows.get("unreadable", [])),
        Finding(
            "no_face",
            Severity.WARNING,
            f"No face is found in {pictures(len(no_face))}",
            "Either there is none, or one that the detector misses: turned away, covered, or blurred. What a model "
            "learns from an image without a face is its background.",
            "Look at them, and move what shows no face out of the data. quality.csv lists them.",
            len(no_face),
            tuple((tile(looks[row], _said(given.get(row))),) for row in no_face[:SHOWN]),
        ),
        _listed(
            looks,
            rows.get("several faces", []),
            "several_faces",
            "{} show{s} several faces of like size",
            "The label is one person’s. Which one’s, the image does not tell, and a crop may show the other.",
            "Crop them to the person meant; `gender-classifier align` takes the central face.",
        ),
        _listed(
            looks,
            rows.get("tiny", []),
            "tiny",
            "{} {is} tiny",
            f"The short side is below {TINY_PICTURE} pixels, or the face below {TINY_FACE}: less than people and "
            "models need.",
            "Replace them by larger ones where there are any, and report results on small faces apart.",
        ),
    ]
    return [finding for finding in found if finding.count]


def _unreadable(looks: Sequence[Look], rows: Sequence[int]) -> Finding:
    return Finding(
        "unreadable",
        Severity.ERROR,
        f"{pictures(len(rows))} cannot be read",
        "Files that are empty, cut short or no images.",
        "Mend or remove them: `train` stops at them unless it is told `--skip-unreadable`.",
        len(rows),
        lines=tuple(f"{looks[row].sample.name}: {looks[row].reason}" for row in rows),
    )


def _listed(looks: Sequence[Look], rows: Sequence[int], key: str, title: str, text: str, action: str) -> Finding:
    forms = {"s": "s", "is": "is"} if len(rows) == 1 else {"s": "", "is": "are"}
    shown = tuple((tile(looks[row], _faces(looks[row])),) for row in rows[:SHOWN])
    said = title.format(pictures(len(rows)), **forms)
    return Finding(key, Severity.NOTE, said, text, action + " quality.csv lists them.", len(rows), shown)


def _faces(look: Look) -> str:
    sides = ", ".join(f"{side:.0f}" for side in look.faces[:4])
    return f"{look.width} × {look.height} px" + (f", faces of {sides} px" if sides else "")


def _said(probability: float | None) -> str:
    return "" if probability is None else f"the model: male {100 * probability:.0f} %"


def balance_findings(counts: Mapping[str, Mapping[str, int]]) -> list[Finding]:
    """Find splits in which one class is rare, below `RARE` of the images.

    Args:
        counts: images by split and class.

    Returns:
        One finding about all of them, named by the most uneven; empty where no class is rare.
    """
    shares = {split: of[CLASS_NAMES[0]] / max(1, sum(of.values())) for split, of in counts.items()}
    rare = {split: share for split, share in shares.items() if min(share, 1 - share) < RARE}
    lines = tuple(
        f"{split}: {of[CLASS_NAMES[0]]:,} female, {of[CLASS_NAMES[1]]:,} male; {100 * shares[split]:.1f} % female"
        for split, of in counts.items()
    )
    if not rare:
        return []
    split, share = min(rare.items(), key=lambda item: min(item[1], 1 - item[1]))
    few, percent = ("women", 100 * share) if share < 0.5 else ("men", 100 * (1 - share))
    return [
        Finding(
            "imbalance",
            Severity.NOTE,
            f"{few.capitalize()} are {percent:.0f} % of {split}",
            "With one class rare, accuracy hides what becomes of it, and a threshold that suits accuracy costs recall.",
            "Train with the balanced sampler (the recipes do), and read the recall of each class too.",
            len(rare),
            lines=lines,
        )
    ]


def effect_findings(effects: Sequence[Effect]) -> list[Finding]:
    """Find measures in which the classes differ beyond what is negligible.

    Args:
        effects: by `compare_classes`.

    Returns:
        One finding, with a line for each such effect, the largest difference first; empty where there is none.
    """
    apart = sorted((e for e in effects if e.size != "negligible"), key=lambda effect: -abs(effect.delta))
    if not apart:
        return []
    worst = apart[0]
    return [
        Finding(
            "classes_differ",
            Severity.WARNING if worst.size == "large" else Severity.NOTE,
            worst.headline(),
            "What differs between the classes without having to do with gender is learnt all the same, and fails "
            f"where it no longer differs. Differences below a Cliff’s delta of {NEGLIGIBLE} are left out.",
            "Bring sizes and framing to one by `gender-classifier align`, augment both classes alike for the rest, "
            "and test on images where they do not differ.",
            len(apart),
            lines=tuple(effect.sentence() for effect in apart),
        )
    ]
