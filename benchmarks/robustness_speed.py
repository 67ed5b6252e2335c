"""What does a run of `gender-classifier robustness` cost: the first, the same again, with one more model, with both?

    python benchmarks/robustness_speed.py MODEL OTHER DATA [--limit 10] [--threads N]

Prints seconds of the processors and by the clock, ratios to the first run, images decoded and logits made in each.
On a busy machine only the processors' seconds mean something. Reports and figures are not part of it. Needs no torch.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import cv2
import typer

from gender_classifier.evaluation.degraded import KINDS, fingerprint
from gender_classifier.evaluation.evaluate import labelled
from gender_classifier.evaluation.robustness import drawn, score_and_keep
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.robustness import cells_of
from gender_classifier.system.cores import checked_threads


def main(
    model: Path,
    other: Path,
    data: Path,
    limit: Annotated[int, typer.Option(min=1, help="pictures")] = 10,
    threads: Annotated[int | None, typer.Option(min=1, help="none: all cores")] = None,
) -> None:
    cv2.setNumThreads(1)
    cells, samples = cells_of(KINDS), drawn(labelled(data), limit)
    classifiers = {name: GenderClassifier(path, threads=1) for name, path in (("one", model), ("other", other))}
    for cell in cells:  # once a process, not once a run
        fingerprint(cell, 0)
    one, both = {"one": classifiers["one"]}, classifiers
    first = (0.0, 0.0)
    print(f"{len(samples)} images under {len(cells)} cells, {checked_threads(threads)} threads\n")
    print("| run | decoded | logits | processors, s | of the first | clock, s | of the first |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as kept, tempfile.TemporaryDirectory() as empty:
        runs: list[tuple[str, Mapping[str, GenderClassifier], str]] = [
            ("one model", one, kept),
            ("the same again", one, kept),
            ("with one more model", both, kept),
            ("both, nothing kept", both, empty),
        ]
        for name, which, folder in runs:
            spent, clock = time.process_time(), time.monotonic()
            done, _ = score_and_keep(which, samples, cells, Path(folder), checked_threads(threads), 0)
            took = (time.process_time() - spent, time.monotonic() - clock)
            first = first if any(first) else took
            logits = sum(len(values) for scored in done for values in scored.fresh.values())
            decoded = sum(bool(scored.fresh) for scored in done)
            shown = (f"{t:.1f} | {t / f:.2f}" for t, f in zip(took, first, strict=True))
            print(f"| {name} | {decoded} | {logits:,} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    typer.run(main)
