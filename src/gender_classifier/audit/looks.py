"""One reading of each image, and all that the audit wants of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cv2

from gender_classifier.audit.hashes import Fingerprint, fingerprint
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UnreadableError
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.finding import find_faces, reduction_for, smallest_face
from gender_classifier.images.read import read_reduced
from gender_classifier.images.resize import fit
from gender_classifier.images.types import Picture
from gender_classifier.names import printable
from gender_classifier.system.cores import checked_threads
from gender_classifier.system.files import sha256_of

SHARP_SIDE = 128
"""Pixels to which the central square is brought before its sharpness is measured, so that sizes do not count."""


@dataclass(frozen=True, eq=False)
class Look:
    """An image as the audit knows it.

    Example:
        >>> from pathlib import Path
        >>> look = Look(Sample(Path("faces/a.jpg"), "a.jpg", 0), "train", width=640, height=480, faces=(210.0, 64.0))
        >>> look.sample.name, len(look.faces)
        ('a.jpg', 2)

    Attributes:
        sample: which it is.
        split: as the data names it; with several sources, the source before it.
        reason: why it cannot be read; all that follows is empty then. Empty where it can be read.
        digest: SHA-256 of the file, in hexadecimal.
        width: pixels, upright.
        height: pixels, upright.
        sharpness: variance of the Laplacian of the grey central square at `SHARP_SIDE` pixels.
        brightness: mean grey value, 0 to 255.
        faces: sides of the faces found, pixels, largest first.
        fingerprint: what it is recognised by; None where it is blank.
    """

    sample: Sample
    split: str
    reason: str = ""
    digest: str = ""
    width: int = 0
    height: int = 0
    sharpness: float = 0.0
    brightness: float = 0.0
    faces: tuple[float, ...] = ()
    fingerprint: Fingerprint | None = field(default=None, repr=False)


def look_at(sample: Sample, split: str, detector: FaceDetector) -> Look:
    """Read and measure one image.

    Args:
        sample: which image.
        split: where it stands, as `Look.split` has it.
        detector: finds the faces.

    Returns:
        What was measured; of an image that cannot be read only the reason.
    """
    size = [0, 0]

    def reduction(width: int, height: int) -> int:
        size[:] = width, height
        return reduction_for(smallest_face(width, height, None))

    try:
        picture, reduced = read_reduced(sample.path, reduction)
        digest = sha256_of(sample.path)
    except (UnreadableError, OSError) as error:
        return Look(sample, split, reason=printable(str(error)).removeprefix(printable(f"{sample.path}: ")))
    height, width = picture.shape[:2]
    sides = [face.side * reduced for face in find_faces(picture, detector, smallest_face(width, height, None)).faces]
    if reduced > 1:
        # As stored, and turned as the pixels were.
        width, height = sorted(size, reverse=width >= height)
    return Look(
        sample,
        split,
        digest=digest,
        width=width,
        height=height,
        sharpness=sharpness(picture),
        brightness=float(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).mean()),
        faces=tuple(sorted(sides, reverse=True)),
        fingerprint=fingerprint(picture),
    )


def sharpness(picture: Picture) -> float:
    """Compute the variance of the Laplacian of an image's central square, brought to `SHARP_SIDE` pixels.

    Source: Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy", ICPR 2000.

    Args:
        picture: uint8 (H, W, 3), RGB.

    Returns:
        0 or more; the larger, the sharper.
    """
    grey = cv2.cvtColor(fit(picture, SHARP_SIDE, "crop"), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_32F).var())


def look_at_all(
    listed: Sequence[tuple[Sample, str]],
    detector: FaceDetector,
    *,
    threads: int | None = None,
    tick: Callable[[], None] | None = None,
) -> list[Look]:
    """Look at each image in its split, in order.

    OpenCV works with one thread from then on: images are looked at side by side.

    Args:
        listed: images and their splits, by `listed_pictures`.
        detector: finds faces; of one thread.
        threads: that look; None: all cores.
        tick: called without arguments after each image.

    Returns:
        A look an image, in the order of `listed`.

    Raises:
        UserError: fewer than 1 thread.
    """
    looks = []
    cv2.setNumThreads(1)
    with ThreadPoolExecutor(checked_threads(threads)) as pool:
        for look in pool.map(lambda one: look_at(one[0], one[1], detector), listed):
            looks.append(look)
            if tick is not None:
                tick()
    return looks
