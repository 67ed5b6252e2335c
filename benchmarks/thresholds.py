"""Which cut serves other images best when few are there to choose it on? Rules of the sweep beside one another.

    python benchmarks/thresholds.py SCORES [--split choose] [--metric balanced_accuracy] [--draws 60]

SCORES is a table that `evaluate` or `train` wrote, of labelled images that the model has not learnt from (FairFace's
valid, say). Again and again some women and men are drawn, each rule chooses a cut on them, and the rest says what the
cut is worth, at the share of women that was drawn. The same draws for all rules. The scores are moved as well, as those
of a network would be that is not right at 0.5, and pushed apart, as on easier images.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from gender_classifier.metrics.classification import mean_interval
from gender_classifier.metrics.scores import read_scores
from gender_classifier.metrics.thresholds import OfEquals, sweep, value_of

RULES: dict[str, tuple[float, OfEquals]] = {
    "the best cut": (0.0, "half"),
    "1 standard error, nearest 0.5": (1.0, "half"),
    "1 standard error, the middle": (1.0, "middle"),
    "2 standard errors, the middle": (2.0, "middle"),
    "3 standard errors, the middle": (3.0, "middle"),
}
DRAWN = ((10, 40), (39, 153), (10, 190), (100, 100), (400, 600))
"""Women and men to choose on; the second is FACECOM's."""
MOVED = (0.0, 1.0, 2.0)
APART = (0.0, 1.2)
Numbers = NDArray[np.float64]
Labels = NDArray[np.int64]


def worth(labels: Labels, logits: Numbers, cut: float, metric: str, women: float) -> float:
    """The metric at a cut, on images weighed so that `women` of them, 0 to 1, show women."""
    false, true = ((logits[labels == label] >= cut).mean() for label in (0, 1))
    men = 1 - women
    return value_of(metric, men * true, women * false, women * (1 - false), men * (1 - true))


def draws(
    labels: Labels, logits: Numbers, women: int, men: int, count: int
) -> Iterator[tuple[Labels, Numbers, Labels, Numbers]]:
    """Labels and logits to choose on, and those of the rest."""
    rng = np.random.default_rng(0)
    for _ in range(count):
        chosen = np.zeros(len(labels), bool)
        for label, wanted in ((0, women), (1, men)):
            chosen[rng.choice(np.flatnonzero(labels == label), wanted, replace=False)] = True
        yield labels[chosen], logits[chosen], labels[~chosen], logits[~chosen]


def main(
    scores: Path,
    metric: str = "balanced_accuracy",
    split: Annotated[str, typer.Option(help="of the table")] = "choose",
    count: Annotated[int, typer.Option("--draws", min=2)] = 60,
) -> None:
    table = read_scores(scores)
    single = table.select(split, "identity")
    labels, given = single.label.astype(np.int64), single.logit.astype(np.float64)
    print(f"| women + men | {' | '.join(RULES)} |\n|---|{'--:|' * len(RULES)}")
    best, *others = RULES
    all_gains: dict[str, list[float]] = {name: [] for name in others}
    for women, men in DRAWN:
        values: dict[str, list[float]] = {name: [] for name in RULES}
        for apart in APART:
            for moved in MOVED:
                logits = given + apart * (2 * labels - 1) + moved
                for y, z, other_y, other_z in draws(labels, logits, women, men, count):
                    for name, (tolerance, of_equals) in RULES.items():
                        cut = sweep(y, z, metric, tolerance=tolerance, of_equals=of_equals).logit
                        values[name].append(worth(other_y, other_z, cut, metric, women / (women + men)))
        base = np.array(values[best])
        cells = [f"{100 * base.mean():.2f}"]
        for name in others:
            gains = np.array(values[name]) - base
            all_gains[name] += gains.tolist()
            mean, half = mean_interval(gains.tolist())
            cells.append(f"{100 * mean:+.2f} ± {100 * half:.2f}")
        print(f"| {women} + {men} | {' | '.join(cells)} |", flush=True)
    means = [f"{100 * np.mean(gains):+.2f}" for gains in all_gains.values()]
    print(f"| all | | {' | '.join(means)} |")


if __name__ == "__main__":
    typer.run(main)
