"""Where landmarks lie in a folder of face crops: the medians that `faces.geometry.CANONICAL` holds.

python benchmarks/geometry.py DIR [--count 2000]

DIR is FairFace's train folder (224 x 224, tight crops). Prints medians, and the spread of the
eyes' line, of the images in which the detector finds a face.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from gender_classifier.faces.crops import central_face
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import LANDMARKS
from gender_classifier.images.read import read_picture


def main(folder: Path, count: Annotated[int, typer.Option(help="images, drawn at random with seed 0")] = 2000) -> None:
    paths = sorted(folder.rglob("*.jpg"))
    chosen = np.random.default_rng(0).permutation(len(paths))[:count]
    detector, points, centred = FaceDetector(threads=1), [], 0
    for i in chosen:
        picture = read_picture(paths[i])
        faces = detector.detect(picture, min_face=40)
        if faces:
            face = central_face(faces, picture.shape)
            points.append(face.landmarks)
            x0, y0, x1, y1 = face.box
            middle = picture.shape[0] / 2
            centred += x0 < middle < x1 and y0 < middle < y1
    stacked = np.stack(points)
    print(f"{len(stacked)} faces in {len(chosen)} images, {centred} of them over the centre")
    for name, (x, y), (dx, dy) in zip(LANDMARKS, np.median(stacked, 0), stacked.std(0), strict=True):
        print(f"{name:20s} x {x:6.1f} (deviation {dx:4.1f})  y {y:6.1f} ({dy:4.1f})")
    line = stacked[:, 1] - stacked[:, 0]
    angles = np.degrees(np.arctan2(line[:, 1], line[:, 0]))
    print(f"angle of the eyes' line: median {np.median(angles):.1f}, deviation {angles.std():.1f} degrees")


if __name__ == "__main__":
    typer.run(main)
