"""What a caller hands over, taken before the next is asked for.

Answers are worked on ahead of the caller, who may by then have closed an image, refilled an array or removed a
temporary file. So each item's bytes or pixels are taken in the caller's thread, and decoding is left to others where
that is possible. Items of a list or tuple last as long as it does, and only what is read once (an open file) is taken.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.pages import MOST_PAGES, first_pages, places_of
from gender_classifier.images.read import from_pil
from gender_classifier.images.types import Picture
from gender_classifier.images.undecoded import MAX_BYTES, bytes_of


class ArrayLike(Protocol):
    """What NumPy makes an array of: a tensor of torch, a Series of pandas, and others."""

    def __array__(self) -> NDArray[Any]: ...


Source = str | os.PathLike[str] | bytes | bytearray | memoryview | IO[bytes] | Image.Image | NDArray[Any] | ArrayLike
_KNOWN = "paths, bytes of files, files opened with 'rb', PIL images or arrays"
_ONE = (str, os.PathLike, bytes, bytearray, memoryview, Image.Image)
_PART = 1 << 24  # bytes read at a time from an open file

# Pillow decodes an image when it is first looked at, and two threads may not do so at once to the same one.
_LOCKS = tuple(Lock() for _ in range(61))


@dataclass(frozen=True, eq=False)
class Item:
    """An image that nobody can take away any more.

    Example:
        >>> Item(content=np.zeros((4, 5, 3), np.uint8)).held
        60

    Attributes:
        path: where it comes from, if from a file.
        content: bytes of its file; pixels, uint8 (H, W, 3) RGB; an opened image; None: to be read at `path`.
        fault: why it cannot be read (UnreadableError), or is no image at all (UserError); else None.
        page: of an opened image with several, from 1.
        note: what should be known of it.
    """

    path: str | None = None
    content: bytes | Picture | Image.Image | None = None
    fault: UnreadableError | UserError | None = None
    page: int | None = None
    note: str = ""

    @property
    def held(self) -> int:
        """Bytes of memory that are taken."""
        if isinstance(self.content, np.ndarray):
            return self.content.nbytes
        return len(self.content) if isinstance(self.content, bytes) else 0


def items(images: Source | Iterable[Source], pages: bool = False) -> Iterator[Item]:
    """Take each image that was handed over, one after the other.

    Args:
        images: one image, or an iterable of them. An array of up to three dimensions is one image, one of four or of
            names (a Series of paths, say) is several.
        pages: all pages of an opened PIL image are meant, not the one that it shows; of files then nothing is left
            to be read later, so that what waits is known by its size.

    Returns:
        An item for each image or page, in their order, taken when it is asked for. One that cannot be read has a
        `fault`; after one that is no image at all nothing more is taken.

    Raises:
        UserError: neither; at once, not with the first item.
    """
    if isinstance(images, _ONE) or _is_open_file(images):
        return iter(_taken(images, False, pages))
    values = _array(images)
    if values is not None:
        several = values.ndim > 3 or (values.ndim == 1 and values.dtype.kind in "OUT")
        return _each(values, False, pages) if several else iter([take(values)])
    if isinstance(images, Mapping):
        raise UserError(f"images: expected a list or an iterator; hand over the values alone, got {_kind(images)}")
    if not isinstance(images, Iterable):
        raise UserError(f"images: expected {_KNOWN}, or an iterable of them, got {_kind(images)}")
    return _each(images, isinstance(images, list | tuple) and not pages, pages)


def take(source: Any, lasting: bool = False) -> Item:
    """Take what one image holds.

    Args:
        source: the image, of any kind in `Source`.
        lasting: it stays as it is until it is looked at, so that a path or an image may be read later.

    Returns:
        The item; where it cannot be read, or is no image, with a `fault` and without content.
    """
    path = _path_of(source)
    try:
        return Item(path, _content(source, lasting))
    except (UnreadableError, UserError) as error:
        return Item(path, fault=error)


def pixels_of(image: Image.Image) -> Picture:
    """Decode an opened image; several threads may ask for the same one.

    Args:
        image: of Pillow, at the page that is meant.

    Returns:
        uint8 (H, W, 3) RGB, upright.

    Raises:
        UnreadableError: its file is broken.
    """
    with _LOCKS[id(image) // 16 % len(_LOCKS)]:
        return from_pil(image)


def _each(images: Iterable[Any], lasting: bool, pages: bool) -> Iterator[Item]:
    for number, source in enumerate(images, 1):
        for item in _taken(source, lasting, pages):
            if isinstance(item.fault, UserError) and not isinstance(item.fault, UnreadableError):
                yield Item(item.path, fault=UserError(f"{item.fault} (item {number})"))
                return
            yield item


def _taken(source: Any, lasting: bool, pages: bool) -> Iterable[Item]:
    several = pages and isinstance(source, Image.Image) and len(places_of(source)) > 1
    return _pages_of(source) if several else [take(source, lasting)]


def _pages_of(image: Image.Image) -> Iterator[Item]:
    """Pages of an opened image, each decoded when it is asked for; it is left at the page that it showed."""
    places, shown = sorted(places_of(image)), image.tell()
    for seen, place in enumerate(places[:MOST_PAGES], 1):
        note = first_pages(seen, len(places)) if seen == MOST_PAGES < len(places) else ""
        try:
            image.seek(place)
            item = Item(content=pixels_of(image), page=place + 1, note=note)
        except UnreadableError as error:
            item = Item(fault=error, page=place + 1, note=note)
        except Exception as error:  # each format has its own
            item = Item(fault=UnreadableError(f"image: {error}"), page=place + 1, note=note)
        yield item
    with contextlib.suppress(Exception):
        image.seek(shown)


def _path_of(source: Any) -> str | None:
    if isinstance(source, str | os.PathLike):
        path = os.fspath(source)
        return path if isinstance(path, str) else os.fsdecode(path)
    name = getattr(source, "name", None) if _is_open_file(source) else None
    return name if isinstance(name, str) else None


def _content(source: Any, lasting: bool) -> bytes | Picture | Image.Image | None:
    if isinstance(source, str | os.PathLike):
        return None if lasting else bytes_of(_path_of(source) or "")
    if isinstance(source, bytes | bytearray) or (isinstance(source, memoryview) and source.ndim == 1):
        return bytes(source)
    if isinstance(source, Image.Image):
        return _opened(source, lasting)
    if _is_open_file(source):
        return _file(source)
    values = _array(source)
    if values is None:
        raise UserError(f"images: expected {_KNOWN}, got {_kind(source)}")
    pixels = checked(values)
    return pixels if lasting or not np.may_share_memory(pixels, values) else pixels.copy()


def _opened(image: Image.Image, lasting: bool) -> Picture | Image.Image:
    if 0 in image.size:
        raise UserError(f"images: expected an image with pixels, got one of {image.width} x {image.height}")
    return image if lasting else pixels_of(image)


def _is_open_file(source: Any) -> bool:
    return not isinstance(source, type) and callable(getattr(source, "read", None))


def _file(file: Any) -> bytes:
    """All of an open file, whatever was read of it before, as Pillow does; it is left where it stood.

    Raises:
        UnreadableError: it is closed, breaks off, or is too large.
        UserError: it gives no bytes.
    """
    try:
        place = file.tell() if hasattr(file, "seekable") and file.seekable() else None
        if place is not None:
            file.seek(0)
        parts, size = [], 0
        while part := file.read(_PART):
            if not isinstance(part, bytes | bytearray | memoryview):
                if hasattr(part, "close"):  # a coroutine, which must not be left waiting
                    part.close()
                raise UserError(f"images: expected a file opened with 'rb', got {_kind(part)} from a {_kind(file)}")
            parts.append(bytes(part))
            size += len(part)
            if size > MAX_BYTES:
                raise UnreadableError(f"image: more than the limit of {MAX_BYTES:,} bytes")
        if place is not None:
            file.seek(place)
    except UserError:
        raise
    except Exception as error:  # it is closed, or what each library has of its own
        raise UnreadableError(f"image: {str(error).rstrip('.').lower() or 'cannot be read'}") from None
    return b"".join(parts)


def _array(source: Any) -> NDArray[Any] | None:
    """What NumPy makes of it without looking into it item by item; None where it does not."""
    if isinstance(source, np.ndarray):
        return source
    if isinstance(source, memoryview):  # of several dimensions
        return np.asarray(source)
    if isinstance(source, type) or not hasattr(source, "__array__"):
        return None
    try:
        if callable(getattr(source, "detach", None)):  # a tensor of torch, which may lie on a GPU
            source = source.detach().cpu()
        return np.asarray(source)
    except Exception as error:  # each library has its own
        reason = " ".join(str(error).split())[:200]
        raise UserError(f"images: expected an array, got {_kind(source)} that gives none ({reason})") from None


def checked(array: NDArray[Any]) -> Picture:
    """Bring an array to the form in which images are held.

    Args:
        array: uint8 (H, W, 3) RGB, or (H, W) grey; of any layout in memory.

    Returns:
        uint8 (H, W, 3), contiguous; the array itself where it is that already.

    Raises:
        UserError: another dtype or shape; the line says how to bring it there where that is known.
    """
    if array.dtype == np.uint8 and array.ndim == 2 and array.size:
        return np.repeat(array[..., None], 3, axis=2)
    if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 or not array.size:
        raise UserError(
            f"images: expected an array of uint8 (H, W, 3), RGB, or (H, W){_advice(array)}, "
            f"got {array.dtype} {array.shape}"
        )
    return np.ascontiguousarray(array)


def _advice(array: NDArray[Any]) -> str:
    """What to do with an array `x` of a known other layout."""
    if not array.size:
        return ""
    if array.dtype.kind in "OUT":
        return "; of a table of names hand over one column"
    if array.ndim > 3:
        return "; hand over the images of a batch one by one"
    if array.ndim == 3 and array.shape[2] not in (1, 3, 4) and array.shape[0] in (1, 3, 4):
        return "; for channels first x.transpose(1, 2, 0), of a tensor x.permute(1, 2, 0)"
    if array.ndim not in (2, 3):
        return "; for a file's bytes x.tobytes()" if array.dtype == np.uint8 else ""
    if array.dtype.kind == "f":
        return "; for values from 0 to 1 (255 * x).round().astype('uint8')"
    if array.dtype.kind in "ui" and array.dtype != np.uint8:
        return "; for 16 bits (x // 257).astype('uint8'), for values up to 255 x.astype('uint8')"
    if array.ndim == 3 and array.shape[2] in (1, 4):
        return "; for one channel x[..., 0], for four x[..., :3]"
    return ""


def _kind(source: Any) -> str:
    return type(source).__name__
