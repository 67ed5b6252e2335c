"""The results table Phase x TTA, for the terminal and as cells for Markdown, and the sentences beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gender_classifier.metrics.majority import Majority, beside_majority
from gender_classifier.metrics.thresholds import AUTO, UNEVEN
from gender_classifier.runs.report import ProtocolResult, Report, Row

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
    """Give a share as percent with two decimals.

    Args:
        value: 0 to 1; None: undefined.

    Returns:
        `97.20`, say, without a sign of percent; a dash for None.
    """
    return NONE if value is None else f"{100 * value:.2f}"


def with_interval(value: float | None, interval: Sequence[float] | None) -> str:
    """Give a share as percent with its interval.

    Args:
        value: 0 to 1; None: undefined.
        interval: both ends, 0 to 1; None: undefined.

    Returns:
        `97.20 [95.2, 98.4]`, say; a dash where one of them is None.
    """
    if value is None or interval is None:
        return NONE
    return f"{percent(value)} [{100 * interval[0]:.1f}, {100 * interval[1]:.1f}]"


def cells(row: Row, at_half: bool = False) -> list[str]:
    """Give a row of the report as text, a cell for each of `HEADINGS`.

    Args:
        row: of a protocol.
        at_half: its figures at the threshold 0.5, in place of the chosen one.

    Returns:
        Shares as percent; the threshold as a probability; a dash for what is undefined.
    """
    at = row.at_half if at_half else row
    return [
        row.phase,
        row.tta,
        str(at.count),
        with_interval(*at.share("accuracy")),
        with_interval(*at.share("precision")),
        with_interval(*at.share("recall")),
        percent(at.f1),
        with_interval(*at.share("recall_female")),
        percent(at.balanced_accuracy),
        NONE if at.roc_auc is None else f"{at.roc_auc:.4f}",
        "0.500" if at_half else f"{row.threshold:.3f}",
        NONE if at_half else row.chosen_on,
    ]


def narrow_cells(row: Row, at_half: bool = False) -> list[str]:
    """Give a row as `cells` does, in fewer characters: a cell for each of `NARROW_HEADINGS`, 80 columns in all.

    Args:
        row: of a protocol.
        at_half: its figures at the threshold 0.5, in place of the chosen one.
    """
    at = row.at_half if at_half else row
    low, high = at.intervals.accuracy
    return [
        row.phase,
        "on" if row.tta == "enabled" else "off",
        str(at.count),
        _five(at.accuracy),
        f"{100 * low:.1f}–{_four(high)}",
        *map(_five, (at.precision, at.recall, at.f1, at.recall_female, at.balanced_accuracy)),
        NONE if at.roc_auc is None else f"{at.roc_auc:.3f}",
        "0.500" if at_half else f"{row.threshold:.3f}",
    ]


def _five(value: float | None) -> str:
    return percent(value)[:5]


def _four(value: float) -> str:
    return f"{100 * value:.1f}"[:4].removesuffix(".")


def quoted_row(protocol: ProtocolResult) -> Row | None:
    """Find the result that is worth quoting: validation, with TTA if that was chosen.

    Args:
        protocol: of the report.

    Returns:
        One of its rows; None where there is no such row.
    """
    return protocol.row("val", "enabled" if protocol.tta is not None and protocol.tta.chosen else "disabled")


def baseline_sentence(rows: Sequence[Row]) -> str:
    """Say what always saying the larger class reaches on each split.

    Args:
        rows: of one protocol.

    Returns:
        One sentence, the accuracy of each split in it.
    """
    shares: dict[str, Majority] = {}
    for row in rows:
        shares.setdefault(row.phase, beside_majority(row.counts))
    said = (f"{phase} {percent(majority.share)} % ({_which(majority)})" for phase, majority in shares.items())
    return f"Majority baseline, the accuracy of always saying the larger class: {', '.join(said)}."


def _which(majority: Majority) -> str:
    if majority.verdict is None:
        return f"{majority.label}, the only class"
    chance = f"; the lead may be chance, McNemar's {p_value(majority.p)}" if majority.verdict == "not shown" else ""
    return f"{majority.label or 'either'}{chance}"


def warnings_of(report: Report) -> list[str]:
    """Say which protocols have a result that is no better than the majority baseline.

    Args:
        report: whose protocols are looked at, each by its `quoted_row`.

    Returns:
        One sentence for each such protocol.
    """
    found = []
    for protocol in report.protocols:
        row = quoted_row(protocol)
        if row is not None and (text := majority_warning(row.counts, row.accuracy, row.balanced_accuracy)):
            name = protocol.name
            found.append(f"{name[0].upper()}{name[1:]}: {text}" if len(report.protocols) > 1 else text)
    return found


def majority_warning(counts: Mapping[str, int], accuracy: float, balanced_accuracy: float | None) -> str:
    """Say where a model is no better than always saying the larger class.

    Args:
        counts: `tp`, `fp`, `tn`, `fn`; male is positive.
        accuracy: 0 to 1.
        balanced_accuracy: 0 to 1; None with one class.

    Returns:
        One sentence; empty where more answers are right than by always saying it, or there is one class only.
    """
    majority = beside_majority(counts)
    if majority.verdict != "no better":
        return ""
    label = majority.label or "one class"
    return (
        f"NO BETTER than always saying {label}: accuracy {percent(accuracy)} %, always saying {label} "
        f"{percent(majority.share)} % of these {sum(counts.values())} images; balanced accuracy "
        f"{percent(balanced_accuracy)} %, always saying {label} 50 %."
    )


def threshold_sentence(protocol: ProtocolResult) -> str:
    """Say where the thresholds come from, in a sentence or two.

    Args:
        protocol: of the report.
    """
    metric = protocol.threshold_metric.replace("_", " ")
    if protocol.swept:
        where = f"all scores of `{protocol.chosen_on}`"
        with_tta = ", with TTA on TTA scores" if protocol.tta is not None else ""
        equals = ""
        if protocol.threshold_tolerance > 0:
            within = f"{protocol.threshold_tolerance:g} standard errors"
            taken = "middle one" if protocol.threshold_of_equals == "middle" else "one nearest to 0.5"
            equals = f" Of all cuts within {within} of the best the {taken} is taken."
        why = ""
        if protocol.threshold_asked == AUTO:
            few = "at least" if metric == "accuracy" else "less than"
            why = f" (`auto`: the smaller class is {few} {100 * UNEVEN:.0f} % there)"
        return f"Thresholds: swept over {where} for the best {metric}{why}{with_tta}.{equals}"
    return "Thresholds: fixed beforehand, not chosen on these scores."


def tta_sentence(protocol: ProtocolResult) -> str:
    """Say whether TTA is used, and whether it helped on validation.

    Args:
        protocol: of the report.

    Returns:
        Up to three sentences; empty where TTA was not tried.
    """
    tta = protocol.tta
    if tta is None:
        return ""
    verdict = {True: "used", False: "not used", None: "both shown"}[tta.chosen]
    if tta.chosen is not None:
        comparison = "better" if tta.chosen else "not better"
        verdict += f", because it is {comparison} on `{protocol.chosen_on}`"
    text = f"TTA ({', '.join(protocol.views)}): {verdict}."
    if tta.p is None:
        return text
    helped = "a difference" if tta.p < 0.05 else "no evidence of a difference"
    text += (
        f" Of the validation images {tta.only_with} are right only with it and {tta.only_without} only "
        f"without: {helped} at 5 % (McNemar's exact test, {p_value(tta.p)})."
    )
    half = tta.at_half
    if half.p is None:
        return text
    return f"{text} With both at 0.5: {half.only_with} and {half.only_without}, {p_value(half.p)}."


def p_value(p: float) -> str:
    """Give a p value as texts print it: `p = 0.031`, say, or `p < 0.001`, never zero.

    Args:
        p: 0 to 1.
    """
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def markdown_table(headings: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> list[str]:
    """Lay out a table in Markdown.

    Args:
        headings: of the columns.
        rows: as many cells each as there are headings.
        left: columns from the left whose text is aligned left; the others are aligned right.

    Returns:
        Its lines.
    """
    rule = ["---" if i < left else "--:" for i in range(len(headings))]
    return [f"| {' | '.join(row)} |" for row in (headings, rule, *rows)]


def terminal_table(report: Report) -> Group:
    """Lay out the tables of all protocols for the terminal; they fit 80 columns.

    Args:
        report: to show.

    Returns:
        What a console of `rich` prints: warnings first, below each table its sentences.
    """
    warnings = warnings_of(report)
    parts: list[RenderableType] = [Text(f"\n{line}", style="bold red") for line in warnings]
    for protocol in report.protocols:
        parts += [Text(f"\n{protocol.name}: {protocol.note}".rstrip(": "), style="bold"), _table(protocol)]
        said = (baseline_sentence(protocol.rows), threshold_sentence(protocol), tta_sentence(protocol))
        parts += [Text(line) for line in said if line]
    parts.append(Text(f"\nMale is positive; percent; Wilson intervals. {report.perceived}", style="italic"))
    return Group(*parts)


def _table(protocol: ProtocolResult) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False, show_edge=False)
    for heading in NARROW_HEADINGS:
        table.add_column(heading, justify="left" if heading in ("phase", "TTA") else "right", no_wrap=True)
    for at_half in (False, True):
        for row in protocol.rows:
            table.add_row(*narrow_cells(row, at_half))
        table.add_section()
    return table
