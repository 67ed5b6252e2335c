"""What several commands share: nothing that is there already is lost unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from gender_classifier.cli_options import refuse_existing
from gender_classifier.errors import UserError

from .commands.running import call
from .inference.conftest import write_model

__all__ = ["write_model"]


def test_a_file_is_kept_unless_it_may_go(tmp_path: Path) -> None:
    out = tmp_path / "card.md"
    refuse_existing(out, False)
    refuse_existing(None, False)
    out.touch()
    with pytest.raises(UserError, match=r"card\.md: is there already; --overwrite replaces it"):
        refuse_existing(out, False)
    refuse_existing(out, True)


def test_a_folder_is_known_by_what_it_holds(tmp_path: Path) -> None:
    refuse_existing(tmp_path, False, holding="audit.json")
    (tmp_path / "audit.json").touch()
    with pytest.raises(UserError, match=r"holds audit\.json of an earlier run; --overwrite"):
        refuse_existing(tmp_path, False, holding="audit.json")


@pytest.mark.parametrize("command", ["count", "card", "export", "demo", "predict"])
def test_every_command_that_writes_a_file_refuses(command: str, tmp_path: Path) -> None:
    out = tmp_path / ("demo.jpg" if command == "demo" else "rows.csv")
    out.write_text("mine")
    source = () if command == "demo" else (tmp_path,)
    done = call(command, *source, "--out", out)
    assert (done.code, "--overwrite replaces it" in done.error, out.read_text()) == (2, True, "mine")


def test_an_audit_is_not_written_over(write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path) -> None:
    asked = ("audit", drawn_faces / "val", "--out", tmp_path / "audited")
    first = call(*asked)
    assert first.code == 0, first.err
    (tmp_path / "audited" / "exclude.txt").write_text("reviewed")
    done = call(*asked)
    assert (done.code, "--overwrite" in done.error) == (2, True)
    assert (tmp_path / "audited" / "exclude.txt").read_text() == "reviewed"
    assert call(*asked, "--overwrite").code == 0
