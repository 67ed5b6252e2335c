"""Whether two source trees behave the same: rows of `predict`, and the figures of `evaluate`'s report.

    python benchmarks/same_behaviour.py OLD/src NEW/src --photos FACECOM/val --photos FAIRFACE --labelled FACECOM/val

Ends with exit code 1 where anything differs. For changes that move code and must not change an answer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

CHANGING = frozenset({"seconds", "versions", "device", "date", "made", "path", "folder"})
"""Keys of a report that tell of the run and not of the model."""


def call(source: Path, *arguments: str | Path) -> None:
    """Run the command line of one source tree; ends this script where that fails."""
    environment = {**os.environ, "PYTHONPATH": str(source.resolve())}
    command = [sys.executable, "-m", "gender_classifier", *map(str, arguments)]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def figures(value: Any) -> Any:
    """Give the numbers of a report, by their keys, without what tells of the run; words may change."""
    if isinstance(value, dict):
        return {key: figures(each) for key, each in value.items() if key not in CHANGING}
    if isinstance(value, list):
        return [figures(each) for each in value]
    return value if isinstance(value, int | float) else None


def main(
    trees: Annotated[list[Path], typer.Argument(help="two folders that hold the package")],
    photos: Annotated[list[Path] | None, typer.Option(help="images or folders to predict; may be repeated")] = None,
    labelled: Annotated[list[Path] | None, typer.Option(help="labelled crops to evaluate on; may be repeated")] = None,
) -> None:
    """Compare two source trees; a line a folder."""
    same = True
    with tempfile.TemporaryDirectory() as folder:
        for number, source in enumerate(photos or ()):
            tables = [Path(folder) / f"rows{number}-{side}.csv" for side in (0, 1)]
            for tree, table in zip(trees, tables, strict=True):
                call(tree, "predict", source, "-r", "--out", table)
            texts = [table.read_bytes() for table in tables]
            same &= texts[0] == texts[1]
            print(
                f"predict {source}: {texts[0].count(10) - 1} rows, {'the same' if texts[0] == texts[1] else 'DIFFER'}"
            )
        for number, source in enumerate(labelled or ()):
            outs = [Path(folder) / f"evaluation{number}-{side}" for side in (0, 1)]
            for tree, out in zip(trees, outs, strict=True):
                call(tree, "evaluate", "release", source, "--out", out)
            reports = [figures(json.loads((out / "report.json").read_text(encoding="utf-8"))) for out in outs]
            same &= reports[0] == reports[1]
            print(f"evaluate {source}: the report's figures {'are the same' if reports[0] == reports[1] else 'DIFFER'}")
    raise typer.Exit(0 if same else 1)


if __name__ == "__main__":
    typer.run(main)
