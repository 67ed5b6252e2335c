"""The card as a page: stands alone, safe, and fit to be read by a machine that speaks it."""

from __future__ import annotations

import base64
import re
from html.parser import HTMLParser

import pytest

from gender_classifier.report.card_html import card_page

CARD = """---
license: mit
---

# A model & its <card>

Text of *weight* with `code`, **not known**.

## Results

| group | n | recall |
| --- | --: | --: |
| Black \\| White | 3 | 100.0 [44, 100]\\* |
| Indian | 2 | – |

![Curves](figures/curves.png)

![Elsewhere](figures/other.png)

## Results

- one
"""
PICTURE = b"\x89PNG"
VOID = {"meta", "img", "br", "hr", "link"}


class Outline(HTMLParser):
    """Tags with attributes in their order; what is opened is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in tags]


@pytest.fixture
def page() -> str:
    return card_page(CARD, {"figures/curves.png": PICTURE})


def test_it_needs_nothing_from_elsewhere(page: str) -> None:
    outline = Outline(page)
    assert outline.all("script", "link", "iframe") == []
    assert re.findall(r"url\(|@import|https?:", page) == []
    policy = next(tag["content"] for tag in outline.all("meta") if "http-equiv" in tag)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_pictures_are_part_of_it(page: str) -> None:
    inlined, other = Outline(page).all("img")
    assert inlined == {"src": f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}", "alt": "Curves"}
    assert other["src"] == "figures/other.png"


def test_the_hub_s_header_is_not_shown_and_text_is_escaped(page: str) -> None:
    assert "license: mit" not in page
    assert "<title>A model &amp; its &lt;card&gt;</title>" in page
    assert "<em>weight</em>" in page


def test_headings_have_anchors_of_their_own_and_are_in_the_contents(page: str) -> None:
    outline = Outline(page)
    ids = [tag["id"] for tag in outline.all("h1", "h2", "h3")]
    assert ids == ["a-model--its-card", "results", "results-2"]
    targets = [tag["href"] for tag in outline.all("a")]
    assert targets == ["#card", "#results", "#results-2"]
    assert "card" in [tag.get("id") for tag in outline.all("main")]


def test_cells_that_name_a_column_or_a_row_say_so(page: str) -> None:
    outline = Outline(page)
    scopes = [tag["scope"] for tag in outline.all("th")]
    assert scopes == ["col"] * 3 + ["row"] * 2
    assert len(outline.all("td")) == 4
    frame = next(tag for tag in outline.all("div") if tag.get("class") == "table")
    assert (frame["role"], frame["tabindex"], frame["aria-label"]) == ("region", "0", "Table 1: Results")
    assert "Black | White" in page


def test_light_and_dark_and_phones(page: str) -> None:
    assert "prefers-color-scheme: dark" in page
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in Outline(page).all("meta")
