"""Do maps of evidence hold: are mirrored faces' maps mirrored, and does covering what a map names change the answer?

    python benchmarks/explanations.py FACECOM/val [--count 100] [--threads 2]
    python benchmarks/explanations.py FAIRFACE/manifest.csv --split test --faces-only

Prints, over faces evenly spaced: the correlation between the maps of mirrored faces and the mirrored maps; in how many
faces a grey square over the cell of 4 x 4 that the map names strongest changes the logit more than over the median
cell; and what is left of the logit as cells of 8 x 8 are greyed, strongest evidence for the answer first, against a
random order. The squares are the crop's mean grey with sharp edges, which is not what the maps are computed with. Other
coverings are measured with --cells, --patch, --edge, --blur and --no-grey.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from _splits import evenly_spaced
from gender_classifier.evaluation.evaluate import labelled
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.occlusion import (
    COVER,
    Cover,
    OcclusionMaps,
    wanted_agreement,
)

Crops = NDArray[np.uint8]
Maps = NDArray[np.float32]
STEPS = (0, 4, 8, 16, 32)
COARSE, FINE = 4, 8


def greyed(crop: Crops, cells: NDArray[np.int64], side: int) -> Crops:
    """A copy with cells of a grid of `side` x `side`, numbered row by row, in the crop's mean grey."""
    copy, step = crop.copy(), crop.shape[0] // side
    for row, column in zip(*np.unravel_index(cells, (side, side)), strict=True):
        copy[row * step : (row + 1) * step, column * step : (column + 1) * step] = round(float(crop.mean()))
    return copy


def coarse(values: Maps, side: int) -> Maps:
    """A map's mean over the cells of a coarser or finer grid, (side, side)."""
    pixels = 8 * side
    grown = np.kron(values, np.ones((pixels, pixels), np.float32))
    step = grown.shape[0] // side
    return np.asarray(grown.reshape(side, step, side, step).mean(axis=(1, 3)), np.float32)


def changes(classifier: GenderClassifier, crop: Crops, side: int) -> NDArray[np.float64]:
    """By how much greying each cell changes the logit, (side ** 2,)."""
    covered = np.stack([crop, *(greyed(crop, np.array([cell]), side) for cell in range(side**2))])
    logits = classifier.score_crops(covered)[0].astype(np.float64)
    return np.abs(logits[1:] - logits[0])


def deletion(classifier: GenderClassifier, crop: Crops, order: NDArray[np.int64]) -> NDArray[np.float64]:
    """Logits as the first cells of an order are greyed, (len(STEPS),)."""
    parts = np.stack([greyed(crop, order[:step], FINE) for step in STEPS])
    return classifier.score_crops(parts)[0].astype(np.float64)


def faces(classifier: GenderClassifier, source: Path, split: str, count: int, faces_only: bool) -> Crops:
    """The first face of each of `count` images, as the network sees it."""
    if source.is_dir():
        samples = labelled(source)
        samples = [samples[place] for place in np.linspace(0, len(samples) - 1, min(count, len(samples))).astype(int)]
    else:
        samples = evenly_spaced(source, split, count)
    photos = classifier.stream([s.path for s in samples], faces_only=faces_only)
    return np.stack([photo.crops[0] for photo in photos if photo.crops is not None and len(photo.crops)])


def main(
    source: Annotated[Path, typer.Argument(help="folder or manifest of labelled faces")],
    split: Annotated[str, typer.Option(help="of a manifest: train, valid or test")] = "test",
    count: Annotated[int, typer.Option(help="faces, evenly spaced")] = 100,
    faces_only: Annotated[bool, typer.Option("--faces-only", help="images are crops already")] = False,
    model: Annotated[str | None, typer.Option(help="name or file; none: the released one")] = None,
    threads: Annotated[int | None, typer.Option(help="none: all cores")] = None,
    cells: Annotated[int, typer.Option(help="places from side to side")] = COVER.cells,
    patch: Annotated[float, typer.Option(help="the patch's side, share of the crop's")] = COVER.patch,
    edge: Annotated[float, typer.Option(help="width of its soft edge, share")] = COVER.edge,
    blur: Annotated[float, typer.Option(help="sigma of the blur of what it shows, share; 0: mean colour")] = COVER.blur,
    grey: Annotated[bool, typer.Option(help="the mean of that and of its mean colour")] = COVER.grey,
) -> None:
    classifier = GenderClassifier(model, threads)
    cut = classifier.metadata.threshold.logit
    maps = OcclusionMaps(classifier, Cover(cells, patch, edge, blur, grey))
    crops = faces(classifier, source, split, count, faces_only)
    start = time.process_time()
    found, agreement = maps.checked(crops)
    seconds = (time.process_time() - start) / len(crops)
    print(
        f"{len(crops)} faces, {cells} x {cells} cells, {maps.cover}: {seconds:.2f} s of one core a face, check included"
    )
    print(
        f"Mirrored faces' maps: mean correlation {agreement.mean():.3f}, standard deviation {agreement.std():.3f},",
        end=" ",
    )
    print(
        f"lowest {agreement.min():.2f}; {(agreement < wanted_agreement(1)).sum()} faces below {wanted_agreement(1):.1f}"
    )
    beaten = []
    for crop, values in zip(crops, found, strict=True):
        change = changes(classifier, crop, COARSE)
        beaten.append(change[np.abs(coarse(values, COARSE)).argmax()] > np.median(change))
    print(f"Greying the strongest of {COARSE} x {COARSE} cells beats the median cell in {np.mean(beaten):.1%} of faces")
    print(f"\n| Cells of {FINE} x {FINE} greyed | by the map | random order |\n|---|--:|--:|")
    rng, rows = np.random.default_rng(0), []
    for crop, values in zip(crops, found, strict=True):
        answer = np.sign(classifier.score_crops(crop[None])[0, 0] - cut)
        by_map = np.argsort(-answer * coarse(values, FINE).ravel(), kind="stable")
        rows.append([answer * deletion(classifier, crop, order) for order in (by_map, rng.permutation(FINE**2))])
    left = np.mean(rows, axis=0)
    for step, ours, random in zip(STEPS, *left, strict=True):
        print(f"| {step} | {ours:.2f} | {random:.2f} |")
    print("\nThe logit towards the answer, mean over faces.")


if __name__ == "__main__":
    typer.run(main)
