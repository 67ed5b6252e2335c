"""The protocols of an evaluation: all images under the model's own thresholds, then each source's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.report.protocol import Protocol

RELEASED = "as released"


def protocols_of(
    scores: Scores,
    sources: Collection[str],
    metadata: ModelMetadata,
    prior: tuple[str, float] | None = None,
) -> list[Protocol]:
    """Give the protocols in the order of the report, whose headline is the first one's.

    Args:
        scores: of all images; of several sources, column `data` names each row's.
        sources: their names, in order.
        metadata: of the model.
        prior: a population as the user wrote it, and what it adds to calibrated logits: the protocols of the model as
            corrected for it come first. None: the model is judged as it is alone.

    Returns:
        One protocol as it is, or one for all images and one for each of several sources; twice as many with a prior.
    """
    released = _protocols(scores, sources, metadata, RELEASED, 0.0)
    if prior is None:
        return released
    text, added = prior
    return [*_protocols(scores, sources, metadata, f"corrected for {text}", added), *released]


def _protocols(
    scores: Scores, sources: Collection[str], metadata: ModelMetadata, name: str, added: float
) -> list[Protocol]:
    """All images under the model's own thresholds, then each source's; `added` is a prior's, to calibrated logits."""
    chosen_on = metadata.threshold.chosen_on
    note = f"thresholds as in the model file, chosen on `{chosen_on}` when it was trained"
    if chosen_on is None:
        note = "thresholds as in the model file, which names no images that they were chosen on"
    single, averaged = (DecisionRule.of_model(metadata, tta).shifted(added) for tta in (False, True))
    fixed = (single.threshold, averaged.threshold)
    platt = single.calibration if metadata.calibration.acts else None
    band = single.band
    wanted = metadata.abstention.wanted if metadata.abstention is not None else None
    whole = Protocol(name, scores, None, metadata.threshold.metric, fixed, note, platt, band=band, wanted=wanted)
    if len(sources) == 1:
        return [whole]
    return [
        replace(whole, name=f"{name}, all images"),
        *(
            replace(whole, name=f"{name}, {source}", scores=scores.take(scores.extra["data"] == source))
            for source in sources
        ),
    ]
