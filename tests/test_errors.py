from __future__ import annotations

import pytest

from gender_classifier.cli import application as cli
from gender_classifier.errors import (
    ExitCode,
    FoundWrongError,
    UnreadableError,
    UserError,
)


def test_codes_that_scripts_rely_on() -> None:
    assert {code.name: code.value for code in ExitCode} == {
        "FINE": 0,
        "FOUND_WRONG": 1,
        "WRONG_USE": 2,
        "UNREADABLE": 3,
        "INTERRUPTED": 4,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UserError("faces/: no such folder"), 2),
        (UnreadableError("a.jpg: not an image"), 3),
        (FoundWrongError("model.onnx: logits differ"), 1),
    ],
)
def test_one_line_on_stderr_and_the_exit_code(
    error: UserError, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def app(**_options: object) -> None:
        raise error

    monkeypatch.setattr(cli, "app", app)
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == code
    captured = capsys.readouterr()
    assert captured.err == f"error: {error}\n"
    assert captured.out == ""


def test_whoever_catches_wrong_use_catches_unreadable_input_too() -> None:
    with pytest.raises(UserError, match=r"a\.jpg"):
        raise UnreadableError("a.jpg: truncated")
