"""`demo`: the packaged photograph, predicted and annotated; nothing to download, nothing to name."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from PIL import Image
from rich.console import Console

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.images.read import read_picture
from gender_classifier.inference.annotate import annotate
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.show import predictions_table
from gender_classifier.names import printable
from gender_classifier.system.files import atomic_path

PHOTO = "collins.jpg"
"""NASA's photograph of Eileen Collins, in the public domain."""


def demo_photo() -> Path:
    """Give the path of the photo that comes with the package, `PHOTO`."""
    return Path(str(resources.files("gender_classifier") / "examples" / PHOTO))


def demo(out: Path, threads: int | None = None) -> ExitCode:
    """Predict the packaged photo, print the table and write the annotated image.

    Args:
        out: image to write, `.jpg`, `.jpeg` or `.png`; one that is there is replaced.
        threads: of the engine and of reading; None: all cores.

    Returns:
        `FINE`; all else is an error.

    Raises:
        UserError: `out` is no .jpg or .png, or its folder is not there.
    """
    if out.suffix.lower() not in (".jpg", ".jpeg", ".png"):
        raise UserError(f"{out}: its name must end in .jpg or .png")
    if not out.parent.is_dir():
        raise UserError(f"{out}: no folder {out.parent} to write to")
    rows = GenderClassifier(threads=threads).predict(demo_photo()).rows()
    picture = annotate(read_picture(demo_photo()), rows)
    with atomic_path(out) as partial:
        Image.fromarray(picture).save(partial, "PNG" if out.suffix.lower() == ".png" else "JPEG", quality=92)
    console = Console()
    console.print(predictions_table([replace(row, path=PHOTO) for row in rows]))
    console.print(printable(f"annotated image: {out}"), soft_wrap=True, markup=False, highlight=False)
    return ExitCode.FINE
