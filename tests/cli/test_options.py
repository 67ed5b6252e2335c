"""What several commands share: nothing that is there already is lost unasked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ..running import call


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


def test_an_evaluation_and_a_comparison_are_not_written_over(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("pyarrow")
    monkeypatch.chdir(tmp_path)
    model, val = write_model().rename("mine.onnx"), drawn_faces / "val"
    evaluations = (("evaluate", model, val), ("evaluate", model, val, "--out", "judged"))
    comparisons = (("compare", model, "judged", val, "--draws=100"),)
    for folder, page, asked in zip(
        ("mine-evaluation", "judged", "comparison"),
        ("report.json", "report.json", "comparison.md"),
        (*evaluations, *comparisons),
        strict=True,
    ):
        first = call(*asked)
        assert first.code == 0, first.err
        (tmp_path / folder / page).write_text("reviewed")
        done = call(*asked)
        message = f"{folder}: holds {page} of an earlier run; --overwrite replaces it, or choose another name"
        assert (done.code, done.error) == (2, f"error: {message}")
        assert (tmp_path / folder / page).read_text() == "reviewed"
        assert call(*asked, "--overwrite").code == 0
        assert (tmp_path / folder / page).read_text(encoding="utf-8") != "reviewed"


@pytest.mark.parametrize("option", ["--annotate", "--crops", "--explain"])
def test_a_folder_of_pictures_is_not_written_over(
    option: str, write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path
) -> None:
    folder, table = tmp_path / "folder", tmp_path / "rows.csv"
    asked = ("predict", drawn_faces / "val", "-r", "--model", write_model(), option, folder)
    folder.mkdir()
    assert call(*asked).code == 0, "an empty folder is fine"
    (folder / "face0000.jpg").write_text("reviewed")
    for more in ((), ("--out", table)):
        done = call(*asked, *more)
        assert (done.code, "is not empty; --overwrite replaces" in done.error) == (2, True)
        assert not table.exists()
    assert call(*asked, "--overwrite").code == 0
    assert call(*asked, "--out", table, "--resume").code == 0
    assert (folder / "face0000.jpg").read_text() == "reviewed", "of another name than what was written"


def test_two_folders_of_pictures_are_two(write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path) -> None:
    """Crops and maps have the same names: one would replace the other."""
    (tmp_path / "link").symlink_to("shown")
    asked = ("predict", drawn_faces / "val", "-r", "--model", write_model(), "--crops", tmp_path / "shown")
    for option, folder in (("--explain", "shown"), ("--annotate", "link")):
        done = call(*asked, option, tmp_path / folder)
        assert (done.code, "would write over one another; name two folders" in done.error) == (2, True)
