"""Do corrected counts hold the true share as often as they say, and are they closer than counting labels?

    python benchmarks/counting.py --known VALID/scores.parquet --count TEST/scores.parquet
        [--facecom VAL/scores.parquet] [--facecom-known TRAIN/scores.parquet] [--figure FILE.png]

The tables are what `gender-classifier evaluate MODEL MANIFEST --out DIR` writes. Each round draws labelled faces from
`--known` (as many as it holds, with replacement), and faces of a given share of men from `--count`, whose share is then
estimated by counting labels, by the adjusted count and by EM; and how often `count` would say to quote the adjusted
count (`metrics.quoting`), and how often its interval then holds the share. Prints Markdown. Needs no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.evaluation.count import estimates
from gender_classifier.evaluation.counted import HeldOut, Model
from gender_classifier.evaluation.counted_table import Faces
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.counting import Estimate, adjusted_count, em_count, plain_count
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import confusion_at, likelihood_of
from gender_classifier.metrics.quoting import Facts, reasons
from gender_classifier.metrics.scores import Scores, read_scores
from gender_classifier.report.tables import markdown_table

SHARES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
WAYS = {"plain": "counting labels", "adjusted": "adjusted count", "em": "probabilistic (EM)"}


@dataclass(frozen=True)
class Pool:
    """Labelled faces to draw from: labels and logits, (N,)."""

    label: NDArray[np.int64]
    logit: NDArray[np.float64]

    def again(self, rng: np.random.Generator) -> Pool:
        """As many faces drawn anew."""
        rows = rng.integers(0, self.label.size, self.label.size)
        return Pool(self.label[rows], self.logit[rows])

    def of_share(self, share: float, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Logits of `count` faces out of a population with `share` of men."""
        men = rng.binomial(count, share)
        return np.concatenate(
            [rng.choice(self.logit[self.label == label], number) for label, number in ((1, men), (0, count - men))]
        )


@dataclass(frozen=True)
class Cell:
    """One way to count at one share, over all rounds: shares from 0 to 1, all but `covered` in units of shares."""

    mean: float
    error: float
    covered: float
    width: float


@dataclass(frozen=True)
class Quoted:
    """Rounds at one share, rounds in which the adjusted count may be quoted, and those of them that hold the share."""

    rounds: int
    quotable: int
    covered: int


def pool(path: Path) -> Pool:
    """The labelled single-view rows of a scores table."""
    scores: Scores = read_scores(path).select(view="identity")
    scores = scores.take(scores.label >= 0)
    if not 0 < scores.label.sum() < len(scores):
        raise UserError(f"{path}: labelled faces of both genders are needed")
    return Pool(scores.label, scores.logit)


def one_round(known: Pool, logits: NDArray[np.float64], cut: float, draws: int, seed: int) -> dict[str, Estimate]:
    """The three estimates of the share of men behind `logits`."""
    said, faces = int((logits >= cut).sum()), logits.size
    likelihood = likelihood_of(known.label, known.logit)
    assert likelihood is not None
    confusion = confusion_at(known.label, known.logit, cut)
    return {
        "plain": plain_count(said, faces),
        "adjusted": adjusted_count(said, faces, confusion, draws=draws, seed=seed),
        "em": em_count(logits, likelihood, draws=draws, seed=seed),
    }


def quotable(found: dict[str, Estimate], known: Pool, logits: NDArray[np.float64], rule: DecisionRule) -> bool:
    """Whether `count` would say to quote the adjusted count, were the errors the model's own."""
    uncertain, there = (1 - float(rule.answered(z).mean()) for z in (logits, known.logit))
    confusion = confusion_at(known.label, known.logit, rule.threshold)
    facts = Facts(logits.size, logits.size, logits.size, 0, uncertain, there, confusion, own=False)
    return not any(reason.forbids for reason in reasons(facts, found["plain"], found["adjusted"], found["em"]))


def measure(
    known: Pool, counted: Pool, rule: DecisionRule, faces: int, rounds: int, draws: int
) -> tuple[dict[float, dict[str, Cell]], dict[float, Quoted]]:
    """Each way at each share: mean estimate, mean distance from the share, how often intervals hold it, their width.

    And in how many rounds the adjusted count may be quoted.
    """
    rng = np.random.default_rng(0)
    table, quoted = {}, {}
    for share in SHARES:
        found: dict[str, list[Estimate]] = {way: [] for way in WAYS}
        may: list[bool] = []
        for seed in range(rounds):
            labelled, logits = known.again(rng), counted.of_share(share, faces, rng)
            estimated = one_round(labelled, logits, rule.threshold, draws, seed)
            for way, estimate in estimated.items():
                found[way].append(estimate)
            may.append(quotable(estimated, labelled, logits, rule))
        table[share] = {way: _cell(each, share) for way, each in found.items()}
        held = [low <= share <= high for low, high in (estimate.interval for estimate in found["adjusted"])]
        quoted[share] = Quoted(rounds, sum(may), sum(h and m for h, m in zip(held, may, strict=True)))
    return table, quoted


def _cell(each: list[Estimate], share: float) -> Cell:
    shares = np.array([estimate.share for estimate in each])
    low, high = np.array([estimate.interval for estimate in each]).T
    covered = float(((low <= share) & (share <= high)).mean())
    return Cell(float(shares.mean()), float(np.abs(shares - share).mean()), covered, float((high - low).mean()))


def lines(table: dict[float, dict[str, Cell]]) -> list[str]:
    """Markdown: mean distance from the true share in points, and how often intervals hold it, in per cent."""
    headings = ["men, %", *(f"{name}: {what}" for name in WAYS.values() for what in ("off by", "covered, %"))]
    rows = []
    for share, cells in table.items():
        shown = [(100 * c.error, 100 * c.covered) for c in (cells[way] for way in WAYS)]
        rows.append([f"{100 * share:g}", *(f"{value:.1f}" for both in shown for value in both)])
    means = [f"{100 * np.mean([cells[way].covered for cells in table.values()]):.1f}" for way in WAYS]
    off = [f"{100 * np.mean([cells[way].error for cells in table.values()]):.1f}" for way in WAYS]
    rows.append(["all", *(cell for o, c in zip(off, means, strict=True) for cell in (o, c))])
    return markdown_table(headings, rows, left=0)


def quoted_line(quoted: dict[float, Quoted]) -> str:
    """One sentence over all shares."""
    rounds, may, held = (
        sum(getattr(each, name) for each in quoted.values()) for name in ("rounds", "quotable", "covered")
    )
    then = f"; then its interval holds the share in {100 * held / may:.1f} %" if may else ""
    return f"The adjusted count may be quoted in {100 * may / rounds:.1f} % of {rounds} rounds{then}."


def as_it_is(known: Pool, counted: Pool, model: Model) -> list[str]:
    """Markdown: what `gender-classifier count` says of the pool as it is, beside its labels."""
    confusion = confusion_at(known.label, known.logit, model.cut)
    held_out = HeldOut(confusion, likelihood_of(known.label, known.logit), "labelled faces")
    names = np.arange(counted.label.size).astype(str)
    faces = Faces(names, counted.logit, counted.label, model.rule.answered(counted.logit))
    rows = list(estimates(faces, model, held_out))
    truth = rows[-1].estimate.share
    cells = []
    for row in rows:
        share, (low, high) = row.estimate.share, row.estimate.interval
        interval = f"{100 * low:.1f} to {100 * high:.1f}" if low < high else ""
        cells.append([row.method, str(row.faces), f"{100 * share:.1f}", interval, f"{100 * (share - truth):+.1f}"])
    return markdown_table(("count", "faces", "men, %", "95 %", "off by, points"), cells, left=1)


def draw(table: dict[float, dict[str, Cell]], faces: int, known: int, path: Path) -> None:
    """Left, how far each way is off; right, how often its interval holds the true share."""
    from gender_classifier.report.style import (
        BLACK,
        BLUE,
        GREEN,
        VERMILION,
        figure_style,
        new_figure,
        save,
    )

    with figure_style():
        figure = new_figure(4.4)
        left, right = figure.subplots(1, 2)
        x = [100 * share for share in table]
        looks = {"plain": (VERMILION, "s", "--"), "adjusted": (BLUE, "o", "-"), "em": (GREEN, "^", "-.")}
        for way, (colour, marker, line) in looks.items():
            cells = [table[share][way] for share in table]
            style = {"color": colour, "marker": marker, "markersize": 5, "linestyle": line}
            off = [100 * (cell.mean - share) for cell, share in zip(cells, table, strict=True)]
            left.plot(x, off, label=WAYS[way], **style)
            right.plot(x, [100 * cell.covered for cell in cells], **style)
        half = [50 * table[share]["adjusted"].width for share in table]
        left.fill_between(
            x, [-h for h in half], half, color=BLUE, alpha=0.12, label="width of the adjusted count's interval"
        )
        left.axhline(0, color=BLACK, linewidth=1)
        left.set(xlabel="true share of men, %", ylabel="points", title="Mean estimate less the truth")
        right.axhline(95, color=BLACK, linewidth=1, linestyle=":", label="95 % as stated")
        right.set(xlabel="true share of men, %", ylabel="%", ylim=(-3, 103), title="Intervals that hold the truth")
        handles = [axis.get_legend_handles_labels() for axis in (left, right)]
        figure.legend(*(a + b for a, b in zip(*handles, strict=True)), loc="outside lower center", ncols=3)
        figure.suptitle(f"Counting {faces} FairFace test faces; errors known from {known} others; perceived gender")
        save(figure, path)


def main(
    known: Annotated[Path, typer.Option(help="scores of labelled faces that tell the errors: FairFace's valid")],
    count: Annotated[Path, typer.Option(help="scores of labelled faces to count: FairFace's test")],
    facecom: Annotated[Path | None, typer.Option(help="scores of FACECOM's val, aligned crops")] = None,
    facecom_known: Annotated[Path | None, typer.Option(help="of FACECOM's train, as labelled faces of its own")] = None,
    model: Annotated[
        str | None, typer.Option(help="model that scored them, name or file; none: the released one")
    ] = None,
    faces: Annotated[int, typer.Option(min=10, help="counted in a round")] = 1000,
    rounds: Annotated[int, typer.Option(min=10, help="a share; of FACECOM a quarter")] = 200,
    draws: Annotated[int, typer.Option(min=50, help="of the bootstrap")] = 300,
    figure: Annotated[Path | None, typer.Option(help="PNG to write")] = None,
) -> None:
    classifier = GenderClassifier(model, threads=1)
    used = Model(classifier.path, classifier.metadata, tta=False)
    errors, test = pool(known), pool(count)
    table, quoted = measure(errors, test, used.rule, faces, rounds, draws)
    print(
        f"Gender is what annotators perceived, in two classes. {rounds} rounds a share, {faces} faces each; of FACECOM"
    )
    print("a quarter of the rounds. Off by: mean distance, points; covered: intervals at 95 % that hold the share.\n")
    print(*lines(table), "", quoted_line(quoted), "", sep="\n")
    if figure is not None:
        draw(table, faces, errors.label.size, figure)
    for name, path in (("the model's own", known), ("FACECOM train's", facecom_known)):
        if facecom is None or path is None:
            continue
        print(f"FACECOM val as it is, errors {name}:\n", *as_it_is(pool(path), pool(facecom), used), "", sep="\n")
        other, quoted = measure(pool(path), pool(facecom), used.rule, faces, max(10, rounds // 4), draws)
        print(f"FACECOM val drawn at other shares, errors {name}:\n", *lines(other), "", sep="\n")
        print(quoted_line(quoted), "\n")


if __name__ == "__main__":
    typer.run(main)
