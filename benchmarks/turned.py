"""How turned images are answered, and what seeking turns costs on upright ones.

    python benchmarks/turned.py FOLDER [--every 4]

FOLDER: images of one person each, in `female` and `male`. Prints how many are right, of each turn with and without
seeking turns; and the time that upright images take with the search as a share of the time without, image by image in
one run, so that other work on the machine meets both.
"""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gender_classifier import CLASS_NAMES
from gender_classifier.data.datasets import read_classes
from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.results import Prediction


def answer(rows: list[Prediction], label: str) -> str:
    """How the largest face is answered."""
    faces = [row for row in rows if row.ok]
    if not faces:
        return "no face"
    said = max(faces, key=lambda row: row.face_px or 0.0)
    return "uncertain" if said.label not in CLASS_NAMES else "right" if said.label == label else "wrong"


def main(
    folder: Path,
    every: Annotated[int, typer.Option(help="each so-manieth image")] = 4,
    threads: int = 1,
) -> None:
    samples = read_classes(folder, folder)[::every]
    classifier = GenderClassifier(threads=threads)
    classifier.predict(read_picture(samples[0].path))
    seconds = {True: 0.0, False: 0.0}
    changed = 0
    print("| turned | search | right | uncertain | wrong | no face | turn found |\n|---|---|--:|--:|--:|--:|--:|")
    for quarters in range(4):
        said: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        found = 0
        for place, sample in enumerate(samples):
            picture = np.ascontiguousarray(np.rot90(read_picture(sample.path), -quarters))
            rows = {}
            for rotate in (True, False) if place % 2 else (False, True):
                began = time.perf_counter()
                rows[rotate] = classifier.predict(picture, rotate=rotate).rows()
                if quarters == 0:
                    seconds[rotate] += time.perf_counter() - began
                said[rotate][answer(rows[rotate], CLASS_NAMES[sample.label])] += 1
            found += any(row.ok for row in rows[True]) and rows[True][0].turned == 90 * quarters
            changed += quarters == 0 and [r.to_dict() for r in rows[True]] != [r.to_dict() for r in rows[False]]
        for rotate, counts in said.items():
            cells = " | ".join(str(counts[kind]) for kind in ("right", "uncertain", "wrong", "no face"))
            told = f"{found} of {len(samples)}" if rotate else ""
            print(f"| {90 * quarters}° | {'yes' if rotate else 'no'} | {cells} | {told} |", flush=True)
    print(
        f"\nUpright: time with the search / without {seconds[True] / seconds[False]:.3f}; "
        f"other rows in {changed} images."
    )


if __name__ == "__main__":
    typer.run(main)
