"""The bands of a model file that was written before its metadata had a curve, into a file beside it.

    gender-classifier evaluate MODEL.onnx CHOOSE.csv --out DIR
    python benchmarks/curve.py MODEL.onnx DIR/scores.parquet

CHOOSE.csv lists the images on which the model's own band was chosen (FairFace's valid, of the released one): the band
for the share that the model promises must come out the same, or nothing is written. `ship.py` removes the file with
the next release, whose metadata have the curve.
"""

from __future__ import annotations

import json
from pathlib import Path

import typer

from gender_classifier.inference.abstention import CURVE_SUFFIX
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import read_scores
from gender_classifier.system.files import atomic_path, sha256_of
from gender_classifier.training.model_file import curve_of


def main(model: Path, scores: Path) -> None:
    metadata = GenderClassifier(model, threads=1).metadata
    band, promise = metadata.uncertain_band, metadata.abstention
    if band is None or promise is None:
        raise SystemExit(f"{model}: has no band of its own to check by")
    table = read_scores(scores)
    single = table.take(table.view == "identity")
    rules = [DecisionRule.of_model(metadata, tta) for tta in (False, True)]
    thresholds = [float(rule.probabilities([rule.threshold])[0]) for rule in rules]
    curve = curve_of(single, rules[0].calibration, thresholds)
    same = next((point for point in curve if point.wanted == promise.wanted), None)
    if same is None or max(abs(same.low - band[0]), abs(same.high - band[1])) > 0.005:
        raise SystemExit(f"these are not the images that {band} was chosen on: {same}")
    content = {"sha256": sha256_of(model), "curve": [point.model_dump() for point in curve]}
    with atomic_path(model.with_suffix(CURVE_SUFFIX)) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for point in curve:
        print(
            f"{point.wanted:.3f}: {point.low:.3f} to {point.high:.3f}, right {100 * point.accuracy:.2f} %, "
            f"answered {100 * point.coverage:.1f} %"
        )


if __name__ == "__main__":
    typer.run(main)
