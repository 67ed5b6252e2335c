"""The run's log: one JSON object a line, which figures and tables are made from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from gender_classifier.errors import UnreadableError, UnwritableError
from gender_classifier.runs.folder import RunFolder
from gender_classifier.system.files import atomic_path


class Watcher(Protocol):
    """Anything that wants to see each line as it is written: TensorBoard, a progress display."""

    def __call__(self, line: dict[str, Any]) -> None: ...


class RunLog:
    """Appends lines to `RUN/log.jsonl`; `lines` counts them, so that a resume can cut what came after.

    Only the process that writes has a path; the others keep silent.

    Args:
        run: the run folder, which is there; None: nothing is written.
        lines: that are kept of a log that is there already; the rest is cut off.

    Example:
        >>> log = RunLog(None)
        >>> log.write("epoch", epoch=0)
        >>> log.lines
        1

    Attributes:
        path: the file; None: nothing is written.
        lines: written so far.
        watchers: called with each line once it is written.
    """

    def __init__(self, run: Path | None, lines: int = 0) -> None:
        self.path = RunFolder(run).log if run is not None else None
        self.lines = lines
        self.watchers: list[Watcher] = []
        if self.path is not None:
            kept = self.path.read_bytes().splitlines(keepends=True)[:lines] if self.path.exists() else []
            with atomic_path(self.path) as partial:
                partial.write_bytes(b"".join(kept))

    def write(self, kind: str, **values: Any) -> None:
        """Append one line.

        Args:
            kind: `start`, `step`, `epoch` or `end`.
            **values: what else the line says, of JSON's types.

        Raises:
            UnwritableError: the disk is full; what was written of the line is cut off by the next resume.
        """
        line = {"kind": kind, **values}
        self.lines += 1
        if self.path is not None:
            try:
                with self.path.open("a", encoding="utf-8") as handle:
                    handle.write(json.dumps(line) + "\n")
            except OSError as error:
                raise UnwritableError(self.path, str(error.strerror)) from None
            for watcher in self.watchers:
                watcher(line)


def read_log(run: Path, begun: bool = False) -> list[dict[str, Any]]:
    """Read all lines of a run's log.

    Args:
        run: the run folder.
        begun: the caller needs the first line, which says what the run is of.

    Returns:
        The lines in their order, each with `kind` and what else it says; at least one where `begun` is asked for.

    Raises:
        UnreadableError: there is no log, a line in it is broken (a last line cut short is left out), or none is left
            where `begun` is asked for.
    """
    path = RunFolder(run).log
    if not path.is_file():
        raise UnreadableError(f"{run}: not a run folder ({path.name} is missing)")
    try:
        texts = path.read_bytes().splitlines()
    except OSError as error:
        raise UnreadableError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    lines = []
    for number, text in enumerate(texts, 1):
        try:
            if not isinstance(line := json.loads(text), dict):
                raise ValueError
            lines.append(line)
        except ValueError:
            if number < len(texts):
                raise UnreadableError(f"{path}, line {number}: not JSON; the log was changed by hand") from None
    if begun and not lines:
        raise UnreadableError(f"{path}: no whole line in it, so the run was stopped before it began; train it anew")
    return lines
