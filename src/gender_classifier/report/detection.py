"""Faces found and not found, as Markdown and as a line for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gender_classifier.names import as_code
from gender_classifier.report.groups import MARK, WHO
from gender_classifier.report.tables import markdown_table, with_interval


def found_sentence(detection: Mapping[str, Any]) -> str:
    """How many faces were found, and how often photo to answer is right, a face that was not found being wrong."""
    found, right = detection["found"], detection["right"]
    return (
        f"A face was found in {found['hits']} of {found['count']} photos. From photo to answer, a face that was not "
        f"found being an error, {_share(right)} % are right ({right['hits']} of {right['count']}): "
        + ", ".join(f"{WHO[name]} {_share(share)}" for name, share in detection["right_of"].items())
        + "."
    )


def found_lines(detection: Mapping[str, Any], most: int = 20) -> list[str]:
    """The section's lines: the sentence, shares found by group, and names of photos without a face."""
    lines = [found_sentence(detection), "", "Tables of accuracy are of the faces found."]
    groups = detection["groups"]
    rows = [["all", *_row(detection["found"], detection["found_of"])]]
    for column, members in (groups["columns"] if groups else {}).items():
        rows += [
            [
                f"{column} {group['values'][column]}{MARK if group['small'] else ''}",
                *_row(group["accuracy"], group["recall"]),
            ]
            for group in members
        ]
    lines += ["", *markdown_table(("group", "n", "found [95 %]", "women found [95 %]", "men found [95 %]"), rows)]
    if groups and any(group["small"] for members in groups["columns"].values() for group in members):
        lines += ["", f"{MARK} fewer than {groups['smallest']} photos."]
    if detection["missed"]:
        named = ", ".join(map(as_code, detection["missed"][:most]))
        more = len(detection["missed"]) - most
        lines += ["", f"Not found: {named}{f' and {more} more' if more > 0 else ''}."]
    return lines


def _share(share: Mapping[str, Any]) -> str:
    return with_interval(share["share"], share["interval"])


def _row(found: Mapping[str, Any], of: Mapping[str, Any]) -> list[str]:
    return [str(found["count"]), _share(found), *(_share(of[name]) for name in WHO)]
