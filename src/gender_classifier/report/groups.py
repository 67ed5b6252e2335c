"""Results by group, and faces left unanswered, as Markdown: for the report and for the model card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gender_classifier.report.tables import NONE, markdown_table, with_interval

WHO = {"female": "women", "male": "men"}
NAMES = {"children": "children", "old": "the old"}
MARK = "\\*"


def group_lines(groups: Mapping[str, Any], level: int = 3) -> list[str]:
    """The report's `groups`: worst group and largest gap, a table a column, children, intersections.

    Args:
        groups: as `metrics.groups.Groups`, in plain JSON types, with `protocol` and `phase`.
        level: of the headings within.
    """
    mark = "#" * level
    lines = [
        f"{groups['phase'].capitalize()}, protocol `{groups['protocol']}`, single view, at the chosen threshold. "
        f"{MARK} marks figures of fewer than {groups['smallest']} faces, which are named neither worst nor best.",
        "",
        *(f"- {line}" for line in lead_lines(groups)),
    ]
    for column, rows in groups["columns"].items():
        lines += ["", f"{mark} By {_label(column)}", "", *_table(column, rows, groups["smallest"])]
        if groups["missing"].get(column):
            lines += ["", f"{groups['missing'][column]} faces without a value are left out of this table."]
    if groups["intersections"]:
        lines += ["", f"{mark} By gender × {' × '.join(map(_label, groups['crossed']))}", "", *_crossed(groups)]
    if groups["left_out"]:
        names = ", ".join(f"`{name}`" for name in groups["left_out"])
        lines += ["", f"Columns with too many values to group by: {names}."]
    return lines


def lead_lines(groups: Mapping[str, Any]) -> list[str]:
    """Sentences that name the worst group, the largest gap, and children and the old."""
    lines = []
    if groups["worst"]:
        worst = groups["worst"]
        who = _who({"gender": worst["gender"], **worst["values"]})
        lines.append(f"**Worst group**: {who}, recall {_share(worst['recall'])} of {_n(worst['recall'])}.")
    if groups["largest_gap"]:
        gap = groups["largest_gap"]
        better, worse = (f"{_who(gap[side])} {_share(gap[f'{side}_share'])}" for side in ("better", "worse"))
        lines.append(
            f"**Largest gap**: {gap['measure']} of {better} and {worse}, {100 * gap['difference']:.2f} points apart."
        )
    for name, group in groups["ages"].items():
        recalls = " and ".join(
            f"{_share(group['recall'][g])} of {_n(group['recall'][g])} {who}" for g, who in _persons(name).items()
        )
        shown = NAMES.get(name, name).capitalize()
        lines.append(
            f"**{shown}** (age {group['values']['age']}): accuracy {_share(group['accuracy'])} of "
            f"{group['count']}{_small(group)}; recall {recalls}."
        )
    return lines


def uncertain_lines(protocol: Mapping[str, Any]) -> list[str]:
    """How many faces the band leaves unanswered and how many of the answers are right; empty without a band."""
    uncertain = protocol.get("uncertain")
    if not uncertain:
        return []
    low, high = uncertain["band"]
    rows = [[row["phase"], row["tta"], _share(row["unanswered"]), _share(row["right"])] for row in uncertain["rows"]]
    headings = ("phase", "TTA", "unanswered [95 %]", "right among the answers [95 %]")
    said = f"Calibrated probabilities of male between {low:.3f} and {high:.3f} are answered `uncertain`:"
    kept = [line for row in uncertain["rows"] if row["split"] == "val" and (line := _promise(row))]
    return [said, "", *markdown_table(headings, rows), *(["", *kept] if kept else [])]


def _promise(row: Mapping[str, Any]) -> str:
    """One sentence: whether the answers are right as often as the band promises; empty where it promises nothing."""
    promise = row.get("promise")
    if not promise or promise["kept"] is None:
        return ""
    wanted = f"{100 * promise['wanted']:.4g} %"
    verdict = "kept" if promise["kept"] else "**not kept**"
    doubt = f", though the interval holds {wanted}: chance may decide which" if not promise["sure"] else ""
    return (
        f"The promise that {wanted} of the answers are right is {verdict} here, TTA {row['tta']}: "
        f"{_share(row['right'])} of {_n(row['right'])} answers{doubt}."
    )


def _persons(name: str) -> dict[str, str]:
    return {"female": "girls", "male": "boys"} if name == "children" else WHO


def _label(column: str) -> str:
    return column.replace("_", " ")


def _n(share: Mapping[str, Any]) -> int:
    return int(share["count"])


def _small(group: Mapping[str, Any]) -> str:
    return MARK if group["small"] else ""


def _share(share: Mapping[str, Any]) -> str:
    return with_interval(share["share"], share["interval"])


def _who(key: Mapping[str, str]) -> str:
    """`women, race White, age 70+`: gender first, where it is part of what the faces have in common."""
    parts = [WHO.get(key["gender"], key["gender"])] if "gender" in key else []
    values = (f"{_label(column)} {_shown(value)}" for column, value in key.items() if column != "gender")
    return ", ".join([*parts, *values])


def _shown(value: str) -> str:
    return value.replace("_", " ").replace("|", "\\|")


def _table(column: str, rows: Sequence[Mapping[str, Any]], smallest: int) -> list[str]:
    band = any(row["unanswered"] for row in rows)
    headings = [_label(column), "n", "accuracy [95 %]", "recall of women [95 %]", "recall of men [95 %]", "ECE"]
    cells = []
    for row in rows:
        shares = [_marked(share, smallest) for share in (row["accuracy"], *(row["recall"][gender] for gender in WHO))]
        error = NONE if row["ece"] is None else f"{row['ece']:.4f}"
        cells.append([f"{_shown(row['values'][column])}{_small(row)}", str(row["count"]), *shares, error])
        if band:
            cells[-1].append(_share(row["unanswered"]))
    return markdown_table([*headings, "unanswered [95 %]"] if band else headings, cells, left=1)


def _marked(share: Mapping[str, Any], smallest: int) -> str:
    return f"{_share(share)}{MARK}" if 0 < _n(share) < smallest else _share(share)


def _crossed(groups: Mapping[str, Any]) -> list[str]:
    """Two matrices, recall of women and of men: the second crossed column down, the first across."""
    across, down = groups["crossed"]
    cells = {(row["values"][down], row["values"][across]): row["recall"] for row in groups["intersections"]}
    order = {name: [row["values"][name] for row in groups["columns"][name]] for name in (across, down)}
    lines: list[str] = []
    for gender, who in WHO.items():
        rows = []
        for value in order[down]:
            found = [cells.get((value, other), {}).get(gender) for other in order[across]]
            shown = [_cell(share, groups["smallest"]) for share in found]
            rows.append([_shown(value), *shown])
        headings = [f"{who}, {_label(down)}", *map(_shown, order[across])]
        lines += ["", *markdown_table(headings, rows, left=1)] if lines else markdown_table(headings, rows, left=1)
    return ["Recall [95 %], and the faces that it is of:", "", *lines]


def _cell(share: Mapping[str, Any] | None, smallest: int) -> str:
    """Narrower than elsewhere, so that seven columns can be read."""
    if not share or not _n(share):
        return NONE
    low, high = share["interval"]
    mark = MARK if _n(share) < smallest else ""
    return f"{100 * share['share']:.1f} [{100 * low:.0f}, {100 * high:.0f}]{mark}, n {_n(share)}"
