"""Which images of a file with several are pages: those of a scan and the frames of an animation; thumbnails are not."""

from __future__ import annotations

from PIL import Image

MOST_PAGES = 1000
"""Pages of one file that are looked at."""
EACH_BY_ITSELF = ("TIFF", "MPO", "HEIF")
"""Formats in which a page can be read though the one before it is broken."""

_SUBFILE, _REDUCED, _MASK = 254, 1, 4  # a TIFF's NewSubfileType, and bits of it
_PHOTOMETRIC, _IS_MASK = 262, 4
_MOST_HEADERS = 10 * MOST_PAGES
_ENTRIES = 0xB002  # of an MPO's index (CIPA DC-007)
# What phones store behind a photo to brighten it on a screen that can, as Adobe, Apple and ISO 21496-1 mark it.
_GAIN_MAPS = (b"hdrgm:", b"hdr-gain-map", b"hdrgainmap", b"HDRGainMap", b"urn:iso:std:iso:ts:21496")


def places_of(image: Image.Image) -> list[int]:
    """Give the places of an opened file's pages; thumbnails, masks and gain maps are none.

    They are told by their headers. The image stands where it stood afterwards.

    Args:
        image: as Pillow opened it.

    Returns:
        Places from 0, for Pillow's `seek`: the page that the file opens with first, the others in their order. `[0]`
        where what follows the first page is broken.
    """
    try:
        start = image.tell()
        if image.format == "TIFF":
            others = _in_tiff(image)
        else:
            count = int(getattr(image, "n_frames", 1))
            others = [place for place in range(count) if image.format != "MPO" or _in_mpo(image, place)]
        if image.tell() != start:
            image.seek(start)
    except Exception:  # what follows the first is broken, which is no fault of the first
        return [0]
    return [start, *(place for place in others if place != start)]


def more_pages(count: int) -> str:
    """Say, for a row of results, how many pages were not looked at because nobody asked.

    Args:
        count: of such pages.

    Returns:
        Part of a sentence; empty where there are none.
    """
    return (
        f"{count:,} more page{'s' * (count != 1)}, --pages looks at {'them' if count != 1 else 'it'}" if count else ""
    )


def first_pages(count: int, of: int) -> str:
    """Say, for the last row of results, that a file has more pages than are looked at.

    Args:
        count: of pages that were looked at.
        of: of pages in the file.

    Returns:
        Part of a sentence, such as `the first 1,000 of 1,200 pages`.
    """
    return f"the first {count:,} of {of:,} pages"


def _in_tiff(image: Image.Image) -> list[int]:
    """Places of pages by each one's header; Pillow's own count ends at the first that it cannot read."""
    places = []
    for place in range(_MOST_HEADERS):
        try:
            image.seek(place)
        except EOFError:
            break
        except SyntaxError:  # of a kind that Pillow does not know: who looks at it is told, but for a mask
            kept = getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) != _IS_MASK
        except Exception:  # the way to those that follow is broken
            places.append(place)
            break
        else:
            kept = not int(getattr(image, "tag_v2", {}).get(_SUBFILE, 0)) & (_REDUCED | _MASK)
        if kept:
            places.append(place)
    return places


def _in_mpo(image: Image.Image, place: int) -> bool:
    try:
        image.seek(place)
    except Exception:  # broken: who looks at it is told
        return True
    entry = getattr(image, "mpinfo", {})[_ENTRIES][place]
    thumbnail = str(entry["Attribute"]["MPType"]).startswith("Large Thumbnail")
    segments = (content for _, content in getattr(image, "applist", []))
    return place == 0 or not (thumbnail or any(mark in content for content in segments for mark in _GAIN_MAPS))
