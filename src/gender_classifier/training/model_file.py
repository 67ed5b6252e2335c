"""The model file of a run: what its metadata say, what is chosen on its scores, and its writing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import DataIndex
from gender_classifier.data.reading import load_input
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.metrics.calibration import Calibration, calibrate
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.selective import band_curve, choose_band
from gender_classifier.metrics.thresholds import metric_for, sigmoid, sweep
from gender_classifier.model_files.metadata import AbstentionPart, CurvePart, ModelMetadata, ThresholdPart
from gender_classifier.networks.config import B1, NetworkConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.onnx_export import export_onnx
from gender_classifier.training.checkpoint import checkpoint_path, read_tensors


def draft_metadata(run: Path, config: Config, log: list[dict[str, Any]], name: str) -> ModelMetadata:
    """Give metadata of a checkpoint before anything is chosen on its scores.

    Args:
        run: the run folder.
        config: of the run.
        log: all its lines.
        name: of the checkpoint, `best` or `best_on_val`.

    Returns:
        Threshold, calibration and views as they are without a choice; everything else as it will be.

    Raises:
        UnreadableError: no such checkpoint, or a broken one.
    """
    start = log[0]
    _, state = read_tensors(checkpoint_path(run, name))
    training = {
        "recipe": config.recipe,
        "counts": start["data"]["counts"],
        "init": start["init"],
        "network": {"width": config.model.width, "depth": config.model.depth},
        "epochs": config.train.epochs,
        "best_epoch": state["epoch"],
        "metrics": state["metrics"]["choose"],
    }
    for further in ("corrections", "soft_labels"):
        if start["data"].get(further):
            training[further] = start["data"][further]
    if start.get("averaged_with"):
        training["averaged_with"] = start["averaged_with"]
    return ModelMetadata(
        input_size=config.data.size,
        fit=config.data.fit,
        geometry=start["data"]["geometry"] or (CANONICAL.to_dict() if config.data.canonical else None),
        training=training,
        manifest_sha256=start["data"]["digest"],
        licence=config.export.licence,
        citation=config.export.citation,
    )


def decide(metadata: ModelMetadata, scores: Scores, config: Config) -> ModelMetadata:
    """Put thresholds, TTA, calibration and the uncertain band, all chosen on `choose`, into a model's metadata.

    Args:
        metadata: to begin with; it is not changed.
        scores: of all splits and views; only `choose` counts.
        config: what is chosen, and how.

    Returns:
        A copy with what was chosen; what was not keeps the value that it has without a choice. A band is in it only
        if one gives the share of right answers that is asked for.
    """
    single = scores.select("choose", "identity")
    decided = metadata.model_copy(deep=True)
    if config.threshold.enabled:
        metric = metric_for(config.threshold.metric, single.label)
        decided.threshold = ThresholdPart(logit=_swept(single, config), metric=metric, chosen_on="choose")
    calibration = calibrate(single.label, single.logit)
    if calibration is not None:
        decided.calibration.scale, decided.calibration.offset = calibration.scale, calibration.offset
        decided.calibration.fitted_on = "choose"
    if config.tta.enabled and len(config.tta.views) > 1:
        tta = scores.select("choose", "tta")
        if config.threshold.enabled:
            decided.tta.threshold_logit = _swept(tta, config)
        decided.tta.views = list(config.tta.views)
    else:  # the mean over one view is that view, and no cut of its own that the band would have to hold
        decided.tta.threshold_logit = decided.threshold.logit
    if calibration is not None and config.threshold.answered is not None:
        _abstain(decided, single, calibration, config.threshold.answered)
    return decided


def _abstain(decided: ModelMetadata, scores: Scores, calibration: Calibration, wanted: float) -> None:
    """Put the uncertain band, chosen on `scores`, into a model's metadata; none where none keeps the promise."""
    cuts = [decided.threshold.logit, decided.tta.threshold_logit]
    thresholds: list[float] = sigmoid(calibration.apply(cuts)).tolist()
    decided.curve = curve_of(scores, calibration, thresholds)
    band = choose_band(scores.label, sigmoid(calibration.apply(scores.logit)), wanted, thresholds)
    if band is not None:
        decided.uncertain_band = (band.low, band.high)
        decided.abstention = AbstentionPart(
            wanted=wanted, accuracy=band.accuracy, coverage=band.coverage, chosen_on="choose"
        )


def curve_of(scores: Scores, calibration: Calibration, thresholds: Sequence[float]) -> list[CurvePart]:
    """Choose the bands for all shares of right answers on labelled `scores`, as a model's metadata hold them.

    Args:
        scores: of `choose`, one view.
        calibration: of the model.
        thresholds: probabilities that no band may leave out.

    Returns:
        A band for each share that can be reached, shares rising, rounded to 6 places; may be empty.
    """
    bands = band_curve(scores.label, sigmoid(calibration.apply(scores.logit)), thresholds)
    return [
        CurvePart(
            wanted=wanted,
            low=round(band.low, 6),
            high=round(band.high, 6),
            accuracy=round(band.accuracy, 6),
            coverage=round(band.coverage, 6),
        )
        for wanted, band in bands
    ]


def _swept(scores: Scores, config: Config) -> float:
    rule = config.threshold
    return sweep(scores.label, scores.logit, rule.metric, rule.precision, rule.tolerance, rule.of_equals).logit


def write_model(
    weights: Path,
    metadata: ModelMetadata,
    out: Path,
    pictures: NDArray[np.uint8],
    float16: bool = False,
    network: NetworkConfig = B1,
) -> float:
    """Write the model file of a kept checkpoint.

    Args:
        weights: the checkpoint.
        metadata: goes into the file.
        out: file to write.
        pictures: uint8 (N, size, size, 3), on which its logits are compared with torch's.
        float16: store weights in half the space.
        network: of the checkpoint.

    Returns:
        The largest difference of the two, 0 or more.

    Raises:
        UnreadableError: no such checkpoint, or a broken one.
        FoundWrongError: the difference is too large; nothing is written.
    """
    tensors, _ = read_tensors(weights)
    model = EfficientNet(config=network)
    model.load_state_dict(tensors)
    return export_onnx(model, metadata, out, pictures, float16=float16)


def check_pictures(index: DataIndex, config: Config, count: int = 8) -> NDArray[np.uint8]:
    """Read real images that an exported model is compared on.

    Args:
        index: of the run; its `val` is taken.
        config: of the run.
        count: images at most.

    Returns:
        uint8 (N, size, size, 3), RGB, evenly spaced over all of `val`.

    Raises:
        UnreadableError: one of them cannot be read.
    """
    samples = index.splits["val"]
    taken = min(count, len(samples))
    chosen = [samples[i * len(samples) // taken] for i in range(taken)]
    return np.stack([load_input(sample, config.data.size, config.data.fit) for sample in chosen])
