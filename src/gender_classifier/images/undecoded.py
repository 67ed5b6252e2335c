"""What a source holds before anything is decoded: its bytes, and how many pixels its header tells."""

from __future__ import annotations

import math
import os
import stat
from pathlib import Path

from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images import depth
from gender_classifier.images.decode import FORMATS, open_image
from gender_classifier.images.films import HEAD, is_film
from gender_classifier.system.files import refuse_address

MAX_BYTES = 1_000_000_000


def bytes_of(source: str | os.PathLike[str]) -> bytes:
    """Read all bytes of a file.

    Args:
        source: path of a file that may be an image.

    Returns:
        Its bytes; none where the file is empty.

    Raises:
        UnreadableError: it is missing, no file, a film, a web address, or larger than `MAX_BYTES`: one line with
            path and reason.
    """
    path, name = Path(source), os.fspath(source)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # reading a pipe or a device may never end
            raise UnreadableError(f"{name}: not a file")
        with path.open("rb") as handle:
            if is_film(handle.read(HEAD)):
                raise UnreadableError(f"{name}: a film, not an image; `gender-classifier video` takes films")
        if found.st_size > MAX_BYTES:
            raise UnreadableError(f"{name}: {found.st_size:,} bytes is more than the limit of {MAX_BYTES:,}")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        refuse_address(name)
        # What Python says of a null byte in a name differs between its versions.
        reason = error.strerror if isinstance(error, OSError) else "embedded null byte"
        raise UnreadableError(f"{name}: {(reason or str(error) or 'cannot be read').lower()}") from None


def pixels_declared(data: bytes) -> float:
    """Give how many pixels an image has by its header; nothing is decoded.

    Args:
        data: bytes of a file.

    Returns:
        Width times height; infinity where Pillow's own limit is exceeded.

    Raises:
        UnreadableError: no image, or of a kind that is not read.
    """
    if not data:
        raise UnreadableError("image: empty file")
    try:
        image = open_image(data, "image")
    except Image.DecompressionBombError:
        return math.inf
    except UnreadableError:  # which says more: what to install, or what kind it is
        raise
    except Exception:  # as in `decode.in_a_line`
        raise UnreadableError("image: not an image") from None
    if image is None:
        width, height = depth.size_of_tiff(data) or (0, 0)
        return width * height
    with image:
        if image.format not in FORMATS:
            raise UnreadableError(f"image: an image of the kind {image.format}, which is not read")
        return image.width * image.height
