"""`train --folds K`: K ordinary runs, each with a fold of train held out, and one table of out-of-fold scores.

Each run is `train DATA --set data.folds=K --set data.fold=k` into `OUT/fold-k`: it can be looked at, resumed and
evaluated like any other, and several machines may make one each before `train DATA --folds K --resume` joins them.
All of them have the same settings; those that are missing take them from the first that is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.audit.label_scores import FOLD
from gender_classifier.config.reading import Change, load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import (
    Sample,
    folds_of,
    read_exclusions,
    read_splits,
)
from gender_classifier.data.reading import refuse_unreadable, unreadable
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evaluation.corrected import corrected_scores
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_groups
from gender_classifier.metrics.classification import metrics_at
from gender_classifier.metrics.decision import calibration_of
from gender_classifier.metrics.scores import Scores, read_scores, write_scores
from gender_classifier.model_files.registry import is_name, named
from gender_classifier.names import to_text
from gender_classifier.networks.starting_weights import IMAGENET
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.system.console import say
from gender_classifier.system.files import find, sha256_of
from gender_classifier.training.distributed import Processes
from gender_classifier.training.prepare import prepared, run_corrections
from gender_classifier.training.run import begun, resumed_config, train

_OF_A_MACHINE = ("data.workers", "train.device", "train.checkpoint_minutes", "train.log_every", "train.tensorboard")
"""Settings that change no result: folds that differ in them may be joined."""


def train_folds(
    data: Path,
    out: Path,
    folds: int,
    *,
    config: str | None = None,
    init_weights: str | None = None,
    resume: bool = False,
    changes: Sequence[Change] = (),
    threads: int | None = None,
) -> Scores:
    """Train a run for each fold of train, and join their scores in `OUT/scores/out_of_fold.parquet`.

    With `resume` finished runs are left as they are, and the others go on or begin, with the settings, files and
    starting weights of the first that is there.

    Args:
        data: folder or manifest.
        out: folder of the runs, `fold-1` and so on.
        folds: at least 2.
        config: recipe's name or YAML file; None: every setting at its default. With `resume` this, `init_weights` and
            `changes` need not be given again; other ones than the runs' are refused.
        init_weights: starting weights, as for `training.run.train`.
        resume: go on with what is in `out`.
        changes: `section.key=value`, applied in order.
        threads: as for `training.run.train`.

    Returns:
        The table as written: calibrated logits. An image of train has the logit of the run that held it out, and that
        run's fold, from 1, in the column `out_of_fold`; all others the mean logit of all runs, and 0 there.

    Raises:
        UserError: as `train`; fewer than 2 folds or too many for the people there are; several processes; with
            `resume` runs of different settings, or data or a file that is not what they began with.
        UnreadableError: as `train`; with `resume` a file that they began with is gone.
    """
    if folds < 2:
        raise UserError(f"--folds {folds}: at least 2")
    if Processes.from_environment().world > 1:
        raise UserError(
            f"--folds {folds}: takes one process; under torchrun train fold by fold with "
            f"--set data.folds={folds} --set data.fold=1 --out {out}/fold-1, then join them by --folds {folds} --resume"
        )
    runs = [out / f"fold-{number}" for number in range(1, folds + 1)]
    if not resume and (used := next((run for run in runs if begun(run)), None)):
        raise UserError(f"{used}: already holds a run; go on with --resume, or choose another --out")
    if resume and (first := _first_begun(runs, data, config, init_weights, changes)):
        config, init_weights, changes = str(RunFolder(first).config), None, ()
    asked = {run: [*changes, f"data.folds={folds}", f"data.fold={k}"] for k, run in enumerate(runs, 1)}
    settings = load_config(config, asked[runs[0]])
    others = _not_folded(data, settings)
    for number, run in enumerate(runs, 1):
        goes_on = resume and RunFolder(run).begun
        if goes_on and _finished(run):
            _same_folds(run, number, folds)
            say(f"fold {number} of {folds}: {run} is finished")
            continue
        say(f"fold {number} of {folds}: {run}")
        train(data, run, config=None if goes_on else config, init_weights=init_weights, resume=goes_on,
              changes=asked[run], threads=threads)  # fmt: skip
    _same_settings(runs)  # another machine may have begun one meanwhile
    scores = _joined(runs, others, threads)
    reviewed = run_corrections(runs[0], load_config(RunFolder(runs[0]).config))
    if reviewed is not None:
        scores = corrected_scores(scores, reviewed.decisions)
    write_scores(scores, RunFolder(out).out_of_fold)
    _tell(scores, data, out)
    return scores


def _finished(run: Path) -> bool:
    return RunFolder(run).finished


def _same_folds(run: Path, number: int, folds: int) -> None:
    d = load_config(RunFolder(run).config).data
    if (d.fold, d.folds) != (number, folds):
        raise UserError(f"{run}: holds fold {d.fold} of {d.folds}, not {number} of {folds}; choose another --out")


def _first_begun(
    runs: Sequence[Path], data: Path, config: str | None, init_weights: str | None, changes: Sequence[Change]
) -> Path | None:
    """The first run that is there, None where none is; refused is what the others could not go on or begin with."""
    there = {number: run for number, run in enumerate(runs, 1) if RunFolder(run).begun}
    for number, run in there.items():
        _same_folds(run, number, len(runs))
    if not there:
        return None
    number, first = next(iter(there.items()))
    kept = resumed_config(first, config, [*changes, f"data.folds={len(runs)}", f"data.fold={number}"])
    if init_weights is not None and to_text(init_weights) != kept.model.init_weights:
        raise UserError(
            f"{first}: began with other starting weights ({kept.model.init_weights}); "
            "leave out --init-weights with --resume"
        )
    _same_settings(list(there.values()))
    if not all(map(begun, runs)):
        _same_start(first, kept, data)
    return first


def _same_settings(runs: Sequence[Path]) -> None:
    """Refuse folds of different settings, before their scores meet in one table."""
    first = _settings_of(runs[0])
    for run in runs[1:]:
        for key, value in _settings_of(run).items():
            if value != first[key]:
                raise UserError(
                    f"{key}: {first[key]} in {runs[0]}, but {value} in {run}; folds that are joined have the same "
                    "settings: move one of the two away, and --resume makes it anew"
                )


def _settings_of(run: Path) -> dict[str, Any]:
    """A fold's settings by key, without its number, the recipe's name and a machine's; of files name and SHA-256.

    Another machine may have the same files in other places.
    """
    config = load_config(RunFolder(run).config)
    settings = _flat(config.model_dump(mode="json"))
    for key in ("recipe", "data.fold", *_OF_A_MACHINE):
        del settings[key]
    for key, files in _files_of(run, config).items():
        settings[key] = [f"{Path(place).name} ({sha256[:8]})" for place, sha256 in files]
    return settings


def _flat(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {prefix + key: value}
    return flat


def _files_of(run: Path, config: Config) -> dict[str, list[tuple[str, str]]]:
    """The files that a run was begun with by setting: where each lay, and its SHA-256 as the log has it."""
    start = read_log(run, begun=True)[0]
    data, init = start["data"], start["init"]
    reviewed, places = config.data.corrections, config.soft_labels.scores
    tables = [table["sha256"] for table in data["soft_labels"]["tables"]] if places else []
    excluded = data.get("exclude", "")  # logs of earlier versions do not tell
    return {
        "data.exclude": [(config.data.exclude, excluded)] if config.data.exclude else [],
        "data.corrections": [(reviewed, data["corrections"]["sha256"])] if reviewed else [],
        "soft_labels.scores": list(zip(places, tables, strict=True)),
        "model.init_weights": [(config.model.init_weights, init["sha256"])] if init is not None else [],
    }


def _same_start(first: Path, kept: Config, data: Path) -> None:
    """Refuse to begin a fold where it would not begin as `first` did: from other images or files."""
    for key, files in _files_of(first, kept).items():
        for place, sha256 in files:
            if place == IMAGENET or not sha256:  # the one is checked whenever it is read, the other is not known
                continue
            path = named(place) if is_name(place) else find(place)
            if not path.is_file():
                raise UnreadableError(f"{path}: no such file ({key}), and {first} began with it; put it back")
            if sha256_of(path) != sha256:
                raise UserError(f"{path}: not the file any more that {first} began with ({key}); put that one back")
    start = read_log(first, begun=True)[0]["data"]
    index = prepared(data, kept.data, run_corrections(first, kept)).index.without(start["unreadable"])
    if index.digest() != start["digest"]:
        listed = f", less those of {kept.data.exclude}," if kept.data.exclude else ""
        raise UserError(
            f"{data}: the images{listed} are not those that {first} began with; --resume needs the same data"
        )


def _not_folded(data: Path, config: Config) -> dict[str, list[Sample]]:
    """Images that no run learns from: the data's own `choose` and `val`, readable and not excluded.

    Checked before the first run begins: what cannot be read would be found only hours later.
    """
    given = read_splits(data)
    folds_of(given["train"], config.data.folds, config.data.person, config.data.split_seed)
    excluded = set(read_exclusions(find(config.data.exclude))) if config.data.exclude else set()
    kept = {
        split: [sample for sample in samples if sample.name not in excluded]
        for split, samples in given.items()
        if split != "train"
    }
    every = [sample for samples in kept.values() for sample in samples]
    broken = unreadable(every)
    if not config.data.skip_unreadable:
        refuse_unreadable(broken, len(every))
    return {split: [s for s in samples if s.name not in broken] for split, samples in kept.items()}


def _joined(runs: Sequence[Path], others: dict[str, list[Sample]], threads: int | None) -> Scores:
    """Calibrated logits of every image by models that did not learn from it.

    Each run's logits have a scale of their own, so each is calibrated by its own `choose` before they meet. Images
    of train have the one run's that held them out, all others the mean of all runs'.
    """
    tables, means = [], []
    groups = [(split, samples) for split, samples in others.items() if samples]
    for number, run in enumerate(runs, 1):
        classifier = GenderClassifier(RunFolder(run).model, threads)
        if not classifier.metadata.calibration.acts:
            say(f"{run}: its scores could not be calibrated and are taken as they are")
        calibration = calibration_of(classifier.metadata)
        held = read_scores(RunFolder(run).held_out).select("val", "identity")
        tables.append(_table(held, calibration.apply(held.logit), "train", number))
        if groups:
            size, fit = classifier.metadata.input_size, classifier.metadata.fit
            rest = score_groups(classifier, groups, ("identity",), size, fit)
            means.append(calibration.apply(rest.logit))
    if groups:
        tables.append(_table(rest, np.mean(means, axis=0), None, 0))
    return tables[0].concat(*tables[1:])


def _table(scores: Scores, logits: NDArray[np.float64], split: str | None, fold: int) -> Scores:
    splits = scores.split if split is None else np.full(len(scores), split, dtype=object)
    extra = {**scores.extra, FOLD: np.full(len(scores), fold, np.int64)}
    return Scores(scores.path, scores.face, scores.label, logits, scores.view, splits, extra)


def _tell(scores: Scores, data: Path, out: Path) -> None:
    folded = scores.take(scores.extra[FOLD].astype(int) > 0)
    accuracy = metrics_at(folded.label, folded.logit, 0.0)["accuracy"]
    say(f"out of fold: {len(folded)} images of train, accuracy {100 * accuracy:.1f} %; {RunFolder(out).out_of_fold}")
    say(f"labels to review: gender-classifier audit {data} --scores {RunFolder(out).out_of_fold}")
