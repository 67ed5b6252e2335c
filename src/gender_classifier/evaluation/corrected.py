"""Results on labels as published and as corrected, side by side: protocols, and what a report says of the file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from gender_classifier import CLASS_NAMES
from gender_classifier.data.corrections import (
    EXCLUDE,
    Corrections,
    corrected,
    effect,
)
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError
from gender_classifier.metrics.scores import Scores
from gender_classifier.names import to_path, to_text
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.context import Corrected, Counts


def corrected_scores(scores: Scores, decisions: Mapping[str, str]) -> Scores:
    """Give the same scores with their labels as decided, less the images that are left out.

    Args:
        scores: labelled as published.
        decisions: `female`, `male`, `keep` or `exclude` by name of the image; an image without one stays as it is.

    Returns:
        A table of the rows that are left, in their order.
    """
    decided = [decisions.get(str(path), "") for path in scores.path]
    labels = [
        CLASS_NAMES.index(decision) if decision in CLASS_NAMES else int(label)
        for decision, label in zip(decided, scores.label, strict=True)
    ]
    relabelled = replace(scores, label=np.array(labels, np.int64))
    return relabelled.take(np.array([decision != EXCLUDE for decision in decided], bool))


def as_published_and_corrected(
    protocols: Sequence[Protocol], corrections: Corrections | None, decisions: Mapping[str, str] | None = None
) -> list[Protocol]:
    """Put each protocol on the labels as published, and then on those that `corrections` leave.

    A protocol that chooses on the validation set itself stays as published alone: it is there for comparison with
    others, who chose on those labels.

    Args:
        protocols: on the labels as published.
        corrections: the file; None: there is none.
        decisions: its decisions by the names that the scores have; None: these are the file's own.

    Returns:
        Protocols in their order, the corrected one after the published; as they were given without corrections.
    """
    if corrections is None:
        return list(protocols)
    decided = corrections.decisions if decisions is None else decisions
    result = []
    for protocol in protocols:
        published = replace(protocol, name=f"{protocol.name}, as published", note=_noted(protocol, "as published"))
        result.append(published)
        if protocol.choose_on != "val":
            reported = protocol.scores.select("val", "identity")
            did = effect(dict(zip(map(str, reported.path), reported.label.tolist(), strict=True)), decided)
            note = f"as corrected by `{corrections.file}`, {did['changed']} changed and {did['excluded']} left out"
            scores = corrected_scores(protocol.scores, decided)
            name = f"{protocol.name}, as corrected"
            result.append(replace(protocol, name=name, scores=scores, note=_noted(protocol, note)))
    return result


def _noted(protocol: Protocol, labels: str) -> str:
    return "; ".join([*([protocol.note] if protocol.note else []), f"validation labels {labels}"])


def decisions_by_score(
    corrections: Corrections, sources: Mapping[str, Sequence[Sample]], data: Sequence[Path]
) -> dict[str, str]:
    """Find the decisions by the names that an evaluation's scores have.

    A file may name images as the scores do, as their own source does, or, where a source is a split's folder,
    as the whole data set does (`val/male/x.jpg` for `DATA/val`). Decisions about images that are there but
    are not evaluated on are passed over.

    Args:
        corrections: the file.
        sources: evaluated images by source.
        data: the same sources as folders or manifests, in the same order.

    Returns:
        `female`, `male`, `keep` or `exclude` by the image's name in the scores.

    Raises:
        UserError: a name that is no image, or one of several.
    """
    names: dict[str, set[str]] = {}
    for source, (label, samples) in zip(data, sources.items(), strict=True):
        for sample in samples:
            own = sample.name.removeprefix(f"{label}/") if len(sources) > 1 else sample.name
            for alias in (sample.name, own, f"{to_text(source.resolve().name)}/{own}" if source.is_dir() else own):
                names.setdefault(alias, set()).add(sample.name)
    found: dict[str, str] = {}
    strangers = []
    for path, decision in corrections.decisions.items():
        if len(names.get(path, ())) > 1:
            both = " and ".join(sorted(names[path])[:2])
            raise UserError(f"{corrections.file}: {path} is the name of several images, {both}; write one of these")
        if path in names:
            found[next(iter(names[path]))] = decision
        elif not _elsewhere(path, data):
            strangers.append(path)
    if strangers:
        replace(corrections, decisions=dict.fromkeys(strangers, "")).check_names(names)
    return found


def _elsewhere(path: str, data: Sequence[Path]) -> bool:
    """Whether a name is an image's in another split of the same data."""
    if PurePosixPath(path).is_absolute():
        return False
    roots = [source if source.is_dir() else source.parent for source in data]
    return any((folder / to_path(path)).is_file() for root in roots for folder in (root, root.resolve().parent))


def evaluation_context(corrections: Corrections, decisions: Mapping[str, str], samples: Sequence[Sample]) -> Corrected:
    """Say what an evaluation's report says of a correction file.

    Args:
        corrections: the file.
        decisions: those about images evaluated on (`decisions_by_score`).
        samples: images evaluated on, labelled as published.

    Returns:
        How many labels were changed, left out and kept; `counts` are of the images as corrected.
    """
    counts = Counter(sample.label for sample in corrected(samples, decisions))
    return Corrected(
        file=corrections.file,
        sha256=corrections.sha256,
        **effect({sample.name: sample.label for sample in samples}, decisions),
        elsewhere=len(corrections.decisions) - len(decisions),
        counts=Counts(female=counts[0], male=counts[1]),
    )
