"""What is an input size worth? Accuracy and crops a second at each, all layers trained at it: a table, a figure.

    python benchmarks/sizes.py FAIRFACE/manifest.csv --init MODEL --out RUNS --size 64 --size 128 --size 224
        [--images 4000] [--exclude EXCLUDE.txt] [--set SECTION.KEY=VALUE ...] [--figure sizes.png]

Each size is trained for one epoch on the same images of train, from the same weights (`RUNS/64`; a finished run is
read, another trained or resumed), so that no size keeps the advantage of being the one that the weights come from. A
quarter of valid chooses the thresholds, the rest is judged; test is not opened. Speed is one core's, by the processor's
time, the sizes in turn in every round.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from _runs import row, trained
from _splits import evenly_spaced
from gender_classifier import CLASS_NAMES
from gender_classifier.data.samples import read_exclusions
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.report.style import BLUE, figure_style, new_figure, save
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.report import Row
from gender_classifier.system.files import atomic_path
from speed import crops_a_second

ONE_EPOCH = (
    "train.epochs=1",
    "stopping.enabled=false",
    "data.progressive=[]",
    "tta.enabled=false",
    "train.report_on=100",
    "threshold.tolerance=2",  # a thousand images to choose on
    "threshold.of_equals=middle",
)
COLUMNS = ("size, px", "accuracy [95 %]", "recall of women", "recall of men", "ROC AUC", "crops a second")


def parts(manifest: Path, images: int, excluded: Sequence[str]) -> list[dict[str, str]]:
    """Every run's manifest: some of train to learn from, a quarter of valid to choose on, the rest to be judged."""
    left_out = set(excluded)
    splits = [(s, "train") for s in evenly_spaced(manifest, "train", images) if s.name not in left_out]
    judged = evenly_spaced(manifest, "valid", 10**9)
    splits += [(sample, "test" if index % 4 else "valid") for index, sample in enumerate(judged)]
    return [
        {**sample.extra, "path": str(sample.path.resolve()), "split": split, "gender": CLASS_NAMES[sample.label]}
        for sample, split in splits
    ]


def write_parts(rows: Sequence[dict[str, str]], path: Path) -> None:
    """Write that manifest."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def speeds(models: Sequence[Path], rounds: int) -> list[float]:
    """Crops a second of each model."""
    return crops_a_second([GenderClassifier(model, threads=1) for model in models], crops=64, rounds=rounds)


def line(size: int, judged: Row, rate: float) -> str:
    """A row of the table, in per cent but for the rate."""
    low, high = judged.intervals.accuracy
    cells = [str(size), f"{100 * judged.accuracy:.2f} [{100 * low:.1f}–{100 * high:.1f}]"]
    cells += [f"{100 * value:.2f}" for value in (judged.recall_female, judged.recall, judged.roc_auc)]
    return f"| {' | '.join([*cells, f'{rate:.0f}'])} |"


def draw(sizes: Sequence[int], rows: Sequence[Row], rates: Sequence[float], path: Path) -> None:
    """Accuracy, with its interval, against crops a second, a point a size."""
    below = [100 * (judged.accuracy - judged.intervals.accuracy[0]) for judged in rows]
    above = [100 * (judged.intervals.accuracy[1] - judged.accuracy) for judged in rows]
    with figure_style():
        drawn = new_figure(4.0)
        axes = drawn.subplots()
        percent = [100 * judged.accuracy for judged in rows]
        axes.errorbar(rates, percent, yerr=[below, above], marker="o", capsize=3, color=BLUE)
        for size, rate, value in zip(sizes, rates, percent, strict=True):
            axes.annotate(f"{size} px", (rate, value), (6, 5), textcoords="offset points")
        axes.set(xscale="log", xlabel="crops a second, one core", ylabel="accuracy, %")
        axes.set_xticks(rates, [f"{rate:.0f}" for rate in rates])
        axes.minorticks_off()
        save(drawn, path)


def main(
    manifest: Path,
    init: Annotated[str, typer.Option(help="starting weights of every size")],
    out: Annotated[Path, typer.Option(help="folder of run folders")],
    size: Annotated[list[int], typer.Option(help="pixels, may be repeated")],
    images: Annotated[int, typer.Option(help="of train, to learn from")] = 4000,
    exclude: Annotated[Path | None, typer.Option(help="names of images to leave out")] = None,
    config: str = "release",
    changes: Annotated[list[str], typer.Option("--set")] = [],  # noqa: B006
    rounds: Annotated[int, typer.Option(help="of the speed")] = 9,
    picture: Annotated[Path | None, typer.Option("--figure", help="PNG to write")] = None,
) -> None:
    sizes = sorted(size)
    part = out / "part.csv"
    write_parts(parts(manifest, images, read_exclusions(exclude) if exclude else []), part)
    rows = []
    for pixels in sizes:
        settings = [*ONE_EPOCH, f"data.size={pixels}", *changes]
        report = trained(part, out / str(pixels), config=config, seed=0, changes=settings, init=init)
        rows.append(row(report, "held out", "val", "disabled"))
    rates = speeds([RunFolder(out / str(pixels)).model for pixels in sizes], rounds)
    print("| " + " | ".join(COLUMNS) + " |\n|" + "--:|" * len(COLUMNS))
    for pixels, judged, rate in zip(sizes, rows, rates, strict=True):
        print(line(pixels, judged, rate))
    if picture is not None:
        draw(sizes, rows, rates, picture)


if __name__ == "__main__":
    typer.run(main)
