"""`report.html` and a card's page open with one sentence, the result, and one figure; the rest follows in its order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from gender_classifier.report.card_html import card_page

FIRST = ("confusion.png", "scores.png", "thresholds.png")
"""The figure to open with: the first of these that there is."""
_RESULT = re.compile(r"^\*\*[^\n]*accuracy [\d.]+ %[^\n]*\n", re.MULTILINE)
_IMAGE = re.compile(r"^!\[[^\]]*\]\(([^)]+)\)\n", re.MULTILINE)
_TITLE = re.compile(r"\A(?:---\n.*?\n---\n)?\s*# [^\n]*\n", re.DOTALL)


def report_page(text: str, pictures: Mapping[str, bytes]) -> str:
    """Make the report's page, which needs nothing else: no network, no script.

    Args:
        text: `report.md`, or a card.
        pictures: PNG files by the address that the text has for them; they become part of the page.

    Returns:
        HTML.
    """
    return card_page(opened(text, pictures), pictures)


def opened(text: str, pictures: Mapping[str, bytes] = {}) -> str:
    """Put the result and its figure right below the title; both leave the place where they stood.

    A text without such a sentence, as a card, has its first paragraph for one; without figures all stays in its order.

    Args:
        text: Markdown of a report or a card.
        pictures: PNG files by the address that the text has for them; only a figure that is among them is moved.

    Returns:
        The text in its new order; as it was where it does not begin with a title.

    Example:
        >>> opened("# Report\\n\\nPerceived.\\n\\n**Held out: accuracy 97.20 %** of 422.\\n").splitlines()[2]
        '**Held out: accuracy 97.20 %** of 422.'
    """
    title = _TITLE.match(text)
    if title is None:
        return text
    head, body = text[: title.end()], text[title.end() :]
    moved = []
    if found := _RESULT.search(body):
        moved.append(found[0])
        body = body[: found.start()] + body[found.end() :]
    else:
        first, _, body = body.lstrip("\n").partition("\n\n")
        moved.append(f"{first}\n")
    shown = {Path(found[1]).name: found for found in _IMAGE.finditer(body) if found[1] in pictures}
    if figure := next((shown[name] for name in FIRST if name in shown), None):
        moved.append(figure[0])
        body = body[: figure.start()] + body[figure.end() :]
    return "\n".join([head, *moved, body.lstrip("\n")])


def pictures_of(folder: Path, text: str) -> dict[str, bytes]:
    """Read the images that a text shows.

    Args:
        folder: what the addresses in the text are relative to.
        text: Markdown; images count that stand on a line of their own.

    Returns:
        The files' bytes by address; those that are not there are left out.
    """
    named = (found[1] for found in _IMAGE.finditer(text))
    return {name: (folder / name).read_bytes() for name in named if (folder / name).is_file()}
