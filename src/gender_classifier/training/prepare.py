"""The images that a run learns from: indexed, less those that a list leaves out, with labels as reviewed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gender_classifier.config.settings import Config, DataConfig
from gender_classifier.data.corrections import (
    Corrections,
    corrected,
    effect,
    read_corrections,
)
from gender_classifier.data.datasets import (
    DataIndex,
    build_index,
    read_exclusions,
    read_splits,
)
from gender_classifier.data.soft_labels import SoftLabels, read_copy, read_soft_labels
from gender_classifier.errors import UserError
from gender_classifier.images.files import PassedOver
from gender_classifier.names import to_text
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.system.files import find

_EFFECTS = ("changed", "excluded", "kept")
_SHOWN = 3  # names that match nothing


@dataclass(frozen=True)
class Prepared:
    """What a run learns from.

    Attributes:
        index: the images, less those left out, with labels as reviewed.
        corrections: what the run's log says of the correction file (`corrections_context`); None without one.
    """

    index: DataIndex
    corrections: dict[str, Any] | None = None


def prepared(
    data: Path,
    config: DataConfig,
    corrections: Corrections | None = None,
    note: Callable[[str], None] = lambda line: None,
) -> Prepared:
    """Index `data` by a run's settings.

    Corrections act on `train` and `choose`. `val` keeps its labels as published, since it is only reported,
    and the report shows it both ways.

    Args:
        data: folder or manifest.
        config: shares, people, folds and a list of what to leave out.
        corrections: reviewed labels; None: none.
        note: called with a line each for what was passed over, left out and changed.

    Returns:
        The index, and what the correction file did.

    Raises:
        UserError: as `data.datasets.build_index`; a list or correction file that names no image of `data`; a class
            that is empty afterwards.
        UnreadableError: no such data or list.
    """
    fold = (config.fold, config.folds) if config.folds else None
    passed = PassedOver()
    index = build_index(
        data,
        val_share=config.val_share,
        choose_share=config.choose_share,
        person=config.person,
        seed=config.split_seed,
        fold=fold,
        passed=passed,
    )
    if passed:
        note(passed.sentence())
    if index.cameras:
        words = ", ".join(index.cameras)
        note(rf"{words}: taken for a camera's words; if they are people: --set data.person='^(.+?)_\d{{4}}\.'")
    said = None
    if corrections is not None:
        said = corrections_context(corrections, index)
        index = _correcting(index, data, corrections, config.folds > 0)
        note(corrections_line(said))
    if config.exclude:
        index = _excluding(index, data, find(config.exclude), config.folds > 0, note)
    return Prepared(index, said)


def run_corrections(run: Path, config: Config) -> Corrections | None:
    """Read the decisions that a run was begun with, from its own copy.

    Args:
        run: the run folder.
        config: of the run.

    Returns:
        The decisions; None where there were none.

    Raises:
        UserError: the copy is not the file any more that the run was begun with.
        UnreadableError: the copy is missing or broken.
    """
    if not config.data.corrections:
        return None
    kept = read_corrections(RunFolder(run).corrections)
    if kept.sha256 != read_log(run, begun=True)[0]["data"]["corrections"]["sha256"]:
        raise UserError(f"{RunFolder(run).corrections}: not the file any more that the run was begun with")
    return replace(kept, file=to_text(find(config.data.corrections).name))


def soft_labels(config: Config, index: DataIndex, run: Path | None) -> SoftLabels | None:
    """Read other models' answers for a run's training images.

    Args:
        config: the run's.
        index: its images.
        run: a run that goes on, whose own copy counts; None for a new one.

    Returns:
        The averaged answers; None where the configuration names no table.

    Raises:
        UnreadableError: a table, or the run's copy, cannot be read.
        UserError: a table that has none of the images, or some twice.
    """
    if not config.soft_labels.scores:
        return None
    if run is not None:
        return read_copy(RunFolder(run).soft_labels, read_log(run, begun=True)[0]["data"]["soft_labels"]["tables"])
    return read_soft_labels(map(find, config.soft_labels.scores), index.splits["train"])


def corrections_context(corrections: Corrections, index: DataIndex) -> dict[str, Any]:
    """Say what log, model file and report say of a correction file.

    Args:
        corrections: the file's decisions.
        index: with labels as published.

    Returns:
        `file` and `sha256` of the file, and how many images of `index` are `changed`, `excluded` and `kept`.
    """
    labels = {sample.name: sample.label for samples in index.splits.values() for sample in samples}
    return {"file": corrections.file, "sha256": corrections.sha256, **effect(labels, corrections.decisions)}


def _correcting(index: DataIndex, data: Path, corrections: Corrections, folded: bool) -> DataIndex:
    corrections.check_names(_names(index, data, folded))
    splits = {
        split: samples if split == "val" else corrected(samples, corrections.decisions)
        for split, samples in index.splits.items()
    }
    left = replace(index, splits=splits)
    left.require_both_classes(f"{data}, as corrected by {corrections.file}")
    return left


def _names(index: DataIndex, data: Path, folded: bool) -> set[str]:
    """All names that a list may hold."""
    known = {sample.name for samples in index.splits.values() for sample in samples}
    if folded:  # a fold stands in the place of the data's own validation images
        known |= {sample.name for samples in read_splits(data).values() for sample in samples}
    return known


def corrections_line(context: dict[str, Any]) -> str:
    """Say in one line what a correction file does.

    Args:
        context: as `corrections_context` gives it.

    Returns:
        The line.
    """
    return (
        f"{context['file']}: {context['changed']} labels changed, {context['excluded']} images left out, "
        f"{context['kept']} kept as they are" + ("" if any(map(context.get, _EFFECTS)) else "; it decides nothing yet")
    )


def _excluding(index: DataIndex, data: Path, listed: Path, folded: bool, note: Callable[[str], None]) -> DataIndex:
    names = read_exclusions(listed)
    if not names:
        note(f"left out no image by {listed}, which names none")
        return index
    left = index.without(names)
    before, after = (sum(map(len, i.splits.values())) for i in (index, left))
    if before == after:
        raise UserError(f"{listed}: none of its {len(names)} names is an image of {data}; write them as scores do")
    left.require_both_classes(f"{data}, less {before - after} of {listed}")
    note(f"left out {before - after} images by {listed}")
    known = _names(index, data, folded)
    if strangers := [name for name in dict.fromkeys(names) if name not in known]:
        shown = ", ".join(strangers[:_SHOWN]) + (f" and {len(strangers) - _SHOWN} more" if strangers[_SHOWN:] else "")
        note(f"{listed}: {len(strangers)} of its {len(set(names))} names are no image of {data}: {shown}")
    return left
