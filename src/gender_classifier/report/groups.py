"""Results by group, and faces left unanswered, as Markdown: for the report and for the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gender_classifier.metrics.groups import Group, Groups, Share
from gender_classifier.report.tables import NONE, markdown_table, with_interval
from gender_classifier.runs.report import GroupReport, ProtocolResult, UncertainRow

WHO = {"female": "women", "male": "men"}
NAMES = {"children": "children", "old": "the old"}
MARK = "\\*"


def group_lines(groups: GroupReport, level: int = 3) -> list[str]:
    """Write the report's results by group: worst group and largest gap, a table a column, children, intersections.

    Args:
        groups: of the report.
        level: of the headings within, 1 to 6.

    Returns:
        Lines of Markdown.
    """
    mark, found = "#" * level, groups.results
    lines = [
        f"{groups.phase.capitalize()}, protocol `{groups.protocol}`, single view, at the chosen threshold. "
        f"{MARK} marks figures of fewer than {found.smallest} faces, which are named neither worst nor best.",
        "",
        *(f"- {line}" for line in lead_lines(found)),
    ]
    for column, rows in found.columns.items():
        lines += ["", f"{mark} By {_label(column)}", "", *_table(column, rows, found.smallest)]
        if found.missing.get(column):
            lines += ["", f"{found.missing[column]} faces without a value are left out of this table."]
    if found.intersections:
        lines += ["", f"{mark} By gender × {' × '.join(map(_label, found.crossed))}", "", *_crossed(found)]
    if found.left_out:
        names = ", ".join(f"`{name}`" for name in found.left_out)
        lines += ["", f"Columns with too many values to group by: {names}."]
    return lines


def extreme_lines(groups: Groups) -> list[str]:
    """Name the worst group and the largest gap.

    Args:
        groups: results by group of one model.

    Returns:
        A sentence of Markdown each, without a bullet; what the groups do not tell is left out.
    """
    lines = []
    if (worst := groups.worst) is not None:
        who = _who({"gender": worst.gender, **worst.values})
        lines.append(f"**Worst group**: {who}, recall {_share(worst.recall)} of {worst.recall.count}.")
    if (gap := groups.largest_gap) is not None:
        better, worse = f"{_who(gap.better)} {_share(gap.better_share)}", f"{_who(gap.worse)} {_share(gap.worse_share)}"
        lines.append(
            f"**Largest gap**: {gap.measure} of {better} and {worse}, {100 * gap.difference:.2f} points apart."
        )
    return lines


def lead_lines(groups: Groups) -> list[str]:
    """Name the worst group, the largest gap, and how the model does on children and the old.

    Args:
        groups: results by group of one model.

    Returns:
        A sentence of Markdown each, without a bullet; what the groups do not tell is left out.
    """
    lines = extreme_lines(groups)
    for name, group in groups.ages.items():
        recalls = " and ".join(
            f"{_share(group.recall[g])} of {group.recall[g].count} {who}" for g, who in _persons(name).items()
        )
        shown = NAMES.get(name, name).capitalize()
        lines.append(
            f"**{shown}** (age {group.values['age']}): accuracy {_share(group.accuracy)} of "
            f"{group.count}{_small(group)}; recall {recalls}."
        )
    return lines


def uncertain_lines(protocol: ProtocolResult) -> list[str]:
    """Say how many faces the band leaves unanswered and how many of the answers are right.

    Args:
        protocol: of the report.

    Returns:
        Lines of Markdown: a table, and on validation whether the band keeps what it promises. Empty without a band.
    """
    uncertain = protocol.uncertain
    if uncertain is None:
        return []
    low, high = uncertain.band
    rows = [[row.phase, row.tta, _share(row.unanswered), _share(row.right)] for row in uncertain.rows]
    headings = ("phase", "TTA", "unanswered [95 %]", "right among the answers [95 %]")
    said = f"Calibrated probabilities of male between {low:.3f} and {high:.3f} are answered `uncertain`:"
    kept = [line for row in uncertain.rows if row.split == "val" and (line := _promise(row))]
    return [said, "", *markdown_table(headings, rows), *(["", *kept] if kept else [])]


def _promise(row: UncertainRow) -> str:
    """One sentence: whether the answers are right as often as the band promises; empty where it promises nothing."""
    promise = row.promise
    if promise is None or promise.kept is None:
        return ""
    wanted = f"{100 * promise.wanted:.4g} %"
    verdict = "kept" if promise.kept else "**not kept**"
    doubt = f", though the interval holds {wanted}: chance may decide which" if not promise.sure else ""
    return (
        f"The promise that {wanted} of the answers are right is {verdict} here, TTA {row.tta}: "
        f"{_share(row.right)} of {row.right.count} answers{doubt}."
    )


def _persons(name: str) -> dict[str, str]:
    return {"female": "girls", "male": "boys"} if name == "children" else WHO


def _label(column: str) -> str:
    return column.replace("_", " ")


def _small(group: Group) -> str:
    return MARK if group.small else ""


def _share(share: Share | None) -> str:
    return NONE if share is None else with_interval(share.share, share.interval)


def _who(key: Mapping[str, str]) -> str:
    """`women, race White, age 70+`: gender first, where it is part of what the faces have in common."""
    parts = [WHO.get(key["gender"], key["gender"])] if "gender" in key else []
    values = (f"{_label(column)} {_shown(value)}" for column, value in key.items() if column != "gender")
    return ", ".join([*parts, *values])


def _shown(value: str) -> str:
    return value.replace("_", " ").replace("|", "\\|")


def _table(column: str, rows: Sequence[Group], smallest: int) -> list[str]:
    band = any(row.unanswered is not None for row in rows)
    headings = [_label(column), "n", "accuracy [95 %]", "recall of women [95 %]", "recall of men [95 %]", "ECE"]
    cells = []
    for row in rows:
        shares = [_marked(share, smallest) for share in (row.accuracy, *(row.recall[gender] for gender in WHO))]
        error = NONE if row.ece is None else f"{row.ece:.4f}"
        cells.append([f"{_shown(row.values[column])}{_small(row)}", str(row.count), *shares, error])
        if band:
            cells[-1].append(_share(row.unanswered))
    return markdown_table([*headings, "unanswered [95 %]"] if band else headings, cells, left=1)


def _marked(share: Share, smallest: int) -> str:
    return f"{_share(share)}{MARK}" if 0 < share.count < smallest else _share(share)


def _crossed(groups: Groups) -> list[str]:
    """Two matrices, recall of women and of men: the second crossed column down, the first across."""
    across, down = groups.crossed
    cells = {(row.values[down], row.values[across]): row.recall for row in groups.intersections}
    order = {name: [row.values[name] for row in groups.columns[name]] for name in (across, down)}
    lines: list[str] = []
    for gender, who in WHO.items():
        rows = []
        for value in order[down]:
            found = [cells.get((value, other), {}).get(gender) for other in order[across]]
            shown = [_cell(share, groups.smallest) for share in found]
            rows.append([_shown(value), *shown])
        headings = [f"{who}, {_label(down)}", *map(_shown, order[across])]
        lines += ["", *markdown_table(headings, rows, left=1)] if lines else markdown_table(headings, rows, left=1)
    return ["Recall [95 %], and the faces that it is of:", "", *lines]


def _cell(share: Share | None, smallest: int) -> str:
    """Narrower than elsewhere, so that seven columns can be read."""
    if share is None or share.share is None:
        return NONE
    low, high = share.interval
    mark = MARK if share.count < smallest else ""
    return f"{100 * share.share:.1f} [{100 * low:.0f}, {100 * high:.0f}]{mark}, n {share.count}"
