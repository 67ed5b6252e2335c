"""`robustness`: models on the same images under every degradation, at five strengths."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import DataIndex, Sample
from gender_classifier.data.reading import reasons
from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.evaluation.cells import Scored, score_cells
from gender_classifier.evaluation.degraded import (
    FRAMINGS,
    KINDS,
    SIDE,
    STRENGTHS,
    amount,
    chance,
    changed,
)
from gender_classifier.evaluation.evaluate import labelled
from gender_classifier.evaluation.logit_cache import LogitCache
from gender_classifier.faces.crops import face_crops
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.demo import demo_photo
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.robustness import (
    CLEAN,
    LEVELS,
    Cell,
    cells_of,
    robustness,
)
from gender_classifier.metrics.scores import COLUMNS, Scores, write_scores
from gender_classifier.model_files.registry import MODEL, model_file
from gender_classifier.names import to_text
from gender_classifier.report.robustness_page import Sheet, build, write
from gender_classifier.runs.context import Counts
from gender_classifier.runs.robustness_report import RobustnessContext
from gender_classifier.system.console import say, steps_left
from gender_classifier.system.cores import checked_threads
from gender_classifier.system.files import sha256_of

CACHE = "cache"
"""Folder within the output that keeps logits."""
Logits = dict[str, NDArray[np.float64]]


class RobustnessStoppedError(UserError):
    """The user stopped it; the logits up to there are kept."""

    exit_code = ExitCode.INTERRUPTED


def run_robustness(
    models: Sequence[Path],
    data: Path,
    out: Path,
    *,
    kinds: Sequence[str] = (),
    limit: int | None = None,
    threads: int | None = None,
    seed: int = 0,
) -> ExitCode:
    """Score, and write tables, figure and contact sheet into `out`; logits that `out` holds are not made again.

    Args:
        models: model files or run folders.
        data: labelled crops, a folder or a manifest.
        out: folder to write; made where there is none.
        kinds: of `evaluation.degraded.KINDS`; none: all.
        limit: of images, drawn by a hash of their names: the same for all, a part of any larger number's; None: all.
        threads: images worked on at a time; None: all cores.
        seed: of what is random in the degradations, not negative.

    Returns:
        FINE; FOUND_WRONG where some image could not be read.

    Raises:
        UserError: an unknown kind, a model named twice, `threads` below 1, or an output that is no folder.
        UnreadableError: a model or data that cannot be read, or no image that can.
        RobustnessStoppedError: by Ctrl-C.
    """
    import matplotlib  # noqa: F401  # what writes the results must not turn out to be missing after hours
    import pyarrow.parquet  # noqa: F401

    cells = cells_of(_kinds(kinds))
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; --out names a folder")
    classifiers = _named(models)
    everything = labelled(data)
    samples = drawn(everything, limit)
    threads = checked_threads(threads)
    cv2.setNumThreads(1)  # images are changed side by side
    done, logits = score_and_keep(classifiers, samples, cells, out / CACHE, threads, seed)
    broken = {scored.sample.name: scored.fault for scored in done if scored.fault is not None}
    if len(broken) == len(samples):
        raise UnreadableError(f"{data}: none of its {len(samples)} images can be read: {reasons(broken)}")
    kept = [scored.sample for scored in done if scored.fault is None]
    tables = {}
    for name, classifier in classifiers.items():
        scores = as_scores(kept, cells, logits[name])
        write_scores(scores, out / "scores" / f"{name}.parquet")
        tables[name] = robustness(scores, DecisionRule.of_model(classifier.metadata))
    index = DataIndex(data, {"val": kept})
    context = RobustnessContext(
        data=to_text(data),
        counts=Counts(**index.counts()["val"]),
        digest=index.digest(),
        side=SIDE,
        strengths=list(STRENGTHS),
        framings=list(FRAMINGS),
        models={name: sha256_of(classifier.path) for name, classifier in classifiers.items()},
        drawn=len(samples) < len(everything),
        unreadable=broken,
        seed=seed,
    )
    report = build(tables, {(c.kind, c.level): amount(c) for c in cells}, context)
    write(report, tables, out, sheet(cells, seed))
    say(f"robustness: {out / 'robustness.md'}")
    if broken:
        say(f"{len(broken)} of {len(samples)} images cannot be read and are left out: {reasons(broken)}")
    return ExitCode.FOUND_WRONG if broken else ExitCode.FINE


def _kinds(asked: Sequence[str]) -> list[str]:
    """The kinds asked for, by repetition or with commas between, in the order of all."""
    names = {name.strip().replace("-", "_") for text in asked for name in text.split(",")} - {""}
    if unknown := sorted(names - set(KINDS)):
        raise UserError(f"--kinds {unknown[0]}: no such degradation; known are {', '.join(KINDS)}")
    return [kind for kind in KINDS if kind in names or not names]


def _named(models: Sequence[Path]) -> dict[str, GenderClassifier]:
    """Classifiers of one thread each, by a name that no other has."""
    named: dict[str, GenderClassifier] = {}
    seen: dict[str, Path] = {}
    for model in models:
        file = model_file(model)
        classifier = GenderClassifier(file, threads=1)
        digest = sha256_of(file)
        if digest in seen:
            raise UserError(f"{model}: the same model as {seen[digest]}; name it once")
        seen[digest] = model
        # The file in a run folder always has the same name.
        name = to_text(file.absolute().parent.name if file.name == MODEL else file.stem)
        named[name if name not in named else f"{name}-{digest[:8]}"] = classifier
    return named


def drawn(samples: Sequence[Sample], limit: int | None) -> list[Sample]:
    """Choose the images to measure on: those whose names have the lowest hashes.

    A folder's order would put one class first.

    Args:
        samples: all images.
        limit: how many to choose; None: all.

    Returns:
        The chosen images, in the order of `samples`; all where there are not more than `limit`.
    """
    if limit is None or limit >= len(samples):
        return list(samples)
    lowest = {s.name for s in sorted(samples, key=lambda s: hashlib.sha256(s.name.encode()).digest())[:limit]}
    return [sample for sample in samples if sample.name in lowest]


def score_and_keep(
    classifiers: Mapping[str, GenderClassifier],
    samples: Sequence[Sample],
    cells: Sequence[Cell],
    cache: Path,
    threads: int,
    seed: int,
) -> tuple[list[Scored], Logits]:
    """Score what `cache` does not hold, and keep it there.

    Args:
        classifiers: models by name, made with one thread each.
        samples: labelled crops.
        cells: what is done to them.
        cache: folder of `LogitCache`.
        threads: images worked on at a time.
        seed: of what is random in the cells.

    Returns:
        What became of each image, and logits, float64 (cells, readable images), by model.

    Raises:
        RobustnessStoppedError: by Ctrl-C.
    """
    done: list[Scored] = []
    columns: dict[str, list[list[float]]] = {name: [] for name in classifiers}
    try:
        with ExitStack() as stack:
            kept = {
                name: stack.enter_context(LogitCache(cache, sha256_of(classifier.path), cells, seed))
                for name, classifier in classifiers.items()
            }
            step = stack.enter_context(steps_left(f"images under {len(cells)} cells", len(samples)))
            for scored in score_cells(
                classifiers,
                samples,
                cells,
                seed=seed,
                known=lambda name, digest: kept[name].of(digest),
                threads=threads,
            ):
                for name, fresh in scored.fresh.items():
                    kept[name].add(scored.digest, fresh)
                if scored.fault is None:
                    for name, column in columns.items():
                        column.append([scored.logits[name][cell] for cell in cells])
                done.append(scored)
                step()
    except KeyboardInterrupt:
        raise RobustnessStoppedError(f"{cache}: stopped; what was done is kept, the same command goes on") from None
    return done, {name: np.array(column, np.float64).reshape(-1, len(cells)).T for name, column in columns.items()}


def as_scores(samples: Sequence[Sample], cells: Sequence[Cell], logits: NDArray[np.float64]) -> Scores:
    """Lay out logits as a table, a row a cell and image.

    Args:
        samples: N images.
        cells: C cells.
        logits: (C, N).

    Returns:
        C * N rows, all images under one cell and then under the next; `kind` and `level` are columns beside the
        manifest's. A column of the manifest that has the name of another is renamed: `level` to `level_given`.
    """
    own = (*COLUMNS, "kind", "level")
    given = sorted({key for sample in samples for key in sample.extra})
    extra = {f"{key}_given" if key in own else key: [s.extra.get(key, "") for s in samples] for key in given}
    shape, count = (len(cells), 1), len(samples)

    def tiled(values: list[str]) -> NDArray[np.object_]:
        return np.tile(np.array(values, dtype=object), shape[0])

    return Scores(
        path=tiled([sample.name for sample in samples]),
        face=np.zeros(logits.size, np.int64),
        label=np.tile(np.array([sample.label for sample in samples], np.int64), shape[0]),
        logit=logits.reshape(-1).astype(np.float64),
        view=np.full(logits.size, "identity", dtype=object),
        split=np.full(logits.size, "val", dtype=object),
        extra={
            "kind": np.repeat(np.array([cell.kind for cell in cells], dtype=object), count),
            "level": np.repeat(np.array([cell.level for cell in cells], dtype=object), count),
            **{key: tiled(values) for key, values in extra.items()},
        },
    )


def sheet(cells: Sequence[Cell], seed: int) -> Sheet:
    """Show the face of the packaged photo under every cell, a row a kind: it shows nobody of the data.

    Args:
        cells: whose kinds are shown, each at all levels.
        seed: of what is random in the degradations.

    Returns:
        A contact sheet's parts, kind by kind: the clean crop, and then levels rising; crops are uint8 (224, 224, 3).
    """
    picture, digest = read_picture(demo_photo()), sha256_of(demo_photo())
    face = max(face_crops(picture, FaceDetector(threads=1), CANONICAL, 24.0), key=lambda found: found.face.side)
    kinds = dict.fromkeys(cell.kind for cell in cells if cell != CLEAN)
    return [(cell, amount(cell), pic) for cell, pic in _rows(face.picture, kinds, digest, seed)]


def _rows(
    crop: NDArray[np.uint8], kinds: Mapping[str, None], digest: str, seed: int
) -> Iterator[tuple[Cell, NDArray[np.uint8]]]:
    for kind in kinds:
        yield CLEAN, crop
        for level in range(1, LEVELS + 1):
            cell = Cell(kind, level)
            yield cell, changed(crop, cell, chance(digest, kind, seed))(SIDE)
