"""Models to compare: scores of the same faces, one model better than the others."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from gender_classifier.metrics.contenders import Contender
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores

NAMES = ("one_model", "100% & more", "third")


def contenders(models: int) -> list[Contender]:
    rng = np.random.default_rng(4)
    labels = np.repeat([0, 1], [60, 120])
    place = rng.permutation(np.array(["here", "over_there", "rare"], dtype=object).repeat([90, 75, 15]))
    shared = rng.normal(size=180)
    made = []
    for name, skill in zip(NAMES[:models], (0.4, 2.5, 0.5), strict=False):
        logits = (2 * labels - 1) * skill + shared + rng.normal(0, 0.3, 180)
        names = np.array(
            [f"{'female' if label == 0 else 'male'}/{i:03d}.jpg" for i, label in enumerate(labels)], object
        )
        constant = {"view": "identity", "split": "val"}
        columns = {name: np.full(180, value, object) for name, value in constant.items()}
        scores = Scores(names, np.zeros(180, np.int64), labels, logits, **columns, extra={"place": place})
        made.append(Contender(name, scores, DecisionRule(0.2)))
    return made


def numbered(name: str) -> np.ndarray:
    return np.full((16, 16, 3), int(Path(name).stem), np.uint8)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))
