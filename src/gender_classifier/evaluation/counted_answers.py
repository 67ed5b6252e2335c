"""Whether the answers in a table of `predict` are those of the model whose errors are to correct their count."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.evaluation.counted import Model
from gender_classifier.metrics.decision import UNCERTAIN
from gender_classifier.metrics.thresholds import sigmoid

ROUNDED = 5e-7
"""Half the last digit of a probability or a logit as `predict` writes it."""
_SAME = 1e-5
"""How far a probability may lie from those of the logits that are written as the one beside it."""


def check_probabilities(
    logit: NDArray[np.float64], p: NDArray[np.float64], added: NDArray[np.float64], path: Path, model: Model
) -> None:
    """Refuse probabilities that this model's calibration does not give: most models share a side of the threshold.

    Args:
        logit: before calibration, (N,); one that is no finite number is passed over.
        p: the probability beside it, (N,).
        added: what a prior added to each calibrated logit, (N,).
        path: of the table, for errors.
        model: whose logits they should be.

    Raises:
        UserError: some are not.
    """
    known = np.isfinite(logit)
    logit, p = logit[known], p[known]
    low, own, high = (
        sigmoid(model.rule.calibration.apply(logit + moved) + added[known]) for moved in (-ROUNDED, 0.0, ROUNDED)
    )
    wrong = (p < low - _SAME) | (p > high + _SAME)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"{path}: is another model's table: {int(wrong.sum())} probabilities are not those that {model.path} gives "
            f"to their logits (the first: {p[first]:.3f} at {logit[first]:.3f}, by this model {own[first]:.3f}); "
            "name the model that made them with --model"
        )


def check_answers(
    labels: NDArray[Any], guesses: NDArray[Any] | None, p: NDArray[np.float64], path: Path, model: Model
) -> None:
    """Refuse answers that this model's threshold and band do not give: its confusion would be another's.

    With a column `best_guess` the threshold alone tells, for `predict --right` and `--answer-all` take another
    band or none; tables without it were written before there was another.

    Args:
        labels: answers, text (N,).
        guesses: column `best_guess`, (N,); None: the table has none.
        p: column `probability_male`, (N,).
        path: of the table, for errors.
        model: whose answers they should be.

    Raises:
        UserError: some are not.
    """
    rule, names = model.rule, model.metadata.class_names
    at = float(rule.probabilities(rule.threshold))
    if guesses is None:
        low, high = rule.band or (at, at)
        given = labels
        unsure = labels == UNCERTAIN
        wrong = unsure & ((p < low - ROUNDED) | (p > high + ROUNDED)) | ~np.isin(labels, (*names, UNCERTAIN))
    else:
        low = high = at
        given = np.array([str(guess) for guess in guesses], dtype=object)
        wrong = ~np.isin(given, names) | ~np.isin(labels, (*names, UNCERTAIN))
        wrong |= (labels != UNCERTAIN) & (labels != given)
    wrong |= (given == names[0]) & (p > low + ROUNDED) | (given == names[1]) & (p < high - ROUNDED)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"{path}: {int(wrong.sum())} answers are not those of {model.path} (the first: `{given[first]}` at "
            f"{p[first]:.3f}); name the model that made them with --model, and --tta if they were made with it"
        )
