"""What the documents name exists: links, scripts, make targets, recipes, commands."""

from __future__ import annotations

import html
import json
import re
import runpy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from gender_classifier.cli import app
from gender_classifier.config.reading import load_config, recipe_names
from gender_classifier.model_files.released import released_model
from gender_classifier.networks.show import summary
from gender_classifier.networks.summary import summarise
from gender_classifier.system.files import sha256_of

REPOSITORY = Path(__file__).resolve().parents[1]
HOOKS = runpy.run_path(str(REPOSITORY / "docs" / "hooks.py"))
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/**/*.md"), *REPOSITORY.glob("benchmarks/**/*.md")])
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
NAMES = [path.relative_to(REPOSITORY).as_posix() for path in DOCUMENTS]

BOX = r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"'

documents = pytest.mark.parametrize("path", DOCUMENTS, ids=NAMES)


def code_of(text: str) -> str:
    """What stands in code blocks and between backticks, a piece a line."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))
    return "\n".join([*blocks, *spans])


def anchors(text: str) -> set[str]:
    """Anchors of a document's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def relative_links(text: str) -> Iterator[str]:
    for target in re.findall(r"\]\(([^)\s]+)[^)]*\)|src=\"([^\"]+)\"", text):
        link = target[0] or target[1]
        if not re.match(r"[a-z]+:", link):
            yield link


def test_there_are_documents() -> None:
    assert {"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/architecture.md"} <= set(NAMES)


@documents
def test_relative_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    broken = []
    for link in relative_links(text):
        target, _, anchor = link.partition("#")
        file = (path.parent / target).resolve() if target else path
        inside = file.suffix == ".md" and file.is_file()
        if not file.exists() or (anchor and inside and anchor not in anchors(file.read_text("utf-8"))):
            broken.append(link)
    assert broken == []


@documents
def test_make_targets_exist(path: Path) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|\s)make ([a-z-]+)", code_of(path.read_text(encoding="utf-8"))))
    assert named <= targets


@documents
def test_scripts_and_modules_exist(path: Path) -> None:
    named = re.findall(
        r"\b(?:benchmarks|src|tests|examples|docs)/[\w/]+\.\w+", code_of(path.read_text(encoding="utf-8"))
    )
    assert [name for name in named if not (REPOSITORY / name).exists()] == []


@documents
def test_commands_and_their_options_exist(path: Path) -> None:
    commands = typer.main.get_command(app).commands
    unknown = []
    for line in code_of(path.read_text(encoding="utf-8")).splitlines():
        call = re.search(r"(?:gender-classifier|-m gender_classifier) ([a-z]+)(.*)", line)
        if call is None:
            continue
        name, rest = call.groups()
        options = {o for p in commands[name].params for o in p.opts} if name in commands else set()
        unknown += [o for o in re.findall(r"(?<=\s)--[a-z-]+", rest) if o not in options]
        if name not in commands:
            unknown.append(name)
    assert unknown == []


@documents
def test_recipes_exist(path: Path) -> None:
    named = set(re.findall(r"--config ([a-z]+)\b", code_of(path.read_text(encoding="utf-8"))))
    assert named <= set(recipe_names())


def test_the_readme_has_its_two_commands() -> None:
    assert {"make demo", "make test"} <= set(re.findall(r"make \w+", code_of(README)))


def test_every_benchmark_is_described() -> None:
    described = (REPOSITORY / "benchmarks" / "README.md").read_text(encoding="utf-8")
    scripts = [path.name for path in (REPOSITORY / "benchmarks").glob("*.py") if not path.name.startswith("_")]
    assert scripts != []
    assert [name for name in scripts if f"`{name}`" not in described] == []


def test_the_network_is_described_as_the_command_prints_it(capsys: pytest.CaptureFixture[str]) -> None:
    text = (REPOSITORY / "docs" / "network.md").read_text(encoding="utf-8")
    summary(224)
    printed = [re.split("[│┃]", line)[1:-1] for line in capsys.readouterr().out.splitlines()]
    described = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("|") and "--" not in line]
    rows = [[cell.strip() for cell in row] for row in printed if row]
    assert len(rows) == 12
    assert [[cell.strip() for cell in row] for row in described] == rows
    summary(224, as_mermaid=True)
    assert f"```text\n{capsys.readouterr().out}```" in text


def test_the_diagrams_are_as_the_program_is_now() -> None:
    diagrams = HOOKS["diagrams"]
    for name, draw in diagrams.DRAWN.items():
        assert (diagrams.FOLDER / name).read_text(encoding="utf-8") == draw(), "python docs/diagrams.py draws it anew"


def test_texts_in_diagrams_fit_their_boxes() -> None:
    diagrams = HOOKS["diagrams"]
    for draw in diagrams.DRAWN.values():
        svg = draw()
        (width, height) = map(float, re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())  # type: ignore[union-attr]
        boxes = [tuple(map(float, found)) for found in re.findall(BOX, svg)]
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        for x, y, anchor, text in re.findall(r'<text x="([\d.]+)" y="([\d.]+)" text-anchor="(\w+)"[^>]*>([^<]*)<', svg):
            long = len(html.unescape(text)) * diagrams.WIDE * diagrams.SIZE
            left = float(x) - (long if anchor == "end" else 0)
            inside = [b for b in boxes if b[0] <= float(x) <= b[0] + b[2] and b[1] <= float(y) <= b[1] + b[3]]
            smallest = min(inside, key=lambda b: b[2] * b[3])
            assert left >= smallest[0] - 1, text
            assert left + long <= smallest[0] + smallest[2] + 1, text


def test_the_network_s_diagram_has_the_sizes_of_the_table() -> None:
    shown = re.findall(r"<text[^>]*>(\d+ × \d+ × \d+)<", HOOKS["diagrams"].network(224))
    rows = [" × ".join(map(str, row.shape)) for row in summarise(224)[:-2]]
    assert shown == ["3 × 224 × 224", *rows, " × ".join(map(str, summarise(224)[-2].shape))]


def test_the_rooms_are_all_drawn() -> None:
    drawn = set(re.findall(r'font-weight="600">(\w+)/<', HOOKS["diagrams"].rooms()))
    package = REPOSITORY / "src" / "gender_classifier"
    assert drawn == {path.name for path in package.iterdir() if (path / "__init__.py").is_file()}


def test_the_starting_weights_are_those_described() -> None:
    folder = REPOSITORY / "weights"
    described = (folder / "README.md").read_text(encoding="utf-8")
    for path in folder.glob("*.safetensors"):
        assert f"`{path.name}`" in described
        assert sha256_of(path) in described


def site() -> dict[str, Any]:
    """mkdocs.yml without what only mkdocs can make of it."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("tag:yaml.org,2002:python/name:", lambda _loader, name, _node: name)
    content: dict[str, Any] = yaml.load((REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8"), Loader)
    return content


def pages_of(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    else:
        for inner in nav.values() if isinstance(nav, dict) else nav:
            yield from pages_of(inner)


def test_every_page_of_the_site_is_in_its_navigation() -> None:
    folder = REPOSITORY / "docs"
    written = {path.relative_to(folder).as_posix() for path in folder.rglob("*.md")} - {"results/ablation.md"}
    named = list(pages_of(site()["nav"]))
    assert set(named) == written
    assert len(named) == len(set(named))


def test_every_place_in_a_page_is_filled() -> None:
    places = []
    for path in (REPOSITORY / "docs").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        places += HOOKS["PLACE"].findall(text)
        assert HOOKS["PLACE"].findall(HOOKS["on_page_markdown"](text)) == []
    assert set(places) == set(HOOKS["MADE"])
    with pytest.raises(KeyError):
        HOOKS["filled"]("nothing of the kind")


def test_the_reference_names_every_command_and_option() -> None:
    reference = HOOKS["filled"]("commands")
    for name, command in typer.main.get_command(app).commands.items():
        (part,) = re.findall(rf"^## {name}\n(.*?)(?=^## |\Z)", reference, re.DOTALL | re.MULTILINE)
        assert command.help.strip() in part
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert all(re.search(rf"{re.escape(option)}\b", part) for option in parameter.opts), parameter.name
            assert (parameter.help or "").replace("|", "\\|") in part


def test_the_reference_names_every_setting() -> None:
    named = set(re.findall(r"^\| `([a-z0-9_.]+)` \|", HOOKS["filled"]("settings"), re.MULTILINE))

    def keys(tree: dict[str, Any], prefix: str = "") -> Iterator[str]:
        for name, value in tree.items():
            yield from keys(value, f"{prefix}{name}.") if isinstance(value, dict) else [f"{prefix}{name}"]

    assert named == set(keys(load_config(None).model_dump())) - {"recipe"}


def test_every_setting_has_a_meaning() -> None:
    rows = re.findall(r"^\| `([a-z0-9_.]+)` \| (.*?) \| (.*) \|$", HOOKS["filled"]("settings"), re.MULTILINE)
    assert len(rows) > 60
    assert [name for name, _default, meaning in rows if not meaning.strip()] == []


def test_settings_list_the_values_that_they_take() -> None:
    settings = HOOKS["filled"]("settings")
    rows = dict(re.findall(r"^\| `([a-z0-9_.]+)` \| .*? \| (.*) \|$", settings, re.MULTILINE))
    assert rows["loss.name"].endswith("one of focal, bce")
    # A union of two lists of values is one list; where a number may stand too there is none.
    assert rows["threshold.metric"].endswith("worst_recall, precision, auto")
    assert "one of" not in rows["loss.alpha"]


def test_every_option_has_a_meaning() -> None:
    rows = re.findall(r"^\| `(-.*?)` \| (.*?) \| .* \|$", HOOKS["filled"]("commands"), re.MULTILINE)
    assert len(rows) > 60
    assert [name for name, meaning in rows if not meaning.strip()] == []


@documents
def test_images_say_what_they_show(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    assert [image for said, image in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text) if len(said) < 15] == []


@documents
def test_no_raw_roles(path: Path) -> None:
    assert re.findall(r":[a-z]+:`", path.read_text(encoding="utf-8")) == []


def test_docstrings_have_no_raw_roles() -> None:
    """The site shows docstrings as Markdown, in which a role is noise."""
    sources = list((REPOSITORY / "src").rglob("*.py"))
    assert len(sources) > 200
    assert [path.name for path in sources if re.search(r":[a-z]+:`", path.read_text(encoding="utf-8"))] == []


def test_nothing_is_fetched_by_a_reader() -> None:
    site_ = site()
    assert site_["theme"]["font"] is False
    assert "mermaid" not in json.dumps(site_["markdown_extensions"])  # Material would fetch its script
    for path in (REPOSITORY / "docs").rglob("*.md"):
        assert "```mermaid" not in path.read_text(encoding="utf-8"), path
        assert re.findall(r"!\[[^\]]*\]\(https?:", path.read_text(encoding="utf-8")) == []


def test_the_site_s_tables_are_those_of_the_report() -> None:
    report = json.loads(released_model().with_name("report.json").read_text(encoding="utf-8"))
    (row,) = (r for r in report["protocols"][0]["rows"] if (r["split"], r["tta"]) == ("val", "disabled"))
    low, high = row["intervals"]["accuracy"]
    shown = f"{100 * row['accuracy']:.2f} [{100 * low:.1f}, {100 * high:.1f}]"
    assert f"| validation | disabled | 5000 | {shown} |" in HOOKS["filled"]("results")
    assert "### By race" in HOOKS["filled"]("groups")
    assert "### Beside the peers" in HOOKS["filled"]("further")
    facecom = (REPOSITORY / "docs" / "results" / "facecom.md").read_text(encoding="utf-8")
    assert facecom.count("| Threshold by | Protocol |") == 6
    assert "| with TTA |" in HOOKS["filled"]("ablation")
