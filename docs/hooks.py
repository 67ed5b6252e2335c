"""What the site shows but nobody writes by hand: the command line's reference, settings, and tables of results.

MkDocs calls `on_page_markdown` for every page; a line `<!-- NAME -->` in one of them is replaced by what is made here,
and with it the line below, which tells readers on a code host that something stands there.
`python docs/hooks.py NAME` prints the same.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import typer.main
from pydantic import BaseModel

import diagrams
import readme
from gender_classifier.cli import app
from gender_classifier.config.reading import dump_config, load_config, recipe_names
from gender_classifier.config.settings import Config
from gender_classifier.report.further import further_lines, read_further
from gender_classifier.report.groups import group_lines
from gender_classifier.report.markdown import FIGURES
from gender_classifier.report.tables import (
    HEADINGS,
    cells,
    markdown_table,
    threshold_sentence,
    tta_sentence,
)
from gender_classifier.runs.folder import EvaluationFolder
from gender_classifier.runs.report import Report

REPOSITORY = Path(__file__).resolve().parents[1]
MODELS = REPOSITORY / "src" / "gender_classifier" / "model_files" / "shipped"
NOTEBOOK = REPOSITORY / "docs" / "notebook.ipynb"
GALLERY = REPOSITORY / "docs" / "gallery"
ABLATION = REPOSITORY / "docs" / "results" / "ablation.md"
SHOWN = {name: name for name in ("phase", "TTA", "n", "accuracy [95 %]", "recall of women [95 %]")}
SHOWN |= {"recall [95 %]": "recall of men [95 %]", "ROC AUC": "ROC AUC"}  # male is positive
NOTE = "*Made when the site is built: make docs.*"
PLACE = re.compile(rf"^<!-- ([a-z]+) -->$(?:\n{re.escape(NOTE)}$)?", re.MULTILINE)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """The page with every place filled."""
    return PLACE.sub(lambda found: filled(found[1]), markdown)


def on_pre_build(**_: Any) -> None:
    """Draw the diagrams anew: they show what the program is now."""
    diagrams.write_all()


def filled(name: str) -> str:
    """What stands in a place.

    Raises:
        KeyError: nothing of that name is made here.
    """
    return MADE[name]()


def command_line() -> str:
    """Every command with its arguments and options, as typer knows them."""
    group: Any = typer.main.get_command(app)
    names = group.list_commands(group.make_context("gender-classifier", [], resilient_parsing=True))
    return "\n\n".join("\n".join(_command(name, group.commands[name])) for name in names)


def _command(name: str, command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["gender-classifier", name, *map(_usage, arguments), *(["[OPTIONS]"] if options else [])])
    yield from (f"## {name}", "", (command.help or "").strip(), "", "```text", usage, "```", "")
    rows = [[f"`{_metavar(p)}`", _text(p.help), "required" if p.required else ""] for p in arguments]
    rows += [[f"`{_names(p)}`", _text(p.help), _default(p)] for p in options]
    yield from ('<div class="options" markdown>', "")
    yield from markdown_table(("argument or option", "what it does", "default"), rows, left=3)
    yield from ("", "</div>")
    calls = (command.epilog or "").split("\n\n")[1:]
    yield from ("", "```sh", *calls, "```")


def _metavar(parameter: Any) -> str:
    return parameter.metavar or parameter.name.upper()


def _usage(argument: Any) -> str:
    shown = _metavar(argument) + ("..." if argument.nargs == -1 else "")
    return shown if argument.required else f"[{shown}]"


def _names(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    value = (option.metavar or "").replace("|", "\\|") or option.opts[0].lstrip("-").replace("-", "_").upper()
    return names if option.is_flag else f"{names} {value}"


def _default(option: Any) -> str:
    if option.required:
        return "required"
    return "" if option.default in (None, False, (), []) or option.is_flag else f"`{option.default}`"


def _text(text: str | None) -> str:
    return (text or "").replace("|", "\\|")


def settings() -> str:
    """Every setting of every section: name, what it takes, default, meaning."""
    parts = []
    for section, about in Config.model_fields.items():
        model = about.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            parts += [f"### {section}", "", (model.__doc__ or "").strip(), "", '<div class="options" markdown>', ""]
            parts += [*markdown_table(("setting", "default", "meaning"), _fields(section, model), left=3), "", "</div>"]
            parts += [""]
    return "\n".join(parts)


def _fields(prefix: str, model: type[BaseModel]) -> Iterator[list[str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):  # its policies, a level down
            yield from _fields(f"{prefix}.{name}", type(field.default))
        else:
            one_of = ", ".join(_choices(field.annotation))
            said = "; ".join(filter(None, (field.description, one_of and f"one of {one_of}")))
            yield [f"`{prefix}.{name}`", _shown(field.default), _text(said)]


def _choices(annotation: Any) -> list[str]:
    """The values of a Literal, or of a union of them; none where something else may stand there too."""
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    parts = [_choices(part) for part in get_args(annotation)] if get_origin(annotation) in (Union, UnionType) else []
    return [value for part in parts for value in part] if all(parts) else []


def _shown(value: Any) -> str:
    """A default as `--set` takes it."""
    return f"`{value if isinstance(value, str) else json.dumps(value)}`" if value != "" else "none"


def recipes() -> str:
    """Every recipe as resolved, all defaults written out, in the order of its names."""
    parts = []
    for name in recipe_names():
        parts += [f"### {name}", "", "```yaml", dump_config(load_config(name)).rstrip(), "```", ""]
    return "\n".join(parts)


def released_results() -> str:
    """The released model's table Phase x TTA, and what was chosen where."""
    protocol = _report().protocols[0]
    rows = [[cells(row)[HEADINGS.index(name)] for name in SHOWN] for row in protocol.rows]
    said = [threshold_sentence(protocol), tta_sentence(protocol)]
    return "\n".join([*markdown_table(list(SHOWN.values()), rows), "", *(f"{text}\n" for text in said if text)])


def released_groups() -> str:
    """The released model by age, race and intersection."""
    groups = _report().groups
    return "\n".join(group_lines(groups, 3)) if groups is not None else ""


def released_further() -> str:
    """What `benchmarks/release.py` measured besides."""
    return "\n".join(further_lines(read_further(MODELS / "figures.json"), 3))


def ablation() -> str:
    """What each technique is worth, kept in a file of its own: the measuring takes an hour."""
    return ABLATION.read_text(encoding="utf-8").strip()


def gallery() -> str:
    """Each figure of a run that lies in `gallery`, with what a report says of it, and of which run they are."""
    about = json.loads((GALLERY / "run.json").read_text(encoding="utf-8"))
    train = sum(about["counts"]["train"].values())
    lines = [
        f"These are of a run on {about['what']}: recipe `{about['recipe']}`, {train:,} training images at "
        f"{about['size']} px, "
        f"{about['epochs']} of {about['planned']} epochs, epoch {about['kept']} kept; "
        f"{100 * about['accuracy']:.1f} % of {about['count']:,} validation images right, held out "
        "(`benchmarks/gallery.py`). " + ("Such a model knows cloth and nothing of people." if about["drawn"] else ""),
    ]
    for name, (title, caption) in FIGURES.items():
        if (GALLERY / name).is_file():
            lines += ["", f"## {title}", "", f"![{title}: {caption}](../gallery/{name})", "", caption]
    return "\n".join(lines)


def notebook() -> str:
    """The tutorial's notebook: its texts, its code, and what that printed when it was last run."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    parts = [
        "This page is `docs/notebook.ipynb`, which every test run executes and whose output it compares: "
        "`jupyter lab docs/notebook.ipynb` in a checkout, or [the file](notebook.ipynb)."
    ]
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(re.sub("^# ", "## ", source) if source.startswith("# ") else source)
        else:
            parts += [f"```python\n{source}\n```", *map(_output, cell["outputs"])]
    return "\n\n".join(part for part in parts if part)


def _output(output: dict[str, Any]) -> str:
    """An output as Markdown: an image within the page, or text."""
    data = output.get("data", {})
    if "image/png" in data:
        picture = "".join(data["image/png"]).replace("\n", "")
        return f'<img alt="What the cell above draws" src="data:image/png;base64,{picture}">'
    text = "".join(data.get("text/plain", "") if data else output["text"] if output["name"] == "stdout" else "")
    return f"```text\n{text.rstrip()}\n```" if text.strip() else ""


def _report() -> Report:
    return EvaluationFolder(MODELS).read_report()


MADE: dict[str, Callable[[], str]] = {
    "commands": command_line,
    "settings": settings,
    "recipes": recipes,
    "results": released_results,
    "groups": released_groups,
    "further": released_further,
    "ablation": ablation,
    "peers": readme.peers_all,
    "said": readme.said,
    "weakest": readme.weakest,
    "band": readme.band,
    "gallery": gallery,
    "notebook": notebook,
    "right": readme.right,
    "models": readme.models,
    "facecom": readme.facecom,
    "techniques": readme.techniques,
}

if __name__ == "__main__":
    print(filled(" ".join(sys.argv[1:])))
