"""The site's first image: what `align` and `train` do with a photograph, and what the demo's model answers.

    make demo-train && .venv/bin/python benchmarks/picture.py build/demo [--out docs/picture.png]

The photograph is NASA's of Eileen Collins (public domain), as scikit-image ships it; the other faces are drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from matplotlib.axes import Axes
from matplotlib.figure import SubFigure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from gender_classifier.config.settings import AugmentConfig
from gender_classifier.data.augment import augment
from gender_classifier.faces.crops import central_face
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL, crop, similarity
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.report.style import (
    FEMALE,
    GREEN,
    MALE,
    figure_style,
    new_figure,
)
from gender_classifier.system.files import atomic_path

Picture = NDArray[np.uint8]
DPI = 100


def show(axis: Axes, picture: Picture, title: str) -> None:
    axis.imshow(picture)
    axis.set_axis_off()
    axis.set_title(title, fontsize=9.5)


def photograph(figure: SubFigure) -> None:
    """The photograph with the face found, its crop, and the crop as training may show it."""
    picture = np.array(data.astronaut(), np.uint8)
    face = central_face(FaceDetector().detect(picture), picture.shape)
    aligned = crop(picture, similarity(face.landmarks, CANONICAL.points()), CANONICAL.size)
    axes = figure.subplots(1, 5)
    show(axes[0], picture, "1. find the face")
    x0, y0, x1, y1 = face.box
    axes[0].add_patch(Rectangle((x0, y0), x1 - x0, y1 - y0, fill=False, edgecolor=GREEN, linewidth=2))
    axes[0].plot(*face.landmarks.T, ".", color="white", markersize=4, markeredgecolor="black", markeredgewidth=0.4)
    show(axes[1], aligned, "2. align it")
    axes[1].plot(*CANONICAL.points().T, ".", color="white", markersize=6, markeredgecolor="black", markeredgewidth=0.5)
    policy = AugmentConfig().minority
    for axis, seed in zip(axes[2:], (4, 3, 11), strict=True):
        show(
            axis,
            augment(aligned, policy, np.random.default_rng(seed)),
            "3. train on it, changed by chance" if seed == 3 else "",
        )


def answers(figure: SubFigure, demo: Path) -> None:
    """Two drawn faces of each class that the demo did not train on, beside the model's probabilities."""
    classifier = GenderClassifier(demo / "run" / "model.onnx")
    size = classifier.metadata.input_size
    axes = figure.subplots(1, 8, width_ratios=(1, 1.1) * 4)
    files = [demo / "faces" / "val" / name / f"face{i:04d}.jpg" for i in (0, 1) for name in ("female", "male")]
    crops = np.stack([fit(read_picture(file), size) for file in files])
    for place, (file, answer) in enumerate(zip(files, classifier.predict_crops(crops, False), strict=True)):
        picture, bars = axes[2 * place : 2 * place + 2]
        show(picture, read_picture(file), "")
        male = answer.probability_male
        bars.barh([1, 0], [1 - male, male], color=[FEMALE, MALE], height=0.6)
        for y, name, value in ((1, "female", 1 - male), (0, "male", male)):
            bars.text(0, y + 0.36, f"{name} {value:.2f}", fontsize=8.5)
        bars.set(xlim=(0, 1), ylim=(-0.55, 1.8))
        bars.set_axis_off()


def main(
    demo: Annotated[Path, typer.Argument(help="folder that `make demo-train` writes: faces and run")],
    out: Path = Path("docs/picture.png"),
) -> None:
    with figure_style():
        figure = new_figure(3.3)
        top, bottom = figure.subfigures(2, 1, height_ratios=(2.15, 1.15))
        photograph(top)
        answers(bottom, demo)
        bottom.suptitle(
            "The demo's model on drawn faces: stripes stand for one class, checks for the other", fontsize=9.5
        )
        with atomic_path(out) as partial:
            figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})
            # 256 colours are enough for a page, and a third of the bytes.
            small = Image.open(partial).convert("RGB").quantize(256, dither=Image.Dither.FLOYDSTEINBERG)
            small.save(partial, "PNG", optimize=True)
    print(f"{out}: {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    typer.run(main)
