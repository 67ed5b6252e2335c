"""How the command line ends: exit codes, interruptions, and one line for whatever a person can mend."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NoReturn

import pytest

from gender_classifier.cli import application as cli
from gender_classifier.errors import UnreadableError
from gender_classifier.model_files.released import released_model


@pytest.fixture(autouse=True)
def handlers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`main` takes SIGTERM over; the test run gets it back. A shell's background jobs ignore Ctrl-C."""
    monkeypatch.delenv("RANK", raising=False)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def code_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["gender-classifier", *arguments])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    return stopped.value.code


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "trian"),
        (["train"], "argument 'data'"),
        (["train", "faces"], "--out"),
        (["summary", "--size", "large"], "--size"),
        (["summary", "--colour"], "--colour"),
    ],
)
def test_wrong_use_names_what_is_wrong(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(monkeypatch, *arguments) == 2
    assert message.lower() in capsys.readouterr().err.lower()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_anywhere_is_code_4(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def wait(*_: object) -> NoReturn:
        os.kill(os.getpid(), number)
        time.sleep(60)
        raise AssertionError("not interrupted")

    monkeypatch.setattr("gender_classifier.faces.align_folder.find_pictures", wait)
    assert code_of(monkeypatch, "align", "here", "there") == 4
    assert capsys.readouterr().err == "error: interrupted\n"


def test_an_interruption_that_a_library_makes_its_own_error_is_one_still(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(**_options: object) -> NoReturn:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(60)
        except KeyboardInterrupt:
            raise UnreadableError("best.safetensors: not a whole checkpoint (KeyboardInterrupt)") from None
        raise AssertionError("not interrupted")

    monkeypatch.setattr(cli, "app", app)
    assert code_of(monkeypatch) == 4
    assert capsys.readouterr().err == "error: interrupted\n"


@pytest.mark.parametrize("asked", [["card", str(released_model().with_name("report.json"))], ["--version"]])
def test_a_reader_that_leaves_early_is_an_interruption(asked: list[str]) -> None:
    """`gender-classifier … | head -1`, much or little left to write: not 1, which says that something was found
    wrong, nor Python's 120, and no traceback."""
    run = [sys.executable, "-c", "from gender_classifier.cli import main; main()", *asked]
    reading, writing = os.pipe()
    os.close(reading)
    ended = subprocess.run(run, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert ended.returncode == 4
    assert ended.stderr == ""


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_what_the_system_refuses_is_one_line(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(**_options: object) -> NoReturn:
        raise OSError(number, os.strerror(number), "run/log.jsonl")

    monkeypatch.setattr(cli, "app", app)
    assert code_of(monkeypatch) == 2
    assert capsys.readouterr().err == f"error: run/log.jsonl: {os.strerror(number)}\n"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["evaluate", "LONG"], 3),
        (["audit", "LONG"], 3),
        (["align", "LONG", "crops"], 3),
        (["predict", "a.jpg", "--model", "LONG"], 3),
        (["card", "release", "--out", "LONG"], 2),
        (["card", "release", "--out=LONG"], 2),
    ],
)
def test_a_name_too_long_is_unreadable_as_input_and_wrong_as_output(
    arguments: list[str], code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "n" * 300
    assert code_of(monkeypatch, *(part.replace("LONG", name) for part in arguments)) == code
    said = capsys.readouterr().err
    assert said.startswith(f"error: {name}")
    assert said.count("\n") == 1


def test_a_mistake_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def app(**_options: object) -> NoReturn:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(cli, "app", app)
    with pytest.raises(OSError, match="Bad file"):
        cli.main()


def test_only_the_first_of_several_processes_speaks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RANK", "1")
    assert code_of(monkeypatch, "summary", "--size", "3") == 2
    assert capsys.readouterr().err == ""
