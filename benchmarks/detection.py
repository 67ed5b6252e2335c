"""How many pixels does the face detector need? Recall and time against its input's size, and the face's size in it.

    python benchmarks/detection.py DIR [--size 160 --size 320 ...] [--limit N] [--figure FILE.png]

DIR holds images with a face in the middle (FACECOM's val, say), in folders too. Found means: a box over the
image's centre. Each image is scaled (up, too) so that its long side is the input size, and looked at once, while
prediction chooses scales itself (`faces.detection.FaceDetector.detect`; the last row is what that finds). Time is one
thread's on the processor, from the decoded image to the faces.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import ArrayLike, NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces import detection as detect
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.images.files import pictures_below
from gender_classifier.images.read import read_picture
from gender_classifier.metrics.classification import wilson
from gender_classifier.report.style import (
    BLUE,
    GREY,
    figure_style,
    new_figure,
    percent_ticks,
    save,
)
from gender_classifier.report.tables import markdown_table, with_interval

Picture = NDArray[np.uint8]

SIZES = [32, 40, 48, 64, 96, 128, 160, 224, 320, 480, 640, 960, 1280, 1920]
EDGES = [8, 10, 12, 14, 17, 20, 24, 28, 34, 40, 57, 80, 113, 160, 226, 320, 453, 640, 905]
"""Bins of the face's side in the detector's input, pixels: half an octave, finer where recall begins."""
FEWEST = 30
THRESHOLD = 0.6


@dataclass(frozen=True)
class Measured:
    """What each image gave: found and milliseconds (sizes, N), and as prediction looks (N,); face side over the
    image's long side (N,), NaN where prediction finds none."""

    sizes: Sequence[int]
    found: NDArray[np.bool_]
    milliseconds: NDArray[np.float64]
    found_by_prediction: NDArray[np.bool_]
    prediction_milliseconds: NDArray[np.float64]
    shares: NDArray[np.float64]


def central(faces: Sequence[Face], shape: tuple[int, ...]) -> Face | None:
    """The best of the faces whose box covers the image's centre."""
    x, y = shape[1] / 2, shape[0] / 2
    over = [face for face in faces if face.box[0] < x < face.box[2] and face.box[1] < y < face.box[3]]
    return max(over, key=lambda face: face.score, default=None)


def timed(look: Callable[[], list[Face]]) -> tuple[list[Face], float]:
    """Faces, and this thread's milliseconds on the processor, which other programs lengthen little."""
    began = time.thread_time()
    faces = look()
    return faces, 1000 * (time.thread_time() - began)


def one_look(detector: FaceDetector, picture: Picture, size: int) -> list[Face]:
    """Faces at one scale: the long side of the input is `size`."""
    # `detect` chooses its scales; here one is given, for which it has no public way.
    return detect._suppress(detector._at_scale(picture, size / max(picture.shape[:2]), THRESHOLD))


def measure(paths: Sequence[Path], sizes: Sequence[int], detector: FaceDetector, min_face: int) -> Measured:
    """Look at each image at each size, and as prediction does."""
    shape = (len(sizes), len(paths))
    found, spent = np.zeros(shape, bool), np.zeros(shape)
    by_prediction, its_time, shares = np.zeros(len(paths), bool), np.zeros(len(paths)), np.full(len(paths), np.nan)
    for i, path in enumerate(paths):
        picture = read_picture(path)
        faces, its_time[i] = timed(lambda picture=picture: detector.detect(picture, min_face=min_face))  # type: ignore[misc]
        face = central(faces, picture.shape)
        by_prediction[i] = face is not None
        if face is not None:
            shares[i] = face.side / max(picture.shape[:2])
        for j, size in enumerate(sizes):
            faces, spent[j, i] = timed(lambda picture=picture, size=size: one_look(detector, picture, size))  # type: ignore[misc]
            found[j, i] = central(faces, picture.shape) is not None
        if (i + 1) % 100 == 0:
            print(f"{i + 1}/{len(paths)} images", file=sys.stderr, flush=True)
    return Measured(list(sizes), found, spent, by_prediction, its_time, shares)


def recall(found: NDArray[np.bool_]) -> dict[str, Any]:
    """Share found, with Wilson's interval of 95 %."""
    return {"count": found.size, "recall": float(found.mean()), "interval": wilson(int(found.sum()), found.size)}


def by_size(m: Measured) -> list[dict[str, Any]]:
    """A row an input size."""
    middle = float(np.nanmedian(m.shares)) if np.isfinite(m.shares).any() else float("nan")
    return [
        {"size": size, **recall(m.found[i]), "face": middle * size, "milliseconds": float(np.median(m.milliseconds[i]))}
        for i, size in enumerate(m.sizes)
    ]


def by_face(m: Measured) -> list[dict[str, Any]]:
    """A row a bin of the face's side in the input, over all sizes, of faces that prediction finds; bins with enough."""
    sides = (np.array(m.sizes, np.float64)[:, None] * m.shares).ravel()
    found, rows = m.found.ravel(), []
    for low, high in pairwise(EDGES):
        inside = (sides >= low) & (sides < high)
        if inside.sum() >= FEWEST:
            rows.append({"from": low, "to": high, "middle": float(np.sqrt(low * high)), **recall(found[inside])})
    return rows


def tables(m: Measured, min_face: int) -> str:
    """Both tables, as Markdown."""
    rows = [
        [f"{r['size']} px", with_interval(r["recall"], r["interval"]), f"{r['face']:.0f}", f"{r['milliseconds']:.1f}"]
        for r in by_size(m)
    ]
    own = recall(m.found_by_prediction)
    last = f"{float(np.median(m.prediction_milliseconds)):.1f}"
    rows.append([f"as prediction (min_face {min_face})", with_interval(own["recall"], own["interval"]), "", last])
    lines = [f"{own['count']} images.", ""]
    lines += markdown_table(("input", "found [95 %]", "median face in it, px", "ms an image"), rows, left=1)
    faces = [
        [f"{r['from']} to {r['to']}", str(r["count"]), with_interval(r["recall"], r["interval"])] for r in by_face(m)
    ]
    return "\n".join([*lines, "", *markdown_table(("face in the input, px", "looks", "found [95 %]"), faces, left=1)])


def draw(m: Measured, path: Path) -> None:
    """Recall and time against the input's size, recall against the face's size in it."""
    sizes, faces = by_size(m), by_face(m)
    with figure_style():
        figure = new_figure(3.7)
        left, middle, right = figure.subplots(1, 3)
        _curve(left, [row["size"] for row in sizes], sizes)
        _curve(right, [row["middle"] for row in faces], faces)
        middle.plot([row["size"] for row in sizes], [row["milliseconds"] for row in sizes], "o-", color=BLUE)
        middle.set_yscale("log")
        middle.yaxis.set_major_formatter(lambda value, _place: f"{value:g}")
        for axis in (left, middle):
            _ticks(axis, [size for size in (40, 80, 160, 320, 640, 1280) if min(m.sizes) <= size <= max(m.sizes)])
            axis.set_xlabel("long side of the input, px")
        _ticks(right, [10, 20, 40, 80, 160, 400, 800])
        _relied_on(right, detect._SMALLEST, detect._LARGEST)
        right.set_xlabel("side of the face in the input, px")
        left.set_title("Found at one look", loc="left")
        middle.set_title("Milliseconds, one thread", loc="left")
        right.set_title("Found, by the face's size", loc="left")
        figure.suptitle(f"The detector's input: {m.found.shape[1]} images with a face in the middle")
        save(figure, path)


def _curve(axis: Any, x: ArrayLike, rows: Sequence[dict[str, Any]]) -> None:
    values = np.array([row["recall"] for row in rows])
    low, high = np.array([row["interval"] for row in rows]).reshape(-1, 2).T
    axis.fill_between(x, low, high, color=BLUE, alpha=0.18, linewidth=0)
    axis.plot(x, values, "o-", color=BLUE)
    axis.set_ylim(0, 1.03)
    axis.yaxis.set_major_formatter(percent_ticks())


def _relied_on(axis: Any, low: int, high: int) -> None:
    """Marks the sizes that `detect` scales faces to."""
    for limit in (low, high):
        axis.axvline(limit, color=GREY, linestyle="--", linewidth=1.1)
    text = f"relied on:\n{low} to {high} px"
    axis.text(math.sqrt(low * high), 0.06, text, color=GREY, ha="center", transform=axis.get_xaxis_transform())


def _ticks(axis: Any, at: Sequence[int]) -> None:
    axis.set_xscale("log")
    axis.set_xticks(at, [str(value) for value in at])
    axis.minorticks_off()


def main(
    folder: Path,
    size: Annotated[list[int], typer.Option(min=16, help="long side of the input, pixels; may be repeated")] = SIZES,
    limit: Annotated[int | None, typer.Option(min=1, help="of images, spread over all")] = None,
    min_face: Annotated[int, typer.Option(min=1, help="smallest face sought in the last row")] = 24,
    figure: Annotated[Path | None, typer.Option(help="PNG file to write")] = None,
) -> None:
    cv2.setNumThreads(1)
    try:
        paths = pictures_below(folder)
        if not paths:
            raise UnreadableError(f"{folder}: no images in it")
        paths = paths[:: max(1, -(-len(paths) // (limit or len(paths))))]
        measured = measure(paths, sorted(set(size)), FaceDetector(threads=1), min_face)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(int(error.exit_code)) from None
    print(tables(measured, min_face))
    if figure is not None:
        figure.parent.mkdir(parents=True, exist_ok=True)
        draw(measured, figure)


if __name__ == "__main__":
    typer.run(main)
