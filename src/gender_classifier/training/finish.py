"""What follows training: the exported model, the scores tables, the report and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from gender_classifier.config.reading import load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import SPLITS, DataIndex
from gender_classifier.evaluation.corrected import as_published_and_corrected
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_groups
from gender_classifier.metrics.scores import Scores, write_scores
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.networks.config import NetworkConfig
from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.figures import write_figures
from gender_classifier.report.images import PictureSource, maps_of
from gender_classifier.report.protocol import Protocol
from gender_classifier.report.tables import terminal_table
from gender_classifier.runs.context import Averaging, Context
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.runs.report import Report
from gender_classifier.system.console import say
from gender_classifier.training.checkpoint import (
    BEST,
    BEST_ON_VAL,
    checkpoint_path,
    read_tensors,
)
from gender_classifier.training.model_file import (
    check_pictures,
    decide,
    draft_metadata,
    write_model,
)
from gender_classifier.training.prepare import run_corrections

HELD_OUT, AS_ORIGIN = "held out", "as the origin"


@dataclass(frozen=True)
class Finished:
    """What a finished run holds: its configuration, log and the protocols' scores.

    Attributes:
        config: of the run.
        log: all its lines, as `runs.log.read_log` gives them.
        protocols: of `protocols_of`; with a correction file, on corrected labels too.
    """

    config: Config
    log: list[dict[str, Any]]
    protocols: list[Protocol]


def finish_run(run: Path, index: DataIndex, threads: int | None = None) -> Report:
    """Export the best weights, score every split with every view, and write the report.

    Args:
        run: the run folder, trained to its end.
        index: the images.
        threads: of the engine; None: all cores.

    Returns:
        The report.

    Raises:
        UserError: the run's copy of its correction file is not the file any more that it was begun with.
        UnreadableError: no log, an empty one, or no best checkpoint in the folder.
        FoundWrongError: the model file's logits differ from torch's.
    """
    config = load_config(RunFolder(run).config)
    views = tuple(config.tta.views) if config.tta.enabled else ("identity",)
    log = read_log(run, begun=True)
    say("exporting the best epoch and scoring it")
    pictures = check_pictures(index, config)
    metadata = draft_metadata(run, config, log, BEST)
    half, network = config.export.float16, NetworkConfig.of(config.model)

    def scored(name: str, draft: Path) -> Scores:
        # Nothing is chosen for this file yet: whatever stops the scoring, no such file may be left as the run's model.
        try:
            write_model(checkpoint_path(run, name), metadata, draft, pictures, half, network)
            return _score(draft, index, config, views, threads)
        finally:
            draft.unlink(missing_ok=True)

    held_out = scored(BEST, RunFolder(run).draft_model)
    write_scores(held_out, RunFolder(run).held_out)
    decided, model = decide(metadata, held_out, config), RunFolder(run).model
    write_model(checkpoint_path(run, BEST), decided, model, pictures, half, network)
    origin = held_out
    if best_epochs(run)[0] != best_epochs(run)[1]:
        origin = scored(BEST_ON_VAL, RunFolder(run).best_on_val_model)
    write_scores(origin, RunFolder(run).as_origin)
    both = protocols_of(config, held_out, origin, index)
    protocols = as_published_and_corrected(both, run_corrections(run, config))
    return report_run(run, index, Finished(config, log, protocols), threads)


def protocols_of(config: Config, held_out: Scores, origin: Scores, index: DataIndex) -> list[Protocol]:
    """Give both protocols of a run, from the scores of the epoch that each kept.

    Args:
        config: of the run.
        held_out: scores of the epoch that the held-out share kept.
        origin: of the epoch that the validation set kept; those of `held_out` where it was not watched.
        index: the images that were learnt from: what was held out, and by whom.

    Returns:
        `held out`, which chooses on `choose`, then `as the origin`, which chooses on `val`.
    """
    notes = _notes(config, index)
    # The origin took the best cut as it stood, so for comparison with it nothing else counts as equal.
    rule = config.threshold.model_copy(update={"tolerance": 0.0, "of_equals": "half"})
    as_it_stood = config.model_copy(update={"threshold": rule})
    band = decide(ModelMetadata(), held_out, config).uncertain_band
    return [
        _protocol(HELD_OUT, notes[HELD_OUT], held_out, "choose", config, band),
        _protocol(AS_ORIGIN, notes[AS_ORIGIN], origin, "val", as_it_stood),
    ]


def _notes(config: Config, index: DataIndex) -> dict[str, str]:
    """What each protocol's figures are worth, by its name: no more is said than was done."""
    several = config.tta.enabled and len(config.tta.views) > 1
    further = [name for name, done in (("threshold", config.threshold.enabled), ("TTA", several)) if done]
    chosen, rest = _listed(["epoch", *further]), _listed(further)
    together = ", people kept together" if index.people_told else ""
    held_out = f"{chosen} chosen on images held out of train{together}; the validation set is only reported"
    if index.choose_given:
        held_out = f"{chosen} chosen on the validation split that the data brings; another is reported as validation"
    origin = f"{chosen} chosen on the validation set itself: optimistic, for comparison only"
    if not config.stopping.watch_val:
        origin = f"epoch chosen as in {HELD_OUT}"
        if rest:
            origin += f", {rest} on the validation set itself: optimistic, for comparison only"
    return {HELD_OUT: held_out, AS_ORIGIN: origin}


def _listed(names: list[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _protocol(
    name: str,
    note: str,
    scores: Scores,
    choose_on: str,
    config: Config,
    band: tuple[float, float] | None = None,
) -> Protocol:
    rule = config.threshold
    fixed = None if rule.enabled else (0.0, 0.0)
    return Protocol(
        name,
        scores,
        choose_on,
        rule.metric,
        fixed,
        note,
        target=rule.precision,
        tolerance=rule.tolerance,
        of_equals=rule.of_equals,
        band=band,
        wanted=rule.answered if band is not None else None,
    )


def report_run(run: Path, index: DataIndex, finished: Finished, threads: int | None = None) -> Report:
    """Write report.json, report.md and the figures, and show the table.

    Args:
        run: the run folder, with its model file.
        index: its images.
        finished: configuration, log and scores.
        threads: of the engine; None: all cores.

    Returns:
        The report.
    """
    report = build_report(finished.protocols, context=run_context(run, finished.config, finished.log))
    write_report(report, run)
    every = [sample for samples in index.splits.values() for sample in samples]
    pictures = PictureSource(every, finished.config.data.size, finished.config.data.fit)
    maps = maps_of(GenderClassifier(RunFolder(run).model, threads), pictures)
    write_figures(run, report, finished.protocols, finished.log, pictures, maps)
    Console().print(terminal_table(report))
    say(f"report: {run / 'report.md'}; model: {run / 'model.onnx'}")
    return report


def _score(model: Path, index: DataIndex, config: Config, views: tuple[str, ...], threads: int | None) -> Scores:
    groups = [(split, index.splits[split]) for split in SPLITS]
    # How well a network knows what it learnt from is told by some of it.
    train = index.splits["train"]
    limit = config.train.report_on
    if len(train) > limit:
        groups[0] = ("train", [train[i * len(train) // limit] for i in range(limit)])
    return score_groups(GenderClassifier(model, threads=threads), groups, views, config.data.size, config.data.fit)


def best_epochs(run: Path) -> tuple[int, int]:
    """Give the epochs kept by the held-out share and by the validation set.

    Args:
        run: the run folder.

    Returns:
        Both from 0; the first twice where the validation set was not watched.

    Raises:
        UnreadableError: a checkpoint is broken, or there is no `best`.
    """
    best = int(read_tensors(checkpoint_path(run, BEST))[1]["epoch"])
    on_val = checkpoint_path(run, BEST_ON_VAL)
    return best, int(read_tensors(on_val)[1]["epoch"]) if on_val.exists() else best


def run_context(run: Path, config: Config, log: list[dict[str, Any]]) -> Context:
    """Gather what a report says of a run besides its scores.

    Args:
        run: the run folder.
        config: of the run.
        log: all its lines.

    Returns:
        Data, settings, epochs, machine. Of files only the names are told, not where they lie.
    """
    start = log[0]
    epochs = [line for line in log if line["kind"] == "epoch"]
    end = next((line for line in log if line["kind"] == "end"), {})
    held_out, on_val = best_epochs(run)
    sheet = RunFolder(run).augmentation.name
    data = start["data"]
    return Context(
        recipe=config.recipe,
        data=[Path(data["source"]).name],
        config=_without_places(config, start.get("init_weights")).model_dump(mode="json"),
        augmentation=sheet if (run / sheet).is_file() else None,
        averaging=_averaging(epochs, held_out),
        size=config.data.size,
        counts=data["counts"],
        digest=data["digest"],
        geometry=data["geometry"],
        unreadable=data["unreadable"],
        corrections=data.get("corrections"),
        soft_labels=data.get("soft_labels"),
        init=start["init"],
        averaged_with=start.get("averaged_with", []),
        versions=start["versions"],
        device=start["device"],
        epochs=len(epochs),
        best_epoch=held_out,
        best_epoch_on_val=on_val,
        reason=end.get("reason"),
        seconds=round(sum(line["seconds"] for line in epochs), 1),
    )


def _without_places(config: Config, init_weights: str | None) -> Config:
    """The configuration as a report shows it: it travels, so a file's name stands for its place on this machine."""
    shown = config.model_copy(deep=True)
    # By the log: a configuration written before there was this setting has only its default.
    shown.model.init_weights = Path(init_weights or "none").name
    shown.data.exclude = Path(config.data.exclude).name
    shown.data.corrections = Path(config.data.corrections).name
    shown.soft_labels.scores = [Path(table).name for table in config.soft_labels.scores]
    shown.average.models = [Path(model).name for model in config.average.models]
    return shown


def _averaging(epochs: list[dict[str, Any]], kept: int) -> Averaging | None:
    """Metrics of averaged and raw weights on `choose` at the kept epoch; None where nothing was averaged."""
    line = next((line for line in epochs if line["epoch"] == kept), {})
    own = line.get("choose_own")
    raw = line.get("choose_raw", own)
    return Averaging(averaged=line["choose"], raw=raw, own=own) if raw is not None else None
