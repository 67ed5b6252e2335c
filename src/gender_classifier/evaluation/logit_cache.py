"""Logits kept by content: a file a model, a line an image, that an interruption cannot harm.

A model is known by its file's SHA-256, an image by its file's, and a cell by what it does
(`evaluation.degraded.fingerprint`, which carries the seed), so names and places may change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import numpy as np

from gender_classifier.evaluation.degraded import fingerprint
from gender_classifier.metrics.robustness import Cell

_DIGITS = 9
"""Decimal digits that tell any two numbers of single precision apart (IEEE 754), which logits are."""


class LogitCache:
    """The logits of one model under some cells.

    Args:
        folder: where such files lie; made when there is something to keep.
        model: the model file's SHA-256.
        cells: those that are asked for.
        seed: of what is random in them.

    Attributes:
        path: the model's file in the folder.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> clean = Cell("clean", 0)
        >>> with TemporaryDirectory() as folder, LogitCache(Path(folder), "5e1f", [clean], seed=0) as cache:
        ...     cache.add("a75c", {clean: -2.5})
        ...     LogitCache(Path(folder), "5e1f", [clean], seed=0).of("a75c")
        {Cell(kind='clean', level=0): -2.5}
    """

    def __init__(self, folder: Path, model: str, cells: Sequence[Cell], seed: int) -> None:
        self.path = folder / f"{model[:32]}.jsonl"
        self._names = {cell: fingerprint(cell, seed) for cell in cells}
        self._known = self._read()
        self._handle: int | None = None

    def _read(self) -> dict[str, dict[Cell, float]]:
        cells = {name: cell for cell, name in self._names.items()}
        known: dict[str, dict[Cell, float]] = {}
        if not self.path.exists():
            return known
        with self.path.open(encoding="utf-8", errors="replace") as handle:
            for line in handle:
                try:
                    row = json.loads(line)
                    found = {cells[name]: _single(z) for name, z in row["logits"].items() if name in cells}
                    known.setdefault(str(row["picture"]), {}).update(found)
                except (ValueError, KeyError, TypeError, AttributeError):
                    continue  # cut short by a kill: that image is scored again
        return known

    def of(self, picture: str) -> Mapping[Cell, float]:
        """Give what the file held of an image when this was made.

        Args:
            picture: SHA-256 of the image's file.

        Returns:
            Logits by cell, of the cells asked for; empty where none are known.
        """
        return self._known.get(picture, {})

    def add(self, picture: str, logits: Mapping[Cell, float]) -> None:
        """Keep an image's logits; they are in the file when this returns.

        Args:
            picture: SHA-256 of the image's file.
            logits: by cell, of the cells asked for.
        """
        if self._handle is None:
            self._handle = self._opened()
        row = {
            "picture": picture,
            "logits": {self._names[cell]: float(f"{z:.{_DIGITS}g}") for cell, z in logits.items()},
        }
        # In one piece, so that lines of two processes do not run into one another.
        data = (json.dumps(row) + "\n").encode()
        while data:
            data = data[os.write(self._handle, data) :]

    def _opened(self) -> int:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":  # the last line was cut short: it must not spoil the next
            os.write(handle, b"\n")
        return handle

    def __enter__(self) -> LogitCache:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def _single(value: float) -> float:
    return float(np.float32(value))
