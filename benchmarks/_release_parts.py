"""The parts of `release.py`: each scores images and returns figures as plain values, for JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from _release_bench import Bench, Faces, Figures, load, rates
from _release_pictures import (
    FACE_SIZES,
    PEERS_CHANGES,
    STRENGTH,
    Change,
    as_peers,
    degraded,
    framed,
    framings,
    reduced,
)
from gender_classifier import CLASS_NAMES
from gender_classifier.corruptions.image import KINDS
from gender_classifier.data.datasets import Sample, read_classes
from gender_classifier.errors import UserError
from gender_classifier.faces.crops import central_crop
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL, Geometry
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.metrics.calibration import brier, ece
from gender_classifier.metrics.decision import DecisionRule, calibration_of

Picture = NDArray[np.uint8]
CHILDREN = ("0-2", "3-9")
SMALLEST_GROUP = 30


def fairface(bench: Bench) -> Figures:
    """The test's tight crops as they are: accuracy, recalls, AUC, calibration, and what is left unanswered."""
    labels, found = bench.test.labels, {}
    for mode, logits in bench.test_logits.items():
        p = bench.probabilities(logits)
        found[mode] = {
            **rates(labels, logits, bench.cut(mode)),
            "ece": ece(labels, p),
            "brier": brier(labels, p),
        }
    return {"modes": found, "band": _band(bench)}


def _band(bench: Bench) -> Figures | None:
    """With an uncertain band: share unanswered, and accuracy of the answers, on valid and test."""
    band = bench.classifier.metadata.uncertain_band
    if band is None:
        return None
    valid = load(bench.samples["valid"], lambda picture: fit(picture, bench.size))
    rows = []
    for split, labels, modes in (
        ("valid", valid.labels, bench.modes(valid.pictures)),
        ("test", bench.test.labels, bench.test_logits),
    ):
        for mode, logits in modes.items():
            rows.append({"split": split, "mode": mode, **answered(bench, labels, logits, mode, band)})
    return {"from": band[0], "to": band[1], "rows": rows}


def answered(
    bench: Bench, labels: NDArray[np.int64], logits: NDArray[np.float64], mode: str, band: tuple[float, float]
) -> Figures:
    """Share unanswered, and accuracy of the others (None where none is answered)."""
    kept = DecisionRule(band=band, calibration=calibration_of(bench.classifier.metadata)).answered(logits)
    unanswered = 1.0 - float(kept.mean())
    if not kept.any():
        return {"unanswered": unanswered, "count": 0, "accuracy": None, "interval": None}
    return {"unanswered": unanswered, **rates(labels[kept], logits[kept], bench.cut(mode))}


def groups(bench: Bench) -> Figures:
    """Accuracy by race, of children, and of the worst of gender × race × age (single view)."""
    labels, logits = bench.test.labels, bench.test_logits["single"]
    race, age = bench.test.column("race"), bench.test.column("age")

    def named(mask: NDArray[np.bool_], name: str) -> Figures:
        return {"group": name, **rates(labels[mask], logits[mask], bench.cut())}

    races = [named(race == name, str(name)) for name in np.unique(race)]
    accuracies = [row["accuracy"] for row in races]
    crossed = [
        named((labels == label) & (race == r) & (age == a), f"{CLASS_NAMES[label]}, {r}, {a}")
        for label, r, a in sorted(set(zip(labels.tolist(), race.tolist(), age.tolist(), strict=True)))
    ]
    large = [row for row in crossed if row["count"] >= SMALLEST_GROUP]
    ages = sorted(set(age.tolist()), key=lambda name: int(re.split(r"\D", name)[0]))
    return {
        "races": races,
        "spread": max(accuracies) - min(accuracies),
        "ages": [named(age == name, name) for name in ages],
        "children": [named(age == name, name) for name in CHILDREN if (age == name).any()],
        "intersections": crossed,
        "worst": min(large, key=lambda row: row["accuracy"]) if large else None,
    }


def _changed(bench: Bench, faces: Faces, changes: Sequence[tuple[Figures, Change]]) -> list[Figures]:
    return [{**name, **rates(faces.labels, bench.score(faces.pictures, c)[0], bench.cut())} for name, c in changes]


def sizes(bench: Bench) -> Figures:
    """The test at smaller faces."""
    rows = _changed(bench, bench.test, [({"pixels": n}, reduced(n, bench.size)) for n in FACE_SIZES])
    return {"rows": rows}


def degradations(bench: Bench) -> Figures:
    """Accuracy by kind at middle strength, and their mean relative to the same images as they are."""
    faces = bench.test.first(bench.degrade_limit)
    clean = rates(faces.labels, bench.test_logits["single"][: len(faces.samples)], bench.cut())
    rows = _changed(bench, faces, [({"kind": kind}, degraded(kind, bench.size)) for kind in KINDS])
    mean = float(np.mean([row["accuracy"] for row in rows]))
    relative = mean / clean["accuracy"] if clean["accuracy"] else None
    return {"strength": STRENGTH, "clean": clean, "rows": rows, "mean": mean, "kept": relative}


def peers(bench: Bench) -> Figures:
    """The five cells that the peers were measured by."""
    faces = bench.test.first(bench.degrade_limit)
    changes = [({"change": name}, as_peers(name, bench.size)) for name in PEERS_CHANGES]
    return {"rows": _changed(bench, faces, changes)}


def facecom(bench: Bench) -> Figures:
    """FACECOM's validation images through detection and crop; the central square where no face is found."""
    if bench.facecom is None:
        raise UserError("--facecom: the folder of FACECOM's validation images is needed for this part")
    samples = read_classes(bench.facecom, bench.facecom)
    # They are sorted by class, so a part of them is spread over all.
    samples = samples[:: max(1, math.ceil(len(samples) / (bench.limit or len(samples))))]
    given = bench.classifier.metadata.geometry
    geometry = (Geometry.from_dict(given) if given else CANONICAL).scaled(bench.size)
    detector, lost = FaceDetector(threads=bench.threads), []

    def prepare(sample: Sample) -> Picture:
        picture = read_picture(sample.path)
        found, _ = central_crop(picture, detector, geometry)
        if found is None:
            lost.append(sample.name)
        return fit(picture, bench.size, "crop") if found is None else found.picture

    faces = Faces(np.stack([prepare(sample) for sample in samples]), samples)
    modes = {mode: rates(faces.labels, logits, bench.cut(mode)) for mode, logits in bench.modes(faces.pictures).items()}
    return {"modes": modes, "no_face": lost}


def framing(bench: Bench) -> Figures:
    """Accuracy against deliberate shifts, scales and rotations of the crop."""
    faces = bench.test.first(bench.framing_limit)
    # The untouched framing stands in each row and is scored once.
    known: dict[tuple[tuple[str, float], ...], Figures] = {}
    rows = []
    for kind, amount, arguments in framings():
        neutral = amount == (1.0 if kind == "scale" else 0.0)
        key = () if neutral else tuple(arguments.items())
        if key not in known:
            [known[key]] = _changed(bench, faces, [({}, framed(bench.size, **arguments))])
        rows.append({"kind": kind, "amount": amount, **known[key]})
    return {"rows": rows}


PARTS: dict[str, Callable[[Bench], Figures]] = {
    "fairface": fairface,
    "groups": groups,
    "sizes": sizes,
    "degradations": degradations,
    "peers": peers,
    "facecom": facecom,
    "framing": framing,
}
"""Parts by name, in the order of the report."""
