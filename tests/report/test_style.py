"""One look for all figures: the same bytes each time, colours that all can tell apart, settings only within."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

import matplotlib

from gender_classifier.report import style


def luminance(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2


def test_settings_hold_within_and_not_after() -> None:
    before = matplotlib.rcParams["axes.grid"], matplotlib.rcParams["savefig.dpi"]
    with style.figure_style():
        assert matplotlib.rcParams["savefig.dpi"] == 150
        assert matplotlib.rcParams["axes.grid"]
    assert (matplotlib.rcParams["axes.grid"], matplotlib.rcParams["savefig.dpi"]) == before


def test_the_same_figure_gives_the_same_bytes_at_a_readme_s_width(tmp_path: Path) -> None:
    from PIL import Image

    for name in ("one.png", "two.png"):
        with style.figure_style():
            figure = style.new_figure(2.0)
            figure.subplots().plot([0, 1], [0, 1], color=style.MALE)
            style.save(figure, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    with Image.open(tmp_path / "one.png") as image:
        assert image.size == (1350, 300)


@pytest.mark.parametrize(("share", "text"), [(0.0, "0 %"), (0.5, "50 %"), (0.985, "98.5 %"), (1.0, "100 %")])
def test_shares_are_per_cent_with_as_many_digits_as_they_need(share: float, text: str) -> None:
    assert style.percent_ticks()(share) == text


def test_colours_are_told_apart_and_seen_on_white() -> None:
    colours = (style.BLUE, style.ORANGE, style.GREEN, style.VERMILION, style.PURPLE, style.BLACK)
    assert len({*colours, style.GREY}) == 7
    assert all(a != b for a, b in combinations(colours, 2))
    assert style.FEMALE != style.MALE
    for colour in (style.FEMALE, style.MALE, style.GREY):
        assert 1.05 / (luminance(colour) + 0.05) > 3  # WCAG's contrast for graphics
