"""What follows training: the exported model, the scores tables, the report and its figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console

from gender_classifier.commands.corrections import as_published_and_corrected
from gender_classifier.commands.export import write_model
from gender_classifier.commands.pictures import PictureSource, maps_of
from gender_classifier.commands.prepare import run_corrections
from gender_classifier.commands.progress import say
from gender_classifier.config import load_config
from gender_classifier.data.index import SPLITS, DataIndex
from gender_classifier.data.reading import load_input
from gender_classifier.evidence.calibration import Calibration, calibrate
from gender_classifier.evidence.scores import Scores, write_scores
from gender_classifier.evidence.selective import choose_band
from gender_classifier.evidence.thresholds import sigmoid, sweep
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_groups
from gender_classifier.metadata import AbstentionPart, ModelMetadata
from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.figures import write_figures
from gender_classifier.report.protocol import Protocol
from gender_classifier.report.tables import terminal_table
from gender_classifier.settings import Config
from gender_classifier.training.checkpoint import BEST, BEST_ON_VAL, checkpoint_path, read_tensors
from gender_classifier.training.log import read_log

HELD_OUT, AS_ORIGIN = "held out", "as the origin"
NOTES = {
    HELD_OUT: "epoch, threshold and TTA chosen on pictures held out of train, people kept together; "
    "the validation set is only reported",
    AS_ORIGIN: "epoch, threshold and TTA chosen on the validation set itself: optimistic, for comparison only",
}


@dataclass(frozen=True)
class Finished:
    """What a finished run holds: its configuration, log and the protocols' scores."""

    config: Config
    log: list[dict[str, Any]]
    protocols: list[Protocol]


def finish_run(run: Path, index: DataIndex, threads: int | None = None) -> dict[str, Any]:
    """Export the best weights, score every split with every view, write the report; returns the report."""
    config = load_config(run / "config.yaml")
    views = tuple(config.tta.views) if config.tta.enabled else ("identity",)
    log = read_log(run)
    say("exporting the best epoch and scoring it")
    model = run / "model.onnx"
    pictures = check_pictures(index, config)
    metadata = draft_metadata(run, config, log, BEST)
    half = config.export.float16
    write_model(checkpoint_path(run, BEST), metadata, model, pictures, half)
    held_out = _score(model, index, config, views, threads)
    write_scores(held_out, run / "scores" / "held_out.parquet")
    write_model(checkpoint_path(run, BEST), decide(metadata, held_out, config), model, pictures, half)
    origin = held_out
    if best_epochs(run)[0] != best_epochs(run)[1]:
        other = run / "checkpoints" / "best_on_val.onnx"
        write_model(checkpoint_path(run, BEST_ON_VAL), metadata, other, pictures, half)
        origin = _score(other, index, config, views, threads)
        other.unlink()
    write_scores(origin, run / "scores" / "as_origin.parquet")
    protocols = as_published_and_corrected(protocols_of(config, held_out, origin), run_corrections(run, config))
    return report_run(run, index, Finished(config, log, protocols))


def protocols_of(config: Config, held_out: Scores, origin: Scores) -> list[Protocol]:
    """Both protocols of a run, from the scores of the epoch that each kept."""
    # The origin took the best cut as it stood, so for comparison with it nothing else counts as equal.
    band = decide(ModelMetadata(), held_out, config).uncertain_band
    return [
        _protocol(HELD_OUT, held_out, "choose", config, config.threshold.tolerance, band),
        _protocol(AS_ORIGIN, origin, "val", config, tolerance=0.0),
    ]


def _protocol(
    name: str,
    scores: Scores,
    choose_on: str,
    config: Config,
    tolerance: float,
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
        NOTES[name],
        target=rule.precision,
        tolerance=tolerance,
        band=band,
        wanted=rule.answered if band is not None else None,
    )


def report_run(run: Path, index: DataIndex, finished: Finished) -> dict[str, Any]:
    """Write report.json, report.md and the figures, and show the table."""
    report = build_report(finished.protocols, context=run_context(run, finished.config, finished.log))
    write_report(report, run)
    every = [sample for samples in index.splits.values() for sample in samples]
    pictures = PictureSource(every, finished.config.data.size, finished.config.data.fit)
    maps = maps_of(GenderClassifier(run / "model.onnx"), pictures)
    write_figures(run, report, finished.protocols, finished.log, pictures, maps)
    Console().print(terminal_table(report))
    say(f"report: {run / 'report.md'}; model: {run / 'model.onnx'}")
    return report


def check_pictures(index: DataIndex, config: Config, count: int = 8) -> NDArray[np.uint8]:
    """Real pictures, uint8 (N, size, size, 3), that an exported model is compared on."""
    samples = index.splits["val"]
    chosen = samples[:: max(1, len(samples) // count)][:count]
    return np.stack([load_input(sample, config.data.size, config.data.fit) for sample in chosen])


def _score(model: Path, index: DataIndex, config: Config, views: tuple[str, ...], threads: int | None) -> Scores:
    groups = [(split, index.splits[split]) for split in SPLITS]
    # How well a network knows what it learnt from is told by some of it.
    train = index.splits["train"]
    limit = config.train.report_on
    if len(train) > limit:
        groups[0] = ("train", [train[i * len(train) // limit] for i in range(limit)])
    return score_groups(GenderClassifier(model, threads=threads), groups, views, config.data.size, config.data.fit)


def decide(metadata: ModelMetadata, scores: Scores, config: Config) -> ModelMetadata:
    """Put thresholds, TTA and calibration, all chosen on ``choose``, into the model's metadata."""
    single = scores.select("choose", "identity")
    decided = metadata.model_copy(deep=True)
    if config.threshold.enabled:
        decided.threshold.logit = _swept(single, config)
    decided.threshold.metric = config.threshold.metric
    decided.threshold.chosen_on = "choose"
    calibration = calibrate(single.label, single.logit)
    if calibration is not None:
        decided.calibration.scale, decided.calibration.offset = calibration.scale, calibration.offset
        decided.calibration.fitted_on = "choose"
    if config.tta.enabled and len(config.tta.views) > 1:
        tta = scores.select("choose", "tta")
        if config.threshold.enabled:
            decided.tta.threshold_logit = _swept(tta, config)
        decided.tta.views = list(config.tta.views)
    if calibration is not None and config.threshold.answered is not None:
        _abstain(decided, single, calibration, config.threshold.answered)
    return decided


def _abstain(decided: ModelMetadata, scores: Scores, calibration: Calibration, wanted: float) -> None:
    """Put the uncertain band, chosen on ``scores``, into a model's metadata; none where none keeps the promise."""
    cuts = [decided.threshold.logit, decided.tta.threshold_logit]
    thresholds: list[float] = sigmoid(calibration.apply(cuts)).tolist()
    band = choose_band(scores.label, sigmoid(calibration.apply(scores.logit)), wanted, thresholds)
    if band is not None:
        decided.uncertain_band = (band.low, band.high)
        decided.abstention = AbstentionPart(
            wanted=wanted, accuracy=band.accuracy, coverage=band.coverage, chosen_on="choose"
        )


def _swept(scores: Scores, config: Config) -> float:
    rule = config.threshold
    return sweep(scores.label, scores.logit, rule.metric, rule.precision, rule.tolerance).logit


def best_epochs(run: Path) -> tuple[int, int]:
    """Epochs kept by the held-out share and by the validation set, which are one where the latter was not watched."""
    best = int(read_tensors(checkpoint_path(run, BEST))[1]["epoch"])
    on_val = checkpoint_path(run, BEST_ON_VAL)
    return best, int(read_tensors(on_val)[1]["epoch"]) if on_val.exists() else best


def draft_metadata(run: Path, config: Config, log: list[dict[str, Any]], name: str) -> ModelMetadata:
    """Metadata of a checkpoint before anything is chosen on its scores."""
    start = log[0]
    _, state = read_tensors(checkpoint_path(run, name))
    training = {
        "recipe": config.recipe,
        "counts": start["data"]["counts"],
        "init": start["init"],
        "epochs": config.train.epochs,
        "best_epoch": state["epoch"],
        "metrics": state["metrics"]["choose"],
    }
    if start["data"].get("corrections"):
        training["corrections"] = start["data"]["corrections"]
    return ModelMetadata(
        input_size=config.data.size,
        fit=config.data.fit,
        geometry=start["data"]["geometry"] or (CANONICAL.to_dict() if config.data.canonical else None),
        training=training,
        manifest_sha256=start["data"]["digest"],
        licence=config.export.licence,
        citation=config.export.citation,
    )


def run_context(run: Path, config: Config, log: list[dict[str, Any]]) -> dict[str, Any]:
    """What a report says of a run besides its scores."""
    start = log[0]
    epochs = [line for line in log if line["kind"] == "epoch"]
    end = next((line for line in log if line["kind"] == "end"), {})
    held_out, on_val = best_epochs(run)
    sheet = "augmentation.png"
    return {
        "recipe": config.recipe,
        "data": [Path(start["data"]["source"]).name],
        "config": _without_places(config).model_dump(mode="json"),
        "augmentation": sheet if (run / sheet).is_file() else None,
        "averaging": _averaging(epochs, held_out),
        "size": config.data.size,
        "counts": start["data"]["counts"],
        "digest": start["data"]["digest"],
        "geometry": start["data"]["geometry"],
        "unreadable": start["data"]["unreadable"],
        "corrections": start["data"].get("corrections"),
        "init": start["init"],
        "versions": start["versions"],
        "device": start["device"],
        "epochs": len(epochs),
        "best_epoch": held_out,
        "best_epoch_on_val": on_val,
        "reason": end.get("reason"),
        "seconds": round(sum(line["seconds"] for line in epochs), 1),
    }


def _without_places(config: Config) -> Config:
    """The configuration as a report shows it: it travels, so a file's name stands for its place on this machine."""
    shown = config.model_copy(deep=True)
    shown.data.exclude = Path(config.data.exclude).name
    shown.data.corrections = Path(config.data.corrections).name
    return shown


def _averaging(epochs: list[dict[str, Any]], kept: int) -> dict[str, Any] | None:
    """Metrics of averaged and raw weights on ``choose`` at the kept epoch; None where nothing was averaged."""
    line = next((line for line in epochs if line["epoch"] == kept and "choose_raw" in line), None)
    return {"averaged": line["choose"], "raw": line["choose_raw"]} if line is not None else None
