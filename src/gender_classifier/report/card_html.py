"""The model card as one HTML page that needs nothing else: no network, no script, light and dark, on a phone too."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import resources
from itertools import pairwise
from string import Template

from markdown_it import MarkdownIt
from markdown_it.token import Token

TEMPLATE = "card_template.html"
CONTENTS_LEVEL = "h2"


def card_page(text: str, pictures: Mapping[str, bytes] | None = None) -> str:
    """Make a page of a card or report in Markdown, without its YAML header.

    Tables scroll by themselves, so that the page does not; headings have anchors, headings of tables a scope.

    Args:
        text: as `report.card.card` or `report.markdown.markdown` writes it.
        pictures: PNG files by the address that the text has for them; they become part of the page. None: none.

    Returns:
        HTML.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = parser.parse(_without_header(text))
    headings = list(_anchored(tokens))
    _scoped(tokens)
    _inlined(tokens, pictures or {})
    title = next((said for tag, _, said in headings if tag == "h1"), "Model card")
    contents = "\n".join(
        f'<li><a href="#{anchor}">{escape(said)}</a></li>' for tag, anchor, said in headings if tag == CONTENTS_LEVEL
    )
    body = parser.renderer.render(_framed(tokens, headings), parser.options, {})
    template = (resources.files("gender_classifier.report") / TEMPLATE).read_text(encoding="utf-8")
    return Template(template).substitute(title=escape(title), contents=contents, body=body)


def _without_header(text: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", text, count=1, flags=re.DOTALL)


def _anchored(tokens: Sequence[Token]) -> Iterator[tuple[str, str, str]]:
    """Give each heading an anchor of its own; yields tag, anchor and text."""
    seen: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type != "heading_open":
            continue
        said = "".join(child.content for child in inline.children or ())
        anchor = re.sub(r"[^\w\- ]", "", said.lower()).strip().replace(" ", "-")
        seen[anchor] = seen.get(anchor, 0) + 1
        anchor += f"-{seen[anchor]}" if seen[anchor] > 1 else ""
        token.attrSet("id", anchor)
        yield token.tag, anchor, said


def _scoped(tokens: Sequence[Token]) -> None:
    """Say of each heading of a column or a row what it is the heading of; the first cell of a row is its heading."""
    first = False
    for token in tokens:
        if token.type == "th_open":
            token.attrSet("scope", "col")
        elif token.type == "tr_open":
            first = True
        elif first and token.type in ("td_open", "td_close"):
            token.tag = "th"
            if token.type == "td_open":
                token.attrSet("scope", "row")
            else:
                first = False


def _inlined(tokens: Sequence[Token], pictures: Mapping[str, bytes]) -> None:
    for token in tokens:
        for child in token.children or ():
            address = child.attrGet("src") if child.type == "image" else None
            if address in pictures:
                data = base64.b64encode(pictures[str(address)]).decode("ascii")
                child.attrSet("src", f"data:image/png;base64,{data}")


def _framed(tokens: Sequence[Token], headings: Sequence[tuple[str, str, str]]) -> list[Token]:
    """The same with a frame around each table, which can be scrolled by keyboard and says what it is in."""
    said = {anchor: text for _, anchor, text in headings}
    framed, under, number = [], "", 0
    for token in tokens:
        if token.type == "heading_open":
            under, number = said[str(token.attrGet("id"))], 0
        if token.type == "table_open":
            number += 1
            label = escape(f"Table {number}: {under}")
            framed.append(_html(f'<div class="table" role="region" tabindex="0" aria-label="{label}">\n'))
        framed.append(token)
        if token.type == "table_close":
            framed.append(_html("</div>\n"))
    return framed


def _html(content: str) -> Token:
    return Token("html_block", "", 0, content=content)
