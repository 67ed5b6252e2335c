"""Do answers hold when OpenVINO runs the network in place of onnxruntime, and how much faster is it?

    python benchmarks/engines.py MANIFEST [--split test] [--limit 5000] [--threads 2] [--rounds 5]

Reads labelled face crops once, scores them by both engines in rounds that take turns, so that a busy machine is busy
for both, and prints faces a second (crops in memory), what is right, the calibration error, and how far logits and
labels differ. In which precision OpenVINO calculates depends on the processor, and is printed.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from _splits import evenly_spaced
from gender_classifier.data.reading import scoring_batches
from gender_classifier.inference.backends.openvino import OpenVinoNetwork
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.results import Prediction
from gender_classifier.metrics.calibration import ece
from gender_classifier.metrics.decision import UNCERTAIN, DecisionRule

ENGINES = ("onnxruntime", "openvino")


def tables(
    first: GenderClassifier,
    answers: dict[str, list[Prediction]],
    labels: NDArray[np.int64],
    seconds: dict[str, float],
) -> None:
    """Print a row an engine, and how far the two are apart."""
    precision = "bfloat16" if OpenVinoNetwork(first.path, 1).bfloat16 else "float32"
    print("| Engine | faces/s | right, % | calibration error | uncertain, % | ratio |")
    print("|---|--:|--:|--:|--:|--:|")
    base = seconds[ENGINES[0]]
    for name, rows in answers.items():
        male = np.array([row.probability_male for row in rows])
        right = DecisionRule.of_model(first.metadata).right(labels, [row.logit for row in rows]).mean()
        unsure = np.mean([row.label == UNCERTAIN for row in rows])
        label = f"{name}, {precision if name == 'openvino' else 'float32'}"
        print(
            f"| {label} | {len(rows) / seconds[name]:.0f} | {100 * right:.2f} | {ece(labels, male):.4f} | "
            f"{100 * unsure:.1f} | {base / seconds[name]:.2f} |"
        )
    one, other = (answers[name] for name in ENGINES)
    apart = np.abs([a.logit - b.logit for a, b in zip(one, other, strict=True)])
    changed = sum(a.label != b.label for a, b in zip(one, other, strict=True))
    opposite = sum({a.label, b.label} == {"female", "male"} for a, b in zip(one, other, strict=True))
    print(f"\nLogits differ by {apart.mean():.3f} on average and {apart.max():.3f} at most;", end=" ")
    print(f"{changed} labels change, {opposite} of them from one gender to the other.")


def main(
    manifest: Path,
    split: Annotated[str, typer.Option(help="train, valid or test")] = "test",
    limit: Annotated[int, typer.Option(help="so many images at most, evenly spaced")] = 5000,
    model: Annotated[str | None, typer.Option(help="name or file; none: the released one")] = None,
    threads: Annotated[int | None, typer.Option(help="of both; none: all cores")] = None,
    rounds: Annotated[int, typer.Option(help="of both engines in turn")] = 5,
) -> None:
    classifiers = {name: GenderClassifier(model, threads, engine=name) for name in ENGINES}
    first = classifiers[ENGINES[0]]
    samples = evenly_spaced(manifest, split, limit)
    batches = scoring_batches(samples, first.metadata.input_size, first.metadata.fit)
    crops = np.concatenate([pictures for pictures, _ in batches])
    labels = np.array([sample.label for sample in samples])
    seconds: dict[str, list[float]] = {name: [] for name in ENGINES}
    answers: dict[str, list[Prediction]] = {}
    for classifier in classifiers.values():
        classifier.score_crops(crops[:64])  # memory is allotted at the first call
    for _ in range(rounds):
        for name, classifier in classifiers.items():
            start = time.perf_counter()
            answers[name] = classifier.predict_crops(crops)
            seconds[name].append(time.perf_counter() - start)
    print(f"{len(crops)} crops of {split}, {first.metadata.input_size} px, {first.threads} threads, {rounds} rounds\n")
    tables(first, answers, labels, {name: statistics.median(each) for name, each in seconds.items()})


if __name__ == "__main__":
    typer.run(main)
