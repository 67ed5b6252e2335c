"""The faces that `count` counts: rows of a scores table or of a table of `predict`, each face once."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evaluation.counted import Model, first_rows
from gender_classifier.evaluation.counted_answers import ROUNDED, check_answers, check_probabilities
from gender_classifier.inference.results import OK
from gender_classifier.inference.writers import PRIOR
from gender_classifier.metrics.decision import UNCERTAIN, prior_shift
from gender_classifier.metrics.scores import read_table, scores_from

_SHOWN = 3
"""Duplicate rows that are named."""

Table = dict[str, NDArray[Any]]
Key = tuple[str, int, Hashable]
"""Path, page and face of a row."""


@dataclass(frozen=True)
class Found:
    """What the table holds besides faces.

    Attributes:
        images: pages and frames of files apart, those without a face and unreadable ones with them.
        several: images with more than one face.
        faces_in_several: faces in these.
        duplicates: rows whose path, page and face an earlier row had, which are left out.
        differing: of these, rows that say something else than the earlier one.
        examples: a few of them, `a.jpg, page 1, face 0`.
        left_out: rows without a face to count, by why.

    Example:
        >>> faces = read_faces(Path("faces.csv"), Model(Path("model.onnx"), metadata, tta=False))  # doctest: +SKIP
        >>> faces.found.images, faces.found.left_out  # doctest: +SKIP
        (120, {'no face': 3})
    """

    images: int = 0
    several: int = 0
    faces_in_several: int = 0
    duplicates: int = 0
    differing: int = 0
    examples: tuple[str, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Faces:
    """Faces to count, each once.

    Attributes:
        photo: what each face's file is called, (N,).
        logit: before calibration, float64 (N,).
        label: int64 (N,), 0 female, 1 male, -1 unknown.
        answered: whether the table's answer is not `uncertain`, bool (N,).
        found: what else is in the table.
        male: whether the table's answer is `male`, bool (N,), by whatever population it was made for; None: the answers
            are those of the threshold.

    Example:
        >>> photo, unknown = np.array(["a.jpg", "a.jpg"], object), np.array([-1, -1])
        >>> faces = Faces(photo, np.array([-2.0, 0.1]), unknown, np.array([True, False]))
        >>> int(faces.answered.sum())
        1
    """

    photo: NDArray[Any]
    logit: NDArray[np.float64]
    label: NDArray[np.int64]
    answered: NDArray[np.bool_]
    found: Found = field(default_factory=Found)
    male: NDArray[np.bool_] | None = None


def read_faces(path: Path, model: Model) -> Faces:
    """Read the faces of a scores table, or of a table that `predict` wrote, with the columns of any version.

    Args:
        path: of the table, `.csv`, `.jsonl` or `.parquet`.
        model: whose answers they are, and whether they are of view `tta`.

    Returns:
        The faces, one at least, without duplicate rows.

    Raises:
        UnreadableError: no such file, neither kind of table, or what is no number or probability in it.
        UserError: no face in it, or answers that are not the model's.
    """
    table = _without_headings(read_table(path))
    if "probability_male" in table:
        faces = _predicted(table, path, model)
    elif "logit" in table:
        faces = _scored(table, path, model)
    else:
        raise UnreadableError(
            f"{path}: neither a scores table (column `logit`) nor one of `predict` (probability_male)"
        )
    if not faces.logit.size:
        raise UserError(f"{path}: no face to count in it")
    if not np.isfinite(faces.logit).all():
        raise UnreadableError(f"{path}: {int((~np.isfinite(faces.logit)).sum())} logits are no finite numbers")
    return faces


def _without_headings(table: Table) -> Table:
    """Drop rows that say each column's name: headings of tables that were put together with `cat`."""
    columns = [column == name for name, column in table.items()]
    kept = ~np.logical_and.reduce(columns) if columns else slice(None)
    return {name: column[kept] for name, column in table.items()}


def _scored(table: Table, path: Path, model: Model) -> Faces:
    scores = scores_from(table, path)
    view = "tta" if model.tta else "identity"
    rows = scores.select(view=view)
    if not len(rows) and len(scores):
        raise UserError(f"{path}: no rows of view `{view}`" + ("; leave out --tta" if model.tta else ""))
    keys = [(str(name), 1, int(face)) for name, face in zip(rows.path, rows.face, strict=True)]
    first = first_rows(keys)
    kept = rows.take(first)
    images = [str(name) for name in kept.path]
    found = _found(images, images, keys, first, rows.logit, {})
    return Faces(kept.path, kept.logit, kept.label, model.rule.answered(kept.logit), found)


def _predicted(table: Table, path: Path, model: Model) -> Faces:
    missing = [name for name in ("path", "label", "status") if name not in table]
    if missing:
        raise UnreadableError(f"{path}: a table of `predict` has the columns path, label and status; not {missing[0]}")
    keys = _keys(table, path)
    first = first_rows(keys)
    said, kept = table["probability_male"], {name: column[first] for name, column in table.items()}
    status = np.array([str(value).partition(":")[0] for value in kept["status"]], dtype=object)
    faces = status == OK
    try:
        p = kept["probability_male"][faces].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise UnreadableError(f"{path}: column `probability_male`: {error}") from None
    if not ((p >= 0) & (p <= 1)).all():
        raise UnreadableError(f"{path}: column `probability_male` holds what is not between 0 and 1")
    logit = _logits(kept, faces, p, path, model)
    labels = np.array([str(label) for label in kept["label"][faces]], dtype=object)
    guesses = kept["best_guess"][faces] if "best_guess" in kept else None
    check_answers(labels, guesses, p, path, model)
    images = [key[:2] for key, is_first in zip(keys, first, strict=True) if is_first]
    in_image = [image for image, is_face in zip(images, faces, strict=True) if is_face]
    found = _found(images, in_image, keys, first, said, dict(Counter(str(value) for value in status[~faces])))
    unknown, male = np.full(p.size, -1, np.int64), labels == model.metadata.class_names[1]
    return Faces(kept["path"][faces], logit, unknown, labels != UNCERTAIN, found, male)


def _logits(
    table: Table, faces: NDArray[np.bool_], p: NDArray[np.float64], path: Path, model: Model
) -> NDArray[np.float64]:
    """Logits before calibration: as written, or, in tables of earlier versions, what the rounded probability tells."""
    added = _assumed(table, faces, path, model)
    if "logit" in table:
        try:
            logit = np.asarray(table["logit"][faces].astype(np.float64), np.float64)
        except (TypeError, ValueError) as error:
            raise UnreadableError(f"{path}: column `logit`: {error}") from None
        check_probabilities(logit, p, added, path, model)
        return logit
    fitted = model.metadata.calibration
    clipped = np.clip(p, ROUNDED, 1 - ROUNDED)
    calibrated = np.log(clipped) - np.log1p(-clipped) - added
    return np.asarray((calibrated - fitted.offset) / fitted.scale, np.float64)


def _keys(table: Table, path: Path) -> list[Key]:
    """Path, page and face of each row; a face that old tables do not number is each row's own."""
    count = len(table["path"])
    pages = _whole(table.get("page", np.full(count, None)), "page", path)
    faces: Sequence[Hashable] = _whole(table.get("face", np.full(count, None)), "face", path)
    if "face" not in table:
        faces = [f"row {number}" for number in range(count)]
    return [(str(name), page or 1, face) for name, page, face in zip(table["path"], pages, faces, strict=True)]


def _whole(column: NDArray[Any], name: str, path: Path) -> list[int | None]:
    """Whole numbers, None where there is none: as CSV, JSON lines, Parquet and pandas write them."""
    try:
        return [None if value in (None, "") or value != value else int(float(value)) for value in column]
    except (TypeError, ValueError, OverflowError) as error:
        raise UnreadableError(f"{path}: column `{name}`: {error}") from None


def _found(
    images: Sequence[Hashable],
    in_image: Iterable[Hashable],
    keys: Sequence[Key],
    first: NDArray[np.bool_],
    said: NDArray[Any],
    left_out: dict[str, int],
) -> Found:
    """Sum up a table.

    Args:
        images: of the rows that are kept.
        in_image: image of each face that is counted.
        keys: of all rows, N.
        first: which rows are kept, bool (N,).
        said: what all rows say, (N,).
        left_out: rows without a face, by why.
    """
    several = [number for number in Counter(in_image).values() if number > 1]
    known: dict[Hashable, Any] = {}
    differing = 0
    examples: list[str] = []
    for row, (key, is_first) in enumerate(zip(keys, first.tolist(), strict=True)):
        if is_first:
            known[key] = said[row]
            continue
        differing += bool(known[key] != said[row])
        if len(examples) < _SHOWN:
            name, page, face = key
            where = f", page {page}" if page != 1 else ""
            examples.append(f"{name}{where}" + ("" if face is None else f", face {face}"))
    return Found(
        images=len(set(images)),
        several=len(several),
        faces_in_several=sum(several),
        duplicates=int((~first).sum()),
        differing=differing,
        examples=tuple(examples),
        left_out=left_out,
    )


def _assumed(table: Table, faces: NDArray[np.bool_], path: Path, model: Model) -> NDArray[np.float64]:
    """What `predict --prior` added to each calibrated logit, which a count must not build on."""
    written = [str(value) for value in table[PRIOR][faces]] if PRIOR in table else [""] * int(faces.sum())
    added = {"": 0.0, "None": 0.0, "nan": 0.0}  # of rows that were put together with others
    for text in sorted(set(written) - set(added)):
        try:
            share = float(text)
        except ValueError:
            share = math.nan
        if not 0 < share < 1:
            raise UnreadableError(f"{path}: column `{PRIOR}` holds `{text}`, which is no share between 0 and 1")
        added[text] = prior_shift(model.metadata, share, str(model.path))
    return np.array([added[text] for text in written], np.float64)
