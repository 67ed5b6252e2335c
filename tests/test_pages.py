"""What pages say of the program, and of figures that stand beside them, is so."""

from __future__ import annotations

import re
import runpy
import tomllib
from pathlib import Path
from typing import get_args

import pytest
import typer.main

from gender_classifier.cli import app
from gender_classifier.config.answer_settings import ThresholdConfig
from gender_classifier.config.reading import load_config
from gender_classifier.config.section import Metric

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
HOOKS = runpy.run_path(str(DOCS / "hooks.py"))
MADE = runpy.run_path(str(DOCS / "readme.py"))
FACECOM_PAGE = (DOCS / "results" / "facecom.md").read_text(encoding="utf-8")
ORIGIN = MADE["facecom"].__globals__["ORIGIN"]
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *DOCS.rglob("*.md"), *REPOSITORY.glob("benchmarks/*.md")])
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def page(path: str) -> str:
    """A document as one line."""
    return " ".join((REPOSITORY / path).read_text(encoding="utf-8").split())


def tables_of(text: str) -> list[list[str]]:
    """Rows of each table, as lines; what stands in blocks of code is none."""
    plain = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return [found[0].splitlines() for found in re.finditer(r"(?:^\|.*\n?)+", plain, re.MULTILINE)]


def test_a_place_says_on_a_code_host_what_fills_it_and_the_site_does_not() -> None:
    places = 0
    for path in DOCS.rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        found = list(HOOKS["PLACE"].finditer(text))
        assert [place[0] for place in found] == [f"<!-- {place[1]} -->\n{HOOKS['NOTE']}" for place in found], path
        assert HOOKS["NOTE"] not in HOOKS["on_page_markdown"](text)
        places += len(found)
    assert places >= 17


def test_a_place_without_the_line_is_filled_too() -> None:
    said = HOOKS["filled"]("band")
    assert HOOKS["on_page_markdown"](f"a\n\n<!-- band -->\n\n{HOOKS['NOTE']} b") == f"a\n\n{said}\n\n{HOOKS['NOTE']} b"


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(REPOSITORY).as_posix())
def test_each_row_of_a_table_has_a_cell_a_column(path: Path) -> None:
    """A bar ends a cell on a code host, also between backticks."""
    for rows in tables_of(path.read_text(encoding="utf-8")):
        bars = [len(re.findall(r"(?<!\\)\|", row)) for row in rows]
        assert [row for row, count in zip(rows, bars, strict=True) if count != bars[0]] == []


def test_the_threshold_s_metrics_are_those_that_the_settings_take() -> None:
    text = (DOCS / "explanation" / "thresholds.md").read_text(encoding="utf-8")
    ((_head, _line, *rows),) = [rows for rows in tables_of(text) if "`threshold.metric`" in rows[0]]
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {"auto", "precision", *get_args(Metric)}
    for name in named:
        ThresholdConfig(metric=name, precision=0.9 if name == "precision" else None)


@pytest.mark.parametrize("path", ["docs/how-to/train.md", "docs/tutorial.md"])
def test_pages_say_by_what_default_people_are_told_apart(path: str) -> None:
    text = page(path)
    assert f"`{load_config(None).data.person}`" in text
    assert "`IMG_0001.jpg`" in text
    assert load_config(None, ["data.person="]).data.person == ""
    assert "`--set data.person=`" in text
    (regex,) = re.findall(r"--set data\.person='(.+?)'`", text)
    assert re.search(regex, "lee-7.jpg")[1] == "lee"  # type: ignore[index]


def test_every_extra_stands_in_the_map_of_installs() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    rows = re.findall(
        r"^\| `\[(\w+)\]` \| (.*) \| (.*) \|$", (DOCS / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert {name for name, _, _ in rows} == set(project["optional-dependencies"])
    needed = {name: set(re.findall(r"`([a-z]+)`", what)) for name, _, what in rows}
    assert {"evaluate", "robustness", "compare", "audit"} <= needed["evidence"]


def test_the_commands_that_overwrite_are_all_named() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    can = {name for name, command in commands.items() if any("--overwrite" in p.opts for p in command.params)}
    (named,) = re.findall(r"`--overwrite` replaces it \((.*?)\)", page("docs/reference/cli.md"))
    assert {name.split()[0] for name in re.findall(r"`(.+?)`", named)} == can


def accuracies(table: list[str]) -> dict[tuple[str, ...], float]:
    """Accuracy by threshold, protocol and TTA."""
    rows = [[cell.strip() for cell in row.split("|")[1:-1]] for row in table[2:]]
    return {tuple(row[:3]): float(row[3].split(" ±")[0]) for row in rows}


def test_what_aligning_is_worth_is_what_the_tables_say() -> None:
    aligned, raw, *_ = (accuracies(t) for t in tables_of(FACECOM_PAGE) if "| Threshold by | Protocol |" in t[0])
    gains = [aligned[key] - raw[key] for key in aligned if key[:2] != ("accuracy", "held out")]
    said = f"Aligned crops are right {min(gains):.1f} to {max(gains):.1f} points more often"
    assert said in page("docs/results/facecom.md")
    assert all(abs(aligned[key] - raw[key]) < 0.1 for key in aligned if key[:2] == ("accuracy", "held out"))


def test_with_tta_the_origin_s_figures_with_tta_stand_beside_ours() -> None:
    text = page("docs/results/facecom.md")
    accuracy, *_, women = ORIGIN["validation", "enabled"]
    assert f"the origin with TTA: {100 * accuracy:.2f} and {100 * women:.1f}" in text
    assert f"with TTA accuracy is passed (96.52 against {100 * accuracy:.2f})" in text
    assert f"recall of women is equal ({100 * women:.1f})" in text


@pytest.mark.parametrize("path", ["docs/results/index.md", "benchmarks/README.md", "docs/readme.py"])
def test_what_no_script_repeats_is_said(path: str) -> None:
    """The peers' accuracies are constants."""
    text = page(path)
    for said in (
        "measured once, before this model was made, each peer with its best crop on the same",
        "readme_release",
    ):
        assert said in text
    assert "no script here repeats" in text


def test_the_first_image_s_script_names_the_target_that_makes_what_it_needs() -> None:
    script = (REPOSITORY / "benchmarks" / "picture.py").read_text(encoding="utf-8")
    (target,) = re.findall(r"^([a-z-]+):(?:(?!\n\n).)*--out \$\(DEMO\)/run", MAKEFILE, re.MULTILINE | re.DOTALL)
    assert set(re.findall(r"make ([a-z-]+)", script)) == {target}


def test_machines_that_train_a_fold_each_write_where_the_folds_are_joined() -> None:
    """`train DATA --out folds --folds 5` looks in `folds/fold-2`."""
    assert "`--out folds/fold-2 --set data.folds=5 --set data.fold=2`" in page("docs/how-to/labels.md")
