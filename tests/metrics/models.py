"""Made models to compare: scores tables of rising skill on the same faces."""

from __future__ import annotations

from typing import Any

import numpy as np

from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.contenders import Contender
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores


def table(labels: Any, logits: Any, names: Any = None, **extra: Any) -> Scores:
    n = len(labels)
    return Scores(
        np.array([f"{i}.jpg" for i in range(n)] if names is None else names, dtype=object),
        np.zeros(n, np.int64),
        np.array(labels, np.int64),
        np.array(logits, np.float64),
        np.full(n, "identity", dtype=object),
        np.full(n, "val", dtype=object),
        {name: np.array(column, dtype=object) for name, column in extra.items()},
    )


def contenders(count: int = 200, models: int = 2, seed: int = 0, **extra: Any) -> list[Contender]:
    """Models of rising skill on the same faces, one woman to three men."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], [count // 4, count - count // 4])
    shared = rng.normal(size=count)
    made = []
    for place in range(models):
        logits = (2 * labels - 1) * (0.6 + place) + shared + rng.normal(0, 0.4, count)
        rule = DecisionRule(0.1 * place, Calibration(1.0 + place, 0.1))
        made.append(Contender(f"m{place}", table(labels, logits, **extra), rule))
    return made
