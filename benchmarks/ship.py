"""From a finished run to what the package carries: model file, SHA-256, its run's report, speed, card.

    python benchmarks/ship.py RUN [--name release] [--figures FILE.json] [--models FOLDER]

A further model is first a line of `SHIPPED` in `gender_classifier.model_files.registry`. `FILE.json` is what
`benchmarks/release.py --out` wrote of the model.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.inference.abstention import CURVE_SUFFIX
from gender_classifier.model_files.registry import SHIPPED, shipped
from gender_classifier.system.files import atomic_path, sha256_of

MODELS = Path(__file__).parents[1] / "src" / "gender_classifier" / "model_files" / "shipped"
LIMIT = 14_000_000


def main(
    run: Path,
    figures: Annotated[Path | None, typer.Option(help="measured figures, for the card")] = None,
    name: Annotated[
        str, typer.Option(help="of the shipped model, as in gender_classifier.model_files.registry.SHIPPED")
    ] = "release",
    models: Annotated[Path, typer.Option(help="folder of the shipped models")] = MODELS,
) -> None:
    model = models / shipped(name).file
    folder = model.parent
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "gender_classifier"]
    subprocess.run([*command, "export", str(run), "--out", str(model), "--overwrite"], check=True)
    if model.stat().st_size > LIMIT:
        raise SystemExit(f"{model}: {model.stat().st_size:,} bytes, more than {LIMIT:,}")
    with atomic_path(model.with_suffix(".sha256")) as partial:
        partial.write_text(f"{sha256_of(model)}  {model.name}\n", encoding="utf-8")
    model.with_suffix(CURVE_SUFFIX).unlink(missing_ok=True)  # of an earlier release, whose metadata had none
    shutil.copy(run / "report.json", folder / "report.json")
    extra = ["--figures", str(figures)] if figures is not None else []
    if figures is not None:
        shutil.copy(figures, folder / "figures.json")
    card = ["card", str(folder / "report.json"), *extra, "--out", str(folder / "MODEL_CARD.md"), "--overwrite"]
    subprocess.run([*command, *card], check=True)
    # All shipped models anew: `models` shows them side by side, and only figures of one run compare.
    files = [models / each.file for each in SHIPPED if (models / each.file).is_file()]
    subprocess.run([sys.executable, str(Path(__file__).with_name("speed.py")), *map(str, files)], check=True)
    print(f"{model}: {model.stat().st_size:,} bytes")


if __name__ == "__main__":
    typer.run(main)
