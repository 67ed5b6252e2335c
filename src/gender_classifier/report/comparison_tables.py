"""The tables of a comparison: cells as text, and the same in CSV and LaTeX for a paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from gender_classifier.metrics.comparison import (
    METRICS,
    Comparison,
    Difference,
    Measured,
)
from gender_classifier.report.tables import p_value
from gender_classifier.system.files import atomic_path
from gender_classifier.system.texts import CsvWriter

NAMES = {
    "accuracy": "accuracy",
    "recall_female": "recall of women",
    "recall": "recall of men",
    "balanced_accuracy": "balanced acc.",
    "roc_auc": "ROC AUC",
    "ece": "ECE",
}
SIGNIFICANT = 0.05
_LOWER_IS_BETTER = ("ece",)
_PER_CENT = ("accuracy", "recall_female", "recall", "balanced_accuracy")
_MINUS = "−"


def pairs_of(comparison: Comparison) -> dict[tuple[str, str], dict[str, Difference]]:
    """Sort the differences by pair of models and metric.

    Args:
        comparison: of `metrics.comparison.compare`.

    Returns:
        By the names (a, b) of a pair: differences, b less a, by metric.
    """
    pairs: dict[tuple[str, str], dict[str, Difference]] = {}
    for difference in comparison.differences:
        pairs.setdefault((difference.a, difference.b), {})[difference.metric] = difference
    return pairs


def measured_cell(metric: str, model: Measured) -> str:
    """Write a metric with its interval.

    Args:
        metric: one of `METRICS`.
        model: its values.

    Returns:
        Per cent, `97.20 [95.2, 98.4]`; of ROC AUC and ECE 0 to 1, `0.9950 [0.991, 0.998]`.
    """
    low, high = model.intervals[metric]
    if metric in _PER_CENT:
        return f"{100 * model.values[metric]:.2f} [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{model.values[metric]:.4f} [{low:.3f}, {high:.3f}]"


def difference_cell(difference: Difference) -> str:
    """Write a difference with its interval and p value.

    Args:
        difference: of two models in one metric.

    Returns:
        `+1.26 [+0.2, +2.4], p = 0.031`: points of per cent; of ROC AUC and ECE -1 to 1. The p value is `weighed`'s.
    """
    scale, digits = (100, (2, 1)) if difference.metric in _PER_CENT else (1, (4, 3))
    low, high = (signed(scale * end, digits[1]) for end in difference.interval)
    return f"{signed(scale * difference.difference, digits[0])} [{low}, {high}], {p_value(weighed(difference))}"


def signed(value: float, digits: int) -> str:
    """Write a number with its sign, unless it is zero as printed.

    Args:
        value: the number.
        digits: after the point.

    Returns:
        Text; its minus is `−`, not a hyphen.

    Example:
        >>> signed(-1.26, 1), signed(0.004, 2)
        ('−1.3', '0.00')
    """
    text = f"{value:+.{digits}f}"
    return text[1:] if not text.strip("+-0.") else text.replace("-", _MINUS)


def weighed(difference: Difference) -> float:
    """Give the p value that counts.

    Args:
        difference: of two models in one metric.

    Returns:
        0 to 1; adjusted by Holm's correction where there are several pairs.
    """
    return difference.p if difference.adjusted is None else difference.adjusted


def best(comparison: Comparison) -> set[tuple[str, str]]:
    """Find the best model in each metric; all of them where several are equal as printed.

    Args:
        comparison: of `metrics.comparison.compare`.

    Returns:
        Pairs of a model's name and a metric: the cells that are bold.
    """
    found = set()
    for metric in METRICS:
        shown = {m.name: float(measured_cell(metric, m).split()[0]) for m in comparison.models}
        ends = (min if metric in _LOWER_IS_BETTER else max)(shown.values())
        found |= {(name, metric) for name, value in shown.items() if value == ends}
    return found


def notes(comparison: Comparison) -> list[str]:
    """Say what a reader of the tables must know.

    Args:
        comparison: of `metrics.comparison.compare`.

    Returns:
        Six notes: faces, majority baseline, units, and from the fourth on intervals, ECE and p values.
    """
    labels = comparison.faces.label
    several = len(comparison.models) > 2
    baseline = comparison.models[0].majority
    return [
        f"{labels.size} faces, {int((labels == 0).sum())} labelled women and {int((labels == 1).sum())} men; gender is "
        "what annotators perceived, in two classes.",
        f"Majority baseline: always saying {baseline.label or 'one class'} is right on {100 * baseline.share:.2f} %.",
        "Per cent, and 0 to 1 for ROC AUC and ECE (15 bins of equal mass; lower is better); bold: a column's best.",
        f"Intervals at 95 %: Wilson's where images are counted, else, and for differences, a bootstrap of "
        f"{comparison.draws} draws of the same images for all models, women and men apart.",
        "Drawing again adds to the ECE, most where it is small: its intervals lie high, and its differences show less.",
        "P values, two-sided: McNemar's exact test for accuracy and the recalls, the bootstrap's for the rest"
        + (
            "; by Holm's correction over the pairs, metric by metric."
            if several
            else "; not corrected for the metrics."
        ),
    ]


def write_csv(comparison: Comparison, path: Path) -> None:
    """Write a row for each model and metric, then one for each pair and metric, as CSV.

    Args:
        comparison: of `metrics.comparison.compare`.
        path: file to write. Values are from 0 to 1, not rounded; of a pair, that of `model` less that of the model in
            the column `less`.
    """
    columns = ("model", "less", "metric", "value", "low", "high", "test", "p", "p_holm", "only_model", "only_less")
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as handle:
        writer = CsvWriter(handle)
        writer.writerow(columns)
        for model in comparison.models:
            for metric in METRICS:
                writer.writerow([model.name, "", metric, model.values[metric], *model.intervals[metric]] + [""] * 5)
        for d in comparison.differences:
            tested = ["" if value is None else value for value in (d.adjusted, d.only_b, d.only_a)]
            writer.writerow([d.b, d.a, d.metric, d.difference, *d.interval, d.test, d.p, *tested])


def write_latex(comparison: Comparison, path: Path) -> None:
    """Write both tables for a paper, models and differences, as LaTeX.

    Args:
        comparison: of `metrics.comparison.compare`.
        path: file to write; the paper's preamble needs the packages booktabs and graphicx.
    """
    lines = [r"% \usepackage{booktabs,graphicx}"]
    bold = best(comparison)
    rows = [
        [_tex(m.name), *(_boldly(_tex(measured_cell(k, m)), (m.name, k) in bold) for k in METRICS)]
        for m in comparison.models
    ]
    lines += _table("Models compared", ["model", *NAMES.values()], rows, notes(comparison))
    differences = [
        [f"{_tex(b)} less {_tex(a)}", *(_tex(difference_cell(by[metric])) for metric in METRICS)]
        for (a, b), by in pairs_of(comparison).items()
    ]
    lines += ["", *_table("Differences", ["models", *NAMES.values()], differences, notes(comparison)[3:])]
    with atomic_path(path) as partial:
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]], said: Sequence[str]) -> Iterator[str]:
    yield from (r"\begin{table}", r"\centering", rf"\caption{{{title}. {_tex(' '.join(said))}}}")
    yield from (r"\resizebox{\linewidth}{!}{%", rf"\begin{{tabular}}{{l{'r' * (len(headings) - 1)}}}", r"\toprule")
    yield " & ".join(map(_tex, headings)) + r" \\"
    yield r"\midrule"
    yield from (" & ".join(row) + r" \\" for row in rows)
    yield from (r"\bottomrule", r"\end{tabular}}", r"\end{table}")


def _boldly(text: str, really: bool) -> str:
    value, _, rest = text.partition(" ")
    return rf"\textbf{{{value}}} {rest}" if really else text


def _tex(text: str) -> str:
    special = {**{c: rf"\{c}" for c in "&%$#_{}"}, "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    special |= {"|": r"\textbar{}", ">": "$>$", "\\": r"\textbackslash{}", _MINUS: "$-$", "<": "$<$"}
    return "".join(special.get(letter, letter) for letter in text)
