"""The tables of a comparison: every figure in CSV and LaTeX, the best of each column, signs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from gender_classifier.metrics.comparison import METRICS, Comparison
from gender_classifier.metrics.contenders import Contender
from gender_classifier.report.comparison_tables import (
    best,
    difference_cell,
    measured_cell,
    signed,
)

from .comparing import NAMES, rows_of


def test_the_csv_has_every_figure_unrounded(written: Path, compared: tuple[list[Contender], Comparison]) -> None:
    _, comparison = compared
    rows = rows_of(written / "table.csv")
    models, differences = ([row for row in rows if bool(row["less"]) is less] for less in (False, True))
    assert [(row["model"], row["metric"]) for row in models] == [
        (m.name, k) for m in comparison.models for k in METRICS
    ]
    for row, d in zip(differences, comparison.differences, strict=True):
        assert (row["model"], row["less"], row["metric"], float(row["value"])) == (d.b, d.a, d.metric, d.difference)
        assert (float(row["low"]), float(row["high"]), float(row["p"])) == (*d.interval, d.p)
        assert row["p_holm"] == ("" if d.adjusted is None else str(d.adjusted))
        assert row["only_model"] == ("" if d.only_b is None else str(d.only_b))


def test_the_best_of_each_column_is_bold_and_ties_all_are(compared: tuple[list[Contender], Comparison]) -> None:
    _, comparison = compared
    bold = best(comparison)
    for metric in METRICS:
        printed = {m.name: float(measured_cell(metric, m).split()[0]) for m in comparison.models}
        end = min(printed.values()) if metric == "ece" else max(printed.values())
        assert {name for name, key in bold if key == metric} == {n for n, value in printed.items() if value == end}
    assert (NAMES[1], "accuracy") in bold


def test_latex_is_balanced_and_escaped(written: Path, compared: tuple[list[Contender], Comparison]) -> None:
    _, comparison = compared
    text = (written / "table.tex").read_text(encoding="utf-8")
    for rule in ("toprule", "midrule", "bottomrule"):
        assert text.count(f"\\{rule}") == 2
    assert "one\\_model" in text
    assert "100\\% \\& more" in text
    assert text.isascii()
    assert text.count("\\begin{") == text.count("\\end{")
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(body) == 2 + len(comparison.models) + len(comparison.differences) // len(METRICS)
    assert {re.sub(r"\\&", "", line).count("&") for line in body} == {len(METRICS)}
    plain = re.sub(r"\\(?=[%&_])", "", text)
    assert plain.replace("$-$", "−").replace("$<$", "<").count(difference_cell(comparison.differences[0])) == 1


@pytest.mark.parametrize(
    ("value", "digits", "text"), [(0.004, 2, "0.00"), (-0.004, 2, "0.00"), (1.25, 1, "+1.2"), (-1.26, 1, "−1.3")]
)
def test_a_sign_only_where_there_is_a_difference(value: float, digits: int, text: str) -> None:
    assert signed(value, digits) == text
