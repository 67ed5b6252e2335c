"""`align`: a folder of images to a folder of canonical crops."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.faces.align import align_tree, find_pictures
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.files import PassedOver
from gender_classifier.system.console import say


def align(
    source: Path,
    target: Path,
    *,
    margin: float = 1.0,
    min_face: int = 24,
    no_face: str = "centre",
    image_format: str = "jpg",
    detector: Path | None = None,
    rotate: bool = True,
) -> ExitCode:
    """Align a folder, and say on standard error what was found.

    Args:
        source: folder of images, with all below it.
        target: new or empty folder.
        margin: how many times as wide a crop is as the canonical one, 0.5 to 4.
        min_face: side of the smallest face that counts, pixels, from 8.
        no_face: what stands for an image without a face: `centre`, its central square, or `skip`, nothing.
        image_format: `jpg` or `png`.
        detector: another YuNet file; None: the bundled one.
        rotate: seek faces at quarter turns too.

    Returns:
        `FOUND_WRONG` where some images cannot be read, else `FINE`.

    Raises:
        UserError: a value that is not allowed, or `target` is not empty, or lies within `source` or the reverse.
        UnreadableError: no `source`, no image in it, none that can be read, or no such detector.
    """
    if not 0.5 <= margin <= 4.0:
        raise UserError(f"--margin {margin}: between 0.5 and 4")
    if min_face < 8:
        raise UserError(f"--min-face {min_face}: at least 8 pixels")
    if no_face not in ("centre", "skip"):
        raise UserError(f"--no-face {no_face}: `centre` or `skip`")
    if image_format not in ("jpg", "png"):
        raise UserError(f"--format {image_format}: `jpg` or `png`")
    passed = PassedOver()
    count = len(find_pictures(source, target, passed))
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("aligning", total=count)
        summary = align_tree(
            source,
            target,
            geometry=CANONICAL.with_margin(margin),
            detector=FaceDetector(detector),
            min_face=min_face,
            no_face=no_face,
            image_format=image_format,
            rotate=rotate,
            tick=lambda: progress.advance(task),
        )
    found = summary.counts
    instead = "the central square instead" if no_face == "centre" else "left out"
    say(
        f"{found['pictures']} images aligned into {target}: {found['no_face']} without a face and "
        f"{found['too_small']} with too small a face ({instead}), {found['several']} with several faces "
        f"(the central one taken), {len(summary.turned)} that stood turned, "
        f"{found['unreadable']} unreadable; lists in {target / 'align.json'}"
    )
    for manifest, rows in summary.other_rows.items():
        say(f"{manifest}: rows that name no image of {source}, copied as they are: {rows}")
    if passed:
        say(passed.sentence())
    return ExitCode.FOUND_WRONG if summary.unreadable else ExitCode.FINE
