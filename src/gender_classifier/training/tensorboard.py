"""A run's log as TensorBoard event files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gender_classifier.runs.folder import RunFolder


class TensorBoardWatcher:
    """Writes the numbers of the log's lines to TensorBoard event files in `RUN/tensorboard`; called with each line.

    Args:
        run: the run folder.
    """

    def __init__(self, run: Path) -> None:
        from torch.utils.tensorboard import SummaryWriter

        self.writer = SummaryWriter(RunFolder(run).tensorboard)

    def __call__(self, line: dict[str, Any]) -> None:
        step = line.get("global_step", line.get("epoch", 0))
        self._scalars(line["kind"], line, step)
        self.writer.flush()

    def _scalars(self, prefix: str, values: dict[str, Any], step: int) -> None:
        for key, value in values.items():
            if isinstance(value, dict):
                self._scalars(f"{prefix}/{key}", value, step)
            elif isinstance(value, int | float) and not isinstance(value, bool) and key not in ("epoch", "step"):
                self.writer.add_scalar(f"{prefix}/{key}", value, step)
