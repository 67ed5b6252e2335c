"""The results table Phase x TTA, for the terminal and as cells for Markdown, and the sentences beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gender_classifier.metrics.majority import Majority, beside_majority
from gender_classifier.metrics.thresholds import AUTO, UNEVEN

HEADINGS = (
    "phase",
    "TTA",
    "n",
    "accuracy [95 %]",
    "precision [95 %]",
    "recall [95 %]",
    "F1",
    "recall of women [95 %]",
    "balanced acc.",
    "ROC AUC",
    "threshold",
    "chosen on",
)
NARROW_HEADINGS = ("phase", "TTA", "n", "acc.", "95 %", "prec.", "recall", "F1", "women", "bal.", "AUC", "cut")
NONE = "–"


def percent(value: float | None) -> str:
    """A share as percent with two decimals; a dash where it is undefined."""
    return NONE if value is None else f"{100 * value:.2f}"


def with_interval(value: float | None, interval: Sequence[float] | None) -> str:
    """A share as percent with its interval."""
    if value is None or interval is None:
        return NONE
    return f"{percent(value)} [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def cells(row: dict[str, Any], at_half: bool = False) -> list[str]:
    """A row of the report as text, in the order of `HEADINGS`, or its figures at the threshold 0.5."""
    at = row["at_half"] if at_half else row
    auc = NONE if at["roc_auc"] is None else f"{at['roc_auc']:.4f}"
    return [
        row["phase"],
        row["tta"],
        str(at["count"]),
        with_interval(at["accuracy"], at["intervals"]["accuracy"]),
        with_interval(at["precision"], at["intervals"]["precision"]),
        with_interval(at["recall"], at["intervals"]["recall"]),
        percent(at["f1"]),
        with_interval(at["recall_female"], at["intervals"]["recall_female"]),
        percent(at["balanced_accuracy"]),
        auc,
        "0.500" if at_half else f"{row['threshold']:.3f}",
        NONE if at_half else row["chosen_on"],
    ]


def narrow_cells(row: dict[str, Any], at_half: bool = False) -> list[str]:
    """The same for `NARROW_HEADINGS`: what fits 80 columns."""
    at = row["at_half"] if at_half else row
    low, high = at["intervals"]["accuracy"]
    shares = ("precision", "recall", "f1", "recall_female", "balanced_accuracy")
    return [
        row["phase"],
        "on" if row["tta"] == "enabled" else "off",
        str(at["count"]),
        _five(at["accuracy"]),
        f"{100 * low:.1f}–{_four(high)}",
        *(_five(at[name]) for name in shares),
        NONE if at["roc_auc"] is None else f"{at['roc_auc']:.3f}",
        "0.500" if at_half else f"{row['threshold']:.3f}",
    ]


def _five(value: float | None) -> str:
    return percent(value)[:5]


def _four(value: float) -> str:
    return f"{100 * value:.1f}"[:4].removesuffix(".")


def quoted_rows(protocol: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The result that is worth quoting: validation, with TTA if that was chosen; empty where there is none."""
    mode = "enabled" if protocol["tta"] and protocol["tta"]["chosen"] else "disabled"
    return [row for row in protocol["rows"] if (row["split"], row["tta"]) == ("val", mode)]


def baseline_sentence(rows: Sequence[Mapping[str, Any]]) -> str:
    """What always saying the larger class reaches on each split of a protocol's rows."""
    shares: dict[str, Majority] = {}
    for row in rows:
        shares.setdefault(row["phase"], beside_majority(row))
    said = (f"{phase} {percent(majority.share)} % ({_which(majority)})" for phase, majority in shares.items())
    return f"Majority baseline, the accuracy of always saying the larger class: {', '.join(said)}."


def _which(majority: Majority) -> str:
    if majority.verdict is None:
        return f"{majority.label}, the only class"
    chance = f"; the lead may be chance, McNemar's {p_value(majority.p)}" if majority.verdict == "not shown" else ""
    return f"{majority.label or 'either'}{chance}"


def warnings_of(report: Mapping[str, Any]) -> list[str]:
    """For each protocol whose quoted result is no better than the majority baseline, a sentence that says so."""
    found = []
    for protocol in report["protocols"]:
        for row in quoted_rows(protocol):
            if text := majority_warning(row):
                name = protocol["name"]
                found.append(f"{name[0].upper()}{name[1:]}: {text}" if len(report["protocols"]) > 1 else text)
    return found


def majority_warning(row: Mapping[str, Any]) -> str:
    """A sentence where a model is no better than always saying the larger class; else empty.

    Args:
        row: `tp`, `fp`, `tn`, `fn`, and `accuracy` and `balanced_accuracy` from 0 to 1.
    """
    majority = beside_majority(row)
    if majority.verdict != "no better":
        return ""
    label = majority.label or "one class"
    count = row["tp"] + row["fp"] + row["tn"] + row["fn"]
    return (
        f"NO BETTER than always saying {label}: accuracy {percent(row['accuracy'])} %, always saying {label} "
        f"{percent(majority.share)} % of these {count} images; balanced accuracy "
        f"{percent(row['balanced_accuracy'])} %, always saying {label} 50 %."
    )


def threshold_sentence(protocol: Mapping[str, Any]) -> str:
    """Where the thresholds come from."""
    metric = protocol["threshold_metric"].replace("_", " ")
    if protocol["swept"]:
        where = f"all scores of `{protocol['chosen_on']}`"
        with_tta = ", with TTA on TTA scores" if protocol["tta"] is not None else ""
        equals = ""
        if protocol["threshold_tolerance"] > 0:
            within = f"{protocol['threshold_tolerance']:g} standard errors"
            equals = f" Of all cuts within {within} of the best the one nearest to 0.5 is taken."
        why = ""
        if protocol.get("threshold_asked") == AUTO:
            few = "at least" if metric == "accuracy" else "less than"
            why = f" (`auto`: the smaller class is {few} {100 * UNEVEN:.0f} % there)"
        return f"Thresholds: swept over {where} for the best {metric}{why}{with_tta}.{equals}"
    return "Thresholds: fixed beforehand, not chosen on these scores."


def tta_sentence(protocol: Mapping[str, Any]) -> str:
    """Whether TTA is used, and whether it helped on validation; empty where it was not tried."""
    tta = protocol["tta"]
    if tta is None:
        return ""
    verdict = {True: "used", False: "not used", None: "both shown"}[tta["chosen"]]
    if tta["chosen"] is not None:
        comparison = "better" if tta["chosen"] else "not better"
        verdict += f", because it is {comparison} on `{protocol['chosen_on']}`"
    text = f"TTA ({', '.join(protocol['views'])}): {verdict}."
    if tta["p"] is None:
        return text
    helped = "a difference" if tta["p"] < 0.05 else "no evidence of a difference"
    text += (
        f" Of the validation images {tta['only_with']} are right only with it and {tta['only_without']} only "
        f"without: {helped} at 5 % (McNemar's exact test, {p_value(tta['p'])})."
    )
    half = tta["at_half"]
    return f"{text} With both at 0.5: {half['only_with']} and {half['only_without']}, {p_value(half['p'])}."


def p_value(p: float) -> str:
    """As texts print it: never as zero."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> list[str]:
    """Lines of a Markdown table; the first `left` columns left, the others right."""
    rule = ["---" if i < left else "--:" for i in range(len(headings))]
    return [f"| {' | '.join(row)} |" for row in (headings, rule, *rows)]


def terminal_table(report: dict[str, Any]) -> Group:
    """The tables of all protocols, for rich; they fit 80 columns."""
    warnings = warnings_of(report)
    parts: list[RenderableType] = [Text(f"\n{line}", style="bold red") for line in warnings]
    for protocol in report["protocols"]:
        parts += [Text(f"\n{protocol['name']}: {protocol['note']}".rstrip(": "), style="bold"), _table(protocol)]
        said = (baseline_sentence(protocol["rows"]), threshold_sentence(protocol), tta_sentence(protocol))
        parts += [Text(line) for line in said if line]
    parts.append(Text(f"\nMale is positive; percent; Wilson intervals. {report['perceived']}", style="italic"))
    return Group(*parts)


def _table(protocol: dict[str, Any]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for heading in NARROW_HEADINGS:
        table.add_column(heading, justify="left" if heading in ("phase", "TTA") else "right", no_wrap=True)
    for at_half in (False, True):
        for row in protocol["rows"]:
            table.add_row(*narrow_cells(row, at_half))
        table.add_section()
    return table
