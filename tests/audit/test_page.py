"""The page stands by itself, and says what was found in order."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from gender_classifier.audit.effects import compare_classes
from gender_classifier.audit.findings import Finding, Severity, Tile
from gender_classifier.audit.page import page, thumbnail

from .drawing import face
from .looking import look

COUNTS = {"train": {"female": 3, "male": 4}}


def finding(key: str, severity: Severity, groups: tuple[tuple[Tile, ...], ...] = ()) -> Finding:
    return Finding(key, severity, f"title of {key} & `code`", "why", "what to do", 1, groups, ("<line>",))


class Checked(HTMLParser):
    """Every element that is opened is closed, in order; what is needed to read it without seeing is there."""

    VOID = ("meta", "img", "br", "circle", "rect", "path")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.attributes if name == tag]


def test_is_whole_and_self_contained(tmp_path: Path) -> None:
    path = tmp_path / 'a "b" <c>.jpg'
    Image.fromarray(face(0)).save(path)
    tile = Tile(path, path.name, "train, female")
    looks = [look(f"{label}{n}", label=label, sharpness=float(n)) for label in (0, 1) for n in range(12)]
    text = page("my data", [finding("one", Severity.LEAK, ((tile, tile),))], COUNTS, compare_classes(looks), ["note"])
    seen = Checked()
    seen.feed(text)
    assert seen.open == []
    links = [str(a.get("href") or a.get("src")) for _, a in seen.attributes if "href" in a or "src" in a]
    assert all(re.match(r"#|data:image/jpeg;base64,", link) for link in links)
    assert not re.search(r"https?:|url\(|@import|<script|<link", text)
    assert [image["alt"] for image in seen.of("img")] == [path.name] * 2
    assert seen.of("html")[0]["lang"] == "en"
    assert any(meta.get("name") == "viewport" for meta in seen.of("meta"))
    assert "prefers-color-scheme: dark" in text
    ids = [str(a["id"]) for _, a in seen.attributes if "id" in a]
    assert len(ids) == len(set(ids))
    assert {link[1:] for link in links if link.startswith("#")} <= set(ids)
    assert "&lt;line&gt;" in text
    assert "<code>code</code>" in text


def test_the_gravest_is_first() -> None:
    findings = [finding("note", Severity.NOTE), finding("leak", Severity.LEAK), finding("error", Severity.ERROR)]
    text = page("data", findings, COUNTS, [], [])
    places = [text.index(f"title of {key}") for key in ("leak", "error", "note")]
    assert places == sorted(places)
    assert text.index("title of leak") < text.index("<nav")
    assert "Splits share images" in text
    assert "No split shares images" in page("data", findings[:1], COUNTS, [], [])
    assert "Nothing was found" in page("data", [], COUNTS, [], [])


def test_a_thumbnail_keeps_the_aspect_and_a_broken_file_has_none(tmp_path: Path) -> None:
    import base64
    import io

    Image.fromarray(face(1, 400)[:200]).save(tmp_path / "wide.png")
    data = thumbnail(tmp_path / "wide.png").removeprefix("data:image/jpeg;base64,")
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (128, 64)
    assert thumbnail(tmp_path / "none.png") == ""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_are_told_from_their_ground(scheme: str) -> None:
    from importlib import resources

    css = resources.files("gender_classifier.audit").joinpath("page.css").read_text(encoding="utf-8")
    light, dark = css.split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", light if scheme == "light" else dark.split("* {")[0]))

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for ground in ("paper", "card"):
        for text in ("ink", "soft", "leak", "error", "warning", "note", "link"):
            low, high = sorted((luminance(colours[ground]), luminance(colours[text])))
            assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)  # WCAG 2.2, 1.4.3
