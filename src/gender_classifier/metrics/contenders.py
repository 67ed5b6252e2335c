"""Models side by side on the same faces: which faces all of them have, and which they answer otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gender_classifier.errors import UserError
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores


@dataclass(frozen=True)
class Contender:
    """A model among those that are compared.

    Attributes:
        name: that it is shown by; one model has it.
        scores: labelled rows of one view.
        rule: how its logits become answers.

    Example:
        >>> name, zero, one = np.array(["a.jpg"], object), np.zeros(1, np.int64), np.ones(1, np.int64)
        >>> scores = Scores(name, zero, one, np.array([2.5]), np.array(["identity"]), np.array(["val"]))
        >>> Contender("released", scores, DecisionRule()).rule.labels(scores.logit)
        ['male']
    """

    name: str
    scores: Scores
    rule: DecisionRule


def same_faces(contenders: Sequence[Contender]) -> tuple[list[Contender], int]:
    """Take the faces that all contenders have.

    Args:
        contenders: two or more.

    Returns:
        The contenders on those faces, in the first one's order; and how many faces are left out.

    Raises:
        UserError: fewer than two, a name or a face twice, no common face, or labels that differ.
    """
    if len(contenders) < 2:
        raise UserError("compare: at least two models, runs or scores tables are needed")
    names = [contender.name for contender in contenders]
    if len(set(names)) < len(names):
        raise UserError(f"compare: two of the same name ({', '.join(names)})")
    places = [_places(contender) for contender in contenders]
    common = [key for key in places[0] if all(key in other for other in places[1:])]
    if not common:
        raise UserError(f"compare: {' and '.join(names)} have no labelled image in common; are the names the same?")
    kept = [
        Contender(c.name, c.scores.take(np.array([place[key] for key in common])), c.rule)
        for c, place in zip(contenders, places, strict=True)
    ]
    for other in kept[1:]:
        differ = np.flatnonzero(other.scores.label != kept[0].scores.label)
        if differ.size:
            raise UserError(
                f"compare: {names[0]} and {other.name} label {differ.size} images differently, the first of them "
                f"{other.scores.path[differ[0]]}"
            )
    return kept, len(set().union(*places)) - len(common)


def _places(contender: Contender) -> dict[tuple[str, int], int]:
    scores = contender.scores
    places = {
        (str(path), int(face)): row
        for row, (path, face, label) in enumerate(zip(scores.path, scores.face, scores.label, strict=True))
        if label >= 0
    }
    if len(places) < int((scores.label >= 0).sum()):
        raise UserError(f"compare: scores of {contender.name} have a face twice")
    return places


def changed(contenders: Sequence[Contender]) -> list[int]:
    """Find the faces that some models answer rightly and others do not.

    Args:
        contenders: on the same faces in the same order (`same_faces`), one at least.

    Returns:
        Rows of their tables; those first on whose probability the models are furthest apart.
    """
    scores = contenders[0].scores
    said = np.stack([c.rule.right(scores.label, c.scores.logit) for c in contenders])
    probability = np.stack([c.rule.probabilities(c.scores.logit) for c in contenders])
    spread = probability.max(0) - probability.min(0)
    rows = np.flatnonzero(said.any(0) & ~said.all(0))
    return [int(row) for row in rows[np.argsort(-spread[rows], kind="stable")]]
