"""Photos in, answers out on several processes or machines: Ray Data over a folder or a list of paths, into Parquet.

    pip install '.[ray]'   # in a checkout of gender-classifier
    python examples/ray_batch.py PHOTOS OUT [--workers 2] [--model FILE]
    python examples/ray_batch.py FILMS OUT --films        # with the extra [video] too

PHOTOS is a folder (with all below it, but what is hidden) or a text file with a path a line; every machine must see
them under the same path. OUT, a new folder, gets Parquet files with the columns of `predict`. Each worker is an actor
that loads the model once and keeps it; an image that cannot be read is a row, as it is there. With `--films` the files
are films, a row each: the columns of `video --summary`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import ray
import ray.data
import typer
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.files import pictures_below
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.writers import COLUMNS, values_of
from gender_classifier.model_files.registry import model_file
from gender_classifier.system.cores import usable_cores
from gender_classifier.system.texts import lines_of, read_text

BATCH = 64
"""Paths that a worker gets at a time: enough to fill the network's batches, and little to do again when one is lost."""

_TEXT = ("path", "label", "best_guess", "status", "note")
_WHOLE = ("page", "face", "turned")


class Predictor:
    """A worker: one classifier, made where it works and used for all its batches."""

    def __init__(self, model: str | None, threads: int) -> None:
        self.classifier = GenderClassifier(model, threads=threads)

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Rows, a column an array, of a batch of paths; numbers that a row has not are NaN, whole ones -1."""
        return columns_of(values_of(row) for row in self.classifier.predict(map(str, batch["path"])).rows())


class FilmPredictor(Predictor):
    """A worker for films: screen time, a row a film."""

    def __call__(self, batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """Rows, a column an array, of a batch of films."""
        return film_columns([self._row(str(path)) for path in batch["path"]])

    def _row(self, path: str) -> dict[str, Any]:
        from gender_classifier.video.tables import empty_row, summary_row

        try:
            return summary_row(self.classifier.analyse_video(path))
        except UnreadableError as error:
            return empty_row(path, f"unreadable: {str(error).removeprefix(f'{path}: ')}")


def film_columns(rows: list[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Rows of films as arrays of one kind each; numbers that a row has not are NaN."""
    text = ("path", "status", "note")
    return {
        name: np.array([row[name] for row in rows], object if name in text else bool)
        if name in (*text, "quotable")
        else np.array([np.nan if row[name] is None else row[name] for row in rows], np.float64)
        for name in rows[0]
    }


def columns_of(rows: Iterable[dict[str, Any]]) -> dict[str, NDArray[Any]]:
    """Rows as arrays of one kind each, whatever a batch holds: a batch without faces has columns like any other."""
    kept = list(rows)
    columns: dict[str, NDArray[Any]] = {}
    for name in COLUMNS:
        values = [row[name] for row in kept]
        if name in _TEXT:
            columns[name] = np.array(values, object)
        elif name in _WHOLE:
            columns[name] = np.array([-1 if value is None else value for value in values], np.int32)
        else:
            columns[name] = np.array([np.nan if value is None else value for value in values], np.float64)
    return columns


FILMS = (".mp4", ".mkv", ".mov", ".avi", ".webm", ".ts", ".mpg", ".mpeg", ".m4v", ".mxf", ".wmv", ".flv")


def films_below(folder: Path) -> list[Path]:
    """Files of a folder, and of all below it, that are films by their names; nothing hidden, as with images.

    Args:
        folder: where to look; it may be hidden itself.

    Returns:
        Paths that begin with `folder`, sorted.
    """
    named = (path for path in folder.rglob("*") if path.suffix.lower() in FILMS and path.is_file())
    return sorted(path for path in named if not any(p.startswith(".") for p in path.relative_to(folder).parts))


def paths_of(photos: Path, films: bool = False) -> list[str]:
    """Images or films below a folder, or those that a text file lists.

    Args:
        photos: the folder, or the list, in any encoding that `predict` reads.
        films: films are sought below the folder, not images.

    Returns:
        Paths: of a folder sorted, without what is hidden; of a list as it has them.

    Raises:
        UnreadableError: neither, none in it, or a list in an unknown encoding.
    """
    if photos.is_dir():
        paths = [str(path) for path in (films_below(photos) if films else pictures_below(photos))]
    elif photos.is_file():
        paths = [line for line in lines_of(read_text(photos, "a list of paths")) if line]
    else:
        raise UnreadableError(f"{photos}: no such folder or list")
    if not paths:
        raise UnreadableError(f"{photos}: no {'films' if films else 'images'}")
    return paths


def run(
    photos: Path,
    out: Path,
    *,
    model: str | Path | None = None,
    workers: int = 2,
    threads: int = 1,
    films: bool = False,
) -> int:
    """Predict and write; returns the number of rows.

    Raises:
        UserError: `out` is there already, or `workers` below 1.
        UnreadableError: no images.
    """
    if workers < 1:
        raise UserError(f"workers={workers}: at least 1")
    if out.exists():
        raise UserError(f"{out}: is there already; choose a new folder")
    paths, batch = paths_of(photos, films), 1 if films else BATCH
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would tell its makers
    if not ray.is_initialized() and "RAY_ADDRESS" not in os.environ:
        # On this machine alone. Reading and writing need a CPU beside the workers', or all would wait for ever.
        ray.init(num_cpus=max(usable_cores(), workers * threads + 1), include_dashboard=False)
    data = ray.data.from_items([{"path": path} for path in paths], override_num_blocks=-(-len(paths) // batch))
    answers = data.map_batches(
        FilmPredictor if films else Predictor,
        fn_constructor_args=(str(model_file(model).resolve()) if model is not None else None, threads),
        batch_size=batch,
        num_cpus=threads,
        concurrency=workers,
    )
    answers.write_parquet(str(out.resolve()))
    return int(ray.data.read_parquet(str(out.resolve())).count())


def main(
    photos: Annotated[Path, typer.Argument(help="folder, or a text file with a path a line")],
    out: Annotated[Path, typer.Argument(help="new folder for Parquet files")],
    model: Annotated[str | None, typer.Option(help="model file, run folder or name; none: the released one")] = None,
    workers: Annotated[int, typer.Option(help="actors, each with a classifier of its own")] = 2,
    threads: Annotated[int, typer.Option(help="threads, and CPUs asked for, of each")] = 1,
    films: Annotated[bool, typer.Option("--films", help="the files are films: screen time, a row a film")] = False,
) -> None:
    """Find the faces in photos with Ray Data and write what they are perceived as."""
    try:
        rows = run(photos, out, model=model, workers=workers, threads=threads, films=films)
        print(f"{rows} rows in {out}")
    except UserError as error:
        print(f"error: {error}")
        raise typer.Exit(int(error.exit_code)) from None


if __name__ == "__main__":
    typer.run(main)
