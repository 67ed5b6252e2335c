"""How well wrong labels are found: flips some labels of clean data and looks where the ranking puts them.

    python benchmarks/labels.py MANIFEST --split valid --limit 2000 --scores SCORES.parquet

Scores images of one split by a model that did not learn from them (or reads the table that it wrote before), flips a
share of the labels at random, each class alike, and ranks them as `gender-classifier audit` does. The data's own wrong
labels count against the ranking, so true precision is higher. Prints means and ranges over the rounds.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from _splits import SPLITS, evenly_spaced
from gender_classifier.audit.labels import find_suspects
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_groups
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.scores import Scores, read_scores, write_scores
from gender_classifier.metrics.thresholds import sigmoid


def scored(manifest: Path, split: str, limit: int, classifier: GenderClassifier) -> Scores:
    """Scores of up to `limit` images of a split, evenly spaced."""
    part = evenly_spaced(manifest, split, limit)
    m = classifier.metadata
    return score_groups(classifier, [(SPLITS[split], part)], ("identity",), m.input_size, m.fit)


def one_round(scores: Scores, male: NDArray[np.float64], share: float, rng: np.random.Generator) -> dict[str, float]:
    """Flip a share of the labels; shares of those listed that were flipped, and of those flipped that are listed."""
    flipped = np.concatenate(
        [
            rng.choice(rows, round(share * rows.size), replace=False)
            for rows in (np.flatnonzero(scores.label == label) for label in (0, 1))
        ]
    )
    names = set(scores.path[flipped].tolist())
    labels = scores.label.copy()
    labels[flipped] = 1 - labels[flipped]
    found = find_suspects(Scores(**{**scores.columns(), "label": labels}), male)
    count = len(names)
    lists = {
        "confident": [s.path for s in found if s.confident],
        "as many as flipped": [s.path for s in found[:count]],
        "twice as many": [s.path for s in found[: 2 * count]],
        "all listed": [s.path for s in found],
    }
    result: dict[str, float] = {}
    for name, listed in lists.items():
        hits = len(names & set(listed))
        result |= {f"{name}: listed": len(listed), f"{name}: precision": hits / max(1, len(listed))}
        result[f"{name}: recall"] = hits / count
    return result


def main(
    manifest: Path,
    scores: Annotated[Path, typer.Option(help="table to write, or to read where it is there")],
    split: Annotated[str, typer.Option(help="train, valid or test")] = "valid",
    limit: Annotated[int, typer.Option(help="so many images")] = 2000,
    share: Annotated[float, typer.Option(help="of labels to flip")] = 0.03,
    rounds: Annotated[int, typer.Option(help="seeds")] = 20,
    model: Annotated[str | None, typer.Option(help="name or file; none: the released one")] = None,
    threads: Annotated[int | None, typer.Option(help="threads; none: all cores")] = None,
) -> None:
    classifier = GenderClassifier(model, threads=threads)
    if not scores.is_file():
        write_scores(scored(manifest, split, limit, classifier), scores)
    table = read_scores(scores)
    table = Scores(**{name: column for name, column in table.columns().items() if name not in table.extra})
    platt = classifier.metadata.calibration
    male = np.asarray(sigmoid(Calibration(platt.scale, platt.offset).apply(table.logit)), np.float64)
    right = ((male >= 0.5) == (table.label == 1)).mean()
    done = [one_round(table, male, share, np.random.default_rng(seed)) for seed in range(rounds)]
    print(f"{len(table)} images of {split}, {100 * right:.1f} % right at 0.5;", end=" ")
    print(f"{100 * share:g} % flipped, {rounds} rounds\n")
    print("| List | labels | precision | recall |\n|---|--:|--:|--:|")
    for name in dict.fromkeys(key.split(":")[0] for key in done[0]):
        cells = []
        for what in ("listed", "precision", "recall"):
            values = [each[f"{name}: {what}"] for each in done]
            low, middle, high = min(values), float(np.mean(values)), max(values)
            one = f"{middle:.0f} ({low:.0f} to {high:.0f})"
            cells.append(one if what == "listed" else f"{middle:.2f} ({low:.2f} to {high:.2f})")
        print(f"| {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    typer.run(main)
