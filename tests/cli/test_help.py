"""The command line as its users expect it: every command's help, its examples, its choices, its completion."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer.main

from gender_classifier.cli import app
from gender_classifier.cli.options import (
    ANSWERS,
    DATA,
    FACES,
    LEARNING,
    OUTPUT,
    SPEED,
)
from gender_classifier.errors import UserError
from gender_classifier.faces.align_folder import align
from gender_classifier.inference.backends.registry import NAMES
from gender_classifier.model_files.released import own_band

from ..running import SOURCE, call, environment

GROUP: Any = typer.main.get_command(app)
COMMANDS: dict[str, Any] = GROUP.commands


def help_of(*command: str, flag: str = "--help") -> str:
    """A command's help in one line, without the frames around its groups."""
    patch = pytest.MonkeyPatch()
    with patch.context() as wide:
        wide.setenv("COLUMNS", "200")
        wide.setenv("NO_COLOR", "1")
        done = call(*command, flag)
    assert (done.code, done.err) == (0, "")
    return " ".join(re.sub(r"[│╭╮╰╯─|]", " ", done.out).split()) if flag == "-h" else done.out


def test_predict_is_the_first_of_all() -> None:
    shown = GROUP.list_commands(GROUP.make_context("gender-classifier", [], resilient_parsing=True))
    assert shown[0] == "predict"
    assert sorted(shown) == sorted(COMMANDS)


@pytest.mark.parametrize("name", [*COMMANDS])
def test_every_command_has_a_short_help_flag_and_examples_that_it_takes(name: str) -> None:
    assert "Examples:" in help_of(name, flag="-h")
    command = COMMANDS[name]
    first, *examples = command.epilog.split("\n\n")
    assert (first, len(examples) >= 1) == ("Examples:", True)
    for example in examples:
        program, asked, *arguments = shlex.split(example)
        assert (program, asked) == ("gender-classifier", name)
        command.make_context(name, arguments)
        assert example in help_of(name)


@pytest.mark.parametrize("argument", [["--no-such"], []])
def test_an_example_that_is_not_taken_would_be_found(argument: list[str]) -> None:
    with pytest.raises(Exception, match=r"[Nn]o such option|Missing parameter"):
        COMMANDS["predict"].make_context("predict", argument)


def test_the_program_s_own_help() -> None:
    text = help_of(flag="-h")
    assert "gender-classifier predict photos -r --out faces.csv" in text
    assert "--install-completion" in text
    assert text.index(" predict ") < text.index(" train ")


@pytest.mark.parametrize(
    ("command", "groups"),
    [("predict", (ANSWERS, FACES, OUTPUT, SPEED)), ("train", (DATA, LEARNING, OUTPUT, SPEED)), ("evaluate", (DATA,))],
)
def test_options_stand_in_groups(command: str, groups: tuple[str, ...]) -> None:
    text = help_of(command)
    assert all(f"─ {group} ─" in text for group in groups)


def test_choices_are_shown_and_they_are_those_that_the_commands_take() -> None:
    assert f"[{'|'.join(NAMES)}]" in help_of("predict")
    assert "[tensorboard]" in help_of("train")
    text = help_of("align")
    assert "[centre|skip]" in text
    assert "[jpg|png]" in text
    for wrong in ({"no_face": "leave"}, {"image_format": "webp"}):
        with pytest.raises(UserError):
            align(SOURCE, SOURCE / "new", **wrong)  # type: ignore[arg-type]


def test_predict_says_the_band() -> None:
    assert own_band() in " ".join(re.sub(r"[│]", " ", help_of("predict")).split())


@pytest.mark.parametrize(("words", "expected"), [("pre", "predict"), ("predict --engine open", "openvino")])
def test_the_shell_completes(words: str, expected: str) -> None:
    line = f"gender-classifier {words}"
    asked = {
        "_GENDER_CLASSIFIER_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }
    script = "import sys; sys.argv[0] = 'gender-classifier'\nfrom gender_classifier.cli import main\nmain()"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env={**environment(), **asked}, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [expected], done.stderr
    assert os.environ.get("_GENDER_CLASSIFIER_COMPLETE") is None
