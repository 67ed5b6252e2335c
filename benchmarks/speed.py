"""Crops a second of a model file on one core, by the processor's time; written beside the model for `models` to show.

    python benchmarks/speed.py MODEL [--out FILE] [--crops 256] [--rounds 5]

MODEL is a file or a shipped model's name. One thread, batches of 32, the median of the rounds. The processor's time,
not the clock's: a machine that is busy with something else then tells nearly the same.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
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


def crops_a_second(classifier: GenderClassifier, crops: int, rounds: int) -> float:
    """Median over the rounds, of made crops."""
    size = classifier.metadata.input_size
    pictures = np.random.default_rng(0).integers(0, 256, (crops, size, size, 3), dtype=np.uint8)
    classifier.score_crops(pictures[:32])
    rates = []
    for _ in range(rounds):
        began = time.process_time()
        classifier.score_crops(pictures)
        rates.append(crops / (time.process_time() - began))
    return statistics.median(rates)


def main(
    model: str,
    out: Annotated[Path | None, typer.Option(help="file to write; none: MODEL.speed.json beside the model")] = None,
    crops: Annotated[int, typer.Option(min=32)] = 256,
    rounds: Annotated[int, typer.Option(min=1)] = 5,
) -> None:
    classifier = GenderClassifier(model, threads=1)
    content = {
        "sha256": sha256_of(classifier.path),
        "crops_a_second": round(crops_a_second(classifier, crops, rounds), 1),
        "threads": 1,
        "engine": "onnxruntime",
        "processor": processor(),
    }
    target = out or classifier.path.with_suffix(SPEED_SUFFIX)
    with atomic_path(target) as partial:
        partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    print(f"{target}: {content['crops_a_second']} crops a second on one core of {content['processor']}")


if __name__ == "__main__":
    typer.run(main)
