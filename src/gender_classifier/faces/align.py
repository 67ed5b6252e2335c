"""Images to canonical crops, a folder at a time."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from PIL import Image

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces.crops import central_crop
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.finding import Look
from gender_classifier.faces.geometry import Geometry
from gender_classifier.images.files import PassedOver, pictures_below
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.images.types import Picture
from gender_classifier.names import to_text
from gender_classifier.system.files import atomic_path, find
from gender_classifier.system.texts import CsvRows, CsvWriter

NOTE_NAME = "align.json"


@dataclass
class AlignSummary:
    """What `align_tree` found in a folder; names are paths relative to it, as `names.to_text` writes them.

    Example:
        >>> AlignSummary(turned={"scan.png": 90}).to_dict()["turned"]
        {'scan.png': 90}

    Attributes:
        counts: images by outcome: `pictures` (all that were read), `no_face`, `too_small`, `several` and `unreadable`.
        no_face: names of images without a face.
        several: names of images with more than one face, of which the central one was taken.
        too_small: names of images whose faces are all smaller than asked for.
        turned: degrees clockwise, 90, 180 or 270, by the name of each image that stood turned.
        unreadable: line that says why, by the name of each image that cannot be read.
        other_rows: number of rows that name no image of the folder and are copied as they stand, by the name of each
            manifest that has such rows.
    """

    counts: Counter[str] = field(default_factory=Counter)
    no_face: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)
    too_small: list[str] = field(default_factory=list)
    turned: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    other_rows: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON.

        Returns:
            Each attribute by its name; lists in the order of the images.
        """
        return {
            "counts": dict(self.counts),
            "no_face": self.no_face,
            "several": self.several,
            "too_small": self.too_small,
            "turned": self.turned,
            "unreadable": self.unreadable,
            "other_rows": self.other_rows,
        }


def align_tree(
    source: Path,
    target: Path,
    *,
    geometry: Geometry,
    detector: FaceDetector,
    min_face: int = 24,
    no_face: str = "centre",
    image_format: str = "jpg",
    rotate: bool = True,
    tick: Callable[[], None] | None = None,
) -> AlignSummary:
    """Write the crop of each image below `source` into the same place below `target`.

    Where no face is found the image's central square stands instead (`no_face="centre"`), so that
    none is lost, or the image is left out (`"skip"`). Manifests (CSV with a column `path`, in `source` itself) come
    along, with the crops' names and without the rows of images left out; rows that name no image of `source` stay as
    they are, and are counted. `align.json` in `target` tells the geometry and what was found.

    Args:
        source: folder of images, with all below it.
        target: new or empty folder.
        geometry: where landmarks lie in a crop, and its size.
        detector: finds the faces.
        min_face: side of the smallest face that counts, pixels.
        no_face: `centre` or `skip`.
        image_format: `jpg` or `png`.
        rotate: seek faces at quarter turns too; the crop of an image that stands turned is upright.
        tick: called after each image, without arguments; None: nothing is called.

    Returns:
        What was found.

    Raises:
        UserError: `target` is not empty, or lies within `source` or the reverse.
        UnreadableError: no `source`, no image in it, or none that can be read.
    """
    pictures = find_pictures(source, target)
    summary = AlignSummary()
    crops = _crop_names([path.relative_to(source).as_posix() for path in pictures], image_format)
    written: dict[str, str | None] = dict.fromkeys(crops)
    for path in pictures:
        name = path.relative_to(source).as_posix()
        try:
            picture = read_picture(path)
        except UnreadableError as error:
            summary.unreadable[to_text(name)] = str(error)
            summary.counts["unreadable"] += 1
        else:
            found, look = central_crop(picture, detector, geometry, min_face, rotate)
            _count(summary, to_text(name), look)
            cut = found.picture if found is not None else None
            if cut is None and no_face == "centre":
                cut = fit(picture, geometry.size, "crop")
            if cut is not None:
                _write(cut, target / crops[name])
                written[name] = crops[name]
        if tick is not None:
            tick()
    if summary.counts["unreadable"] == len(pictures):
        raise UnreadableError(f"{source}: none of {len(pictures)} images can be read")
    target.mkdir(parents=True, exist_ok=True)  # all may have been skipped
    manifests = list(source.glob("*.csv"))
    places = _places(source, written) if manifests else {}
    for manifest in manifests:
        if others := _copy_manifest(manifest, target / manifest.name, written, places):
            summary.other_rows[to_text(manifest.name)] = others
    with atomic_path(target / NOTE_NAME) as partial:
        text = json.dumps({"geometry": geometry.to_dict(), "min_face": min_face, **summary.to_dict()}, indent=1)
        partial.write_text(text + "\n", encoding="utf-8")
    return summary


def find_pictures(source: Path, target: Path, passed: PassedOver | None = None) -> list[Path]:
    """Find the images below `source`, after checking both folders.

    Args:
        source: folder to look in, with all below it.
        target: folder to write to; neither may lie in the other.
        passed: counts the other files, but for CSV files in `source` itself, which come along; None: nobody asks.

    Returns:
        Paths that begin with `source`, sorted; at least one.

    Raises:
        UserError: `target` is not empty, or lies within `source` or the reverse.
        UnreadableError: no `source`, or no image in it.
    """
    if not source.is_dir():
        raise UnreadableError(f"{source}: no such folder")
    here, there = source.resolve(), target.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise UserError(f"{target}: must lie outside {source}, or crops would be taken for images")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(f"{target}: not empty; choose a new folder")
    others = PassedOver()
    pictures = pictures_below(source, others)
    if not pictures:
        raise UnreadableError(f"{source}: no images in it ({others.sentence() or 'it is empty'})")
    if passed is not None:
        passed.counts.update(others.counts)
        passed.counts[".csv"] -= len(list(source.glob("*.csv")))  # manifests come along
    return pictures


def made_by_align(source: Path) -> bool:
    """Tell whether a folder of images is the work of `align_tree`.

    Args:
        source: folder, or a manifest in it.

    Returns:
        True where `align.json` lies in the folder or in the one above, as it does for a split's folder.
    """
    root = source if source.is_dir() else source.parent
    return any((folder / NOTE_NAME).is_file() for folder in (root, root.resolve().parent))


def _crop_names(names: list[str], image_format: str) -> dict[str, str]:
    """Name of each image's crop; `a.jpg` and `a.png` side by side become `a.jpg.jpg` and `a.png.jpg`.

    Where two would still be the same, as with `a.jpg.webp` beside them, later ones get a number (`a.jpg~2.jpg`).
    """
    stems = Counter(PurePosixPath(name).with_suffix("") for name in names)
    crops: dict[str, str] = {}
    used: set[str] = set()
    for name in names:
        stem = PurePosixPath(name).with_suffix("")
        wanted = crop = name if stems[stem] > 1 else str(stem)
        number = 1
        while crop.casefold() in used:  # some file systems do not tell cases apart
            number += 1
            crop = f"{wanted}~{number}"
        used.add(crop.casefold())
        crops[name] = f"{crop}.{image_format}"
    return crops


def _places(source: Path, names: Iterable[str]) -> dict[str, str]:
    """Name of each image by where it lies, whatever links lead there; an image may itself be one."""
    paths = {name: source / name for name in names}
    places = {os.path.realpath(path): name for name, path in paths.items()}
    return places | {_place(path): name for name, path in paths.items()}


def _place(path: Path) -> str:
    return os.path.join(os.path.realpath(path.parent), path.name)


def _copy_manifest(manifest: Path, target: Path, written: Mapping[str, str | None], places: Mapping[str, str]) -> int:
    """Copy a manifest with the names of the crops; None in `written` drops an image's row.

    Returns how many rows name none of the images, and stay as they are.
    """
    try:
        table = CsvRows(manifest, "a CSV manifest")
        rows = list(table) if "path" in table.columns else None
    except UnreadableError:  # another kind of file, which comes along as it is
        rows = None
    with atomic_path(target) as partial:
        if rows is None:
            shutil.copy(manifest, partial)
            return 0
        others = 0
        with partial.open("w", newline="", encoding="utf-8") as handle:
            writer = CsvWriter(handle)
            writer.writerow(table.columns)
            for row in rows:
                name = _listed(row["path"], manifest.parent, places)
                if name is None:
                    others += 1
                    writer.writedict(row, table.columns)
                elif (crop_name := written[name]) is not None:
                    writer.writedict({**row, "path": to_text(crop_name)}, table.columns)
    return others


def _listed(text: str, folder: Path, places: Mapping[str, str]) -> str | None:
    """The name in `places` of an image that a manifest in `folder` names; None where it is none of those."""
    try:
        path = find(text, folder)
        return places.get(_place(path)) or places.get(os.path.realpath(path))
    except (UnreadableError, ValueError):  # an address; a null byte
        return None


def _count(summary: AlignSummary, name: str, look: Look) -> None:
    summary.counts["pictures"] += 1
    if not look.faces:
        kind = summary.too_small if look.too_small else summary.no_face
        kind.append(name)
        summary.counts["too_small" if look.too_small else "no_face"] += 1
    elif len(look.faces) > 1:
        summary.several.append(name)
        summary.counts["several"] += 1
    if look.turned:
        summary.turned[name] = look.turned


def _write(picture: Picture, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial:
        if path.suffix == ".png":
            Image.fromarray(picture).save(partial, "PNG")
        else:
            Image.fromarray(picture).save(partial, "JPEG", quality=95, subsampling=0)
