"""Faces found and not found, as Markdown and as a line for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from gender_classifier.metrics.groups import Share
from gender_classifier.names import as_code
from gender_classifier.report.groups import MARK, WHO
from gender_classifier.report.tables import markdown_table, with_interval
from gender_classifier.runs.context import Detection


def found_sentence(detection: Detection) -> str:
    """Say how many faces were found, and how often photo to answer is right.

    A face that was not found counts as an error.

    Args:
        detection: faces found in photos, each of one labelled person.

    Returns:
        Two sentences, for the terminal and for Markdown.
    """
    found, right = detection.found, detection.right
    by = f" ({detection.protocol}, single view)" if detection.protocol else ""
    return (
        f"A face was found in {found.hits} of {found.count} photos. From photo to answer{by}, a face that was not "
        f"found being an error, {_share(right)} % are right ({right.hits} of {right.count}): "
        + ", ".join(f"{WHO[name]} {_share(share)}" for name, share in detection.right_of.items())
        + "."
    )


def found_lines(detection: Detection, most: int = 20) -> list[str]:
    """Write the report's section on faces found and not found.

    Args:
        detection: faces found in photos, each of one labelled person.
        most: names of photos without a face that are listed at most.

    Returns:
        Lines of Markdown: the sentence, a table of shares found by group, and the names.
    """
    lines = [found_sentence(detection), "", "Tables of accuracy are of the faces found."]
    groups = detection.groups
    columns = groups.columns if groups is not None else {}
    rows = [["all", *_row(detection.found, detection.found_of)]]
    for column, members in columns.items():
        rows += [
            [f"{column} {group.values[column]}{MARK if group.small else ''}", *_row(group.accuracy, group.recall)]
            for group in members
        ]
    lines += ["", *markdown_table(("group", "n", "found [95 %]", "women found [95 %]", "men found [95 %]"), rows)]
    if groups is not None and any(group.small for members in columns.values() for group in members):
        lines += ["", f"{MARK} fewer than {groups.smallest} photos."]
    if detection.missed:
        named = ", ".join(map(as_code, detection.missed[:most]))
        more = len(detection.missed) - most
        lines += ["", f"Not found: {named}{f' and {more} more' if more > 0 else ''}."]
    return lines


def _share(share: Share) -> str:
    return with_interval(share.share, share.interval)


def _row(found: Share, of: Mapping[str, Share]) -> list[str]:
    return [str(found.count), _share(found), *(_share(of[name]) for name in WHO)]
