"""Crops a second of model files on one core, by the processor's time; written beside each for `models` to show.

    python benchmarks/speed.py MODEL... [--crops 256] [--rounds 5]

MODEL is a file or a shipped model's name. One thread, batches of 32, the median of the rounds. The processor's time,
not the clock's: a machine that is busy with something else then tells nearly the same. Models that are compared are
measured together: a core's speed differs from one minute to the next, and all of them take their turn in each round.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.registry import SPEED_SUFFIX
from gender_classifier.system.files import atomic_path, sha256_of


def processor() -> str:
    """The processor's name as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def crops_a_second(classifiers: Sequence[GenderClassifier], crops: int, rounds: int) -> list[float]:
    """Each one's median over the rounds, of made crops; the classifiers take turns, so that a slow minute slows all."""
    made = np.random.default_rng(0)
    sizes = [classifier.metadata.input_size for classifier in classifiers]
    pictures = [made.integers(0, 256, (crops, size, size, 3), dtype=np.uint8) for size in sizes]
    rates: list[list[float]] = [[] for _ in classifiers]
    for classifier, images in zip(classifiers, pictures, strict=True):
        classifier.score_crops(images[:32])
    for _ in range(rounds):
        for classifier, images, of_one in zip(classifiers, pictures, rates, strict=True):
            began = time.process_time()
            classifier.score_crops(images)
            of_one.append(crops / (time.process_time() - began))
    return [statistics.median(of_one) for of_one in rates]


def main(
    models: list[str],
    crops: Annotated[int, typer.Option(min=32)] = 256,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
) -> None:
    classifiers = [GenderClassifier(model, threads=1) for model in models]
    for classifier, rate in zip(classifiers, crops_a_second(classifiers, crops, rounds), strict=True):
        content = {
            "sha256": sha256_of(classifier.path),
            "crops_a_second": round(rate, 1),
            "threads": 1,
            "engine": "onnxruntime",
            "processor": processor(),
        }
        target = classifier.path.with_suffix(SPEED_SUFFIX)
        with atomic_path(target) as partial:
            partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        print(f"{target}: {content['crops_a_second']} crops a second on one core of {content['processor']}")


if __name__ == "__main__":
    typer.run(main)
