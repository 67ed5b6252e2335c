"""The site's gallery: the figures of a whole run, taken from a run that is finished, or from one on drawn faces.

    python benchmarks/gallery.py RUN --what TEXT     # a finished run, on TEXT; only figures that show no face
    python benchmarks/gallery.py --drawn FOLDER      # draws faces, trains on them into FOLDER/run, takes all figures

Figures go into `docs/gallery`, in 64 colours, and `docs/gallery/run.json` says of which run they are.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from PIL import Image

from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.report.card import WITHOUT_FACES
from gender_classifier.runs.folder import RunFolder
from gender_classifier.system.files import atomic_path

GALLERY = Path(__file__).resolve().parents[1] / "docs" / "gallery"
COLOURS = 64
DRAWN = "faces that the package draws, in two classes told apart by their cloth"
SETTINGS = (
    "model.width=0.7",
    "model.depth=0.7",
    "optimizer.layer_decay=0.95",
    "train.epochs=24",
    "train.log_every=2",
    "stopping.patience=4",
)
"""Of the run on drawn faces, beside the recipe `demo`: a smaller network, and epochs enough that it stops early."""


def train_on_drawn(folder: Path) -> Path:
    """Draw faces in two classes and train on them, unless that is done; gives the run's folder."""
    run = folder / "run"
    if not RunFolder(run).finished:
        draw_dataset(folder / "faces")
        command = [sys.executable, "-m", "gender_classifier", "train", str(folder / "faces"), "--out", str(run)]
        command += ["--config", "demo", *(part for change in SETTINGS for part in ("--set", change))]
        subprocess.run([*command, *(["--resume"] if run.is_dir() else [])], check=True)
    return run


def small(source: Path, target: Path) -> None:
    """Write a figure in few colours: a page's figures need no more, and a third of the bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(target) as partial:
        picture = Image.open(source).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        picture.save(partial, "PNG", optimize=True)


def about(run: Path, drawn: bool, what: str) -> dict[str, Any]:
    """What the page says of the run: what it learnt from, and what came of it."""
    report = json.loads(RunFolder(run).report.read_text(encoding="utf-8"))
    context = report["context"]
    row = next(r for r in report["protocols"][0]["rows"] if (r["split"], r["tta"]) == ("val", "disabled"))
    return {
        "drawn": drawn,
        "recipe": context["recipe"],
        "what": what or (DRAWN if drawn else context["data"][0]),
        "counts": context["counts"],
        "size": context["size"],
        "epochs": context["epochs"],
        "planned": context["config"]["train"]["epochs"],
        "kept": context["best_epoch"] + 1,
        "reason": context["reason"],
        "accuracy": row["accuracy"],
        "count": row["count"],
    }


def main(
    run: Annotated[Path | None, typer.Argument(help="a finished run")] = None,
    drawn: Annotated[Path | None, typer.Option(help="folder for drawn faces and a run on them")] = None,
    what: Annotated[str, typer.Option(help="what the run is on, for the page; none: its data's name")] = "",
    out: Path = GALLERY,
) -> None:
    if (run is None) == (drawn is None):
        raise SystemExit("name a finished run, or --drawn FOLDER")
    taken = run or train_on_drawn(drawn or Path())
    names = set(WITHOUT_FACES) | ({"example.png", "mistakes.png"} if drawn else set())
    for old in out.glob("*.png"):
        old.unlink()
    for name in sorted(names):
        figure = RunFolder(taken).path / "figures" / name
        if figure.is_file():
            small(figure, out / name)
    if drawn:
        small(RunFolder(taken).augmentation, out / "augmentation.png")
    text = json.dumps(about(taken, drawn is not None, what), indent=1, ensure_ascii=False)
    (out / "run.json").write_text(text + "\n", encoding="utf-8")
    print("\n".join(f"{path.name}: {path.stat().st_size / 1000:.0f} kB" for path in sorted(out.iterdir())))


if __name__ == "__main__":
    typer.run(main)
