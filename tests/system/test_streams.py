"""Standard streams of every kind: other encodings, closed, full; one line or none, never a traceback."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gender_classifier.inference.demo import demo_photo
from gender_classifier.inference.writers import COLUMNS
from gender_classifier.model_files.released import released_model
from gender_classifier.system import streams

from ..running import environment

RUN = "from gender_classifier.cli import main; main()"
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
ENCODINGS = [{"PYTHONIOENCODING": name} for name in ("cp1252", "cp932", "cp437", "ascii")] + [ASCII]


def started(*arguments: str | Path, more: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", RUN, *map(os.fspath, arguments)]
    return subprocess.run(command, env={**environment(), **(more or {})}, capture_output=True, check=False)


def shell(line: str, *arguments: str | Path, folder: Path | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a line of the shell in which `"$@"` is the command line."""
    command = ["sh", "-c", line, "sh", sys.executable, "-c", RUN, *map(os.fspath, arguments)]
    return subprocess.run(command, env=environment(), capture_output=True, check=False, cwd=folder)


def one_line(done: subprocess.CompletedProcess[bytes], code: int = 2) -> str:
    text = done.stderr.decode()
    assert done.returncode == code, text
    assert text.startswith("error: ")
    assert text.count("\n") == 1
    return text


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A photo whose name few encodings have, one of whose bytes is not UTF-8."""
    path = tmp_path / os.fsdecode("Zoë×名 ".encode() + b"\xeb.jpg")
    try:
        path.write_bytes(Path(demo_photo()).read_bytes())
    except OSError:
        pytest.skip("this file system takes no such name")
    return path


@pytest.mark.parametrize("surroundings", ENCODINGS, ids=lambda found: "-".join(found.values()))
def test_tables_and_documents_are_utf_8_whatever_the_locale(photo: Path, surroundings: dict[str, str]) -> None:
    done = started("predict", photo, more=surroundings)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(io.StringIO(done.stdout.decode("utf-8")))
    assert row["path"].endswith("Zoë×名 \\xeb.jpg")
    card = started("card", released_model().with_name("report.json"), more=surroundings)
    assert card.returncode == 0, card.stderr
    assert card.stdout.decode("utf-8").startswith("---\n")


@pytest.mark.parametrize("surroundings", ENCODINGS, ids=lambda found: "-".join(found.values()))
def test_a_screen_gets_what_it_can_show(photo: Path, surroundings: dict[str, str]) -> None:
    for arguments in (("predict", photo.with_suffix(".png")), ("count", photo), ("--help",), ("predict", "--help")):
        done = started(*arguments, more=surroundings)
        assert b"Traceback" not in done.stderr
        assert done.returncode in (0, 3)


def test_letters_that_are_lacking_are_written_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    streams.prepare()
    print("3 × 224 – Zoë")
    screen.flush()
    assert screen.buffer.getvalue() == b"3 x 224 - Zo\\xeb\n"  # type: ignore[attr-defined]


posix = pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX is needed")


@posix
def test_closed_streams(photo: Path, tmp_path: Path) -> None:
    assert "name a table with --out" in one_line(shell('"$@" >&-', "predict", photo))
    report = released_model().with_name("report.json")
    assert "name a file with --out" in one_line(shell('"$@" >&-', "card", report))
    assert "no names on standard input" in one_line(shell('"$@" <&-', "predict", "-"), 3)
    done = shell('"$@" >&- 2>&- <&-', "predict", photo, "--out", tmp_path / "table.csv")
    assert done.returncode == 0
    assert (tmp_path / "table.csv").read_text(encoding="utf-8").startswith(",".join(COLUMNS))


@posix
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_behind_a_stream(photo: Path, tmp_path: Path) -> None:
    for arguments in (("predict", photo), ("card", released_model().with_name("report.json")), ("--version",)):
        assert "No space left" in one_line(shell('"$@" >/dev/full', *arguments))
    done = shell('"$@" 2>/dev/full', "predict", photo, "--out", tmp_path / "table.csv")
    assert done.returncode == 0


@posix
def test_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    assert "working folder" in one_line(shell('rmdir ../gone && "$@"', "predict", "a.jpg", folder=tmp_path / "gone"))


@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "http://host/a.jpg"),
        ("predict", "a.jpg", "--model=https://host/m.onnx"),
        ("train", "s3://bucket/faces", "--out", "run"),
        ("evaluate", "release.onnx", "gs://bucket/val"),
        ("audit", "file:///faces"),
        ("align", "ftp://host/faces", "crops"),
        ("card", "https://host/report.json"),
    ],
)
def test_an_address_is_said_not_to_be_fetched(arguments: tuple[str, ...], tmp_path: Path) -> None:
    done = started(*arguments)
    assert "nothing is fetched" in one_line(done, 3)
    assert "://" in one_line(done, 3)


def test_a_value_of_the_configuration_may_be_an_address(tmp_path: Path) -> None:
    done = started("train", tmp_path / "none", "--out", tmp_path / "run", "--set", "export.citation=https://doi.org/1")
    assert "fetched" not in one_line(done, 3)


def test_names_too_long_for_what_lies_beside_them(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / f"{'é' * 122}ab.csv"  # 250 bytes
    done = started("predict", photo, "--out", out)
    assert done.returncode == 0, done.stderr
    assert sorted(tmp_path.iterdir()) == sorted([photo, out])
    one_line(started("predict", photo, "--out", tmp_path / f"{'a' * 252}.csv"))
    assert sorted(tmp_path.iterdir()) == sorted([photo, out])


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no /proc here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("predict", "PHOTO", "--out", "/proc/x.csv"),
        ("predict", "PHOTO", "--crops", "/proc/x"),
        ("demo", "--out", "/proc/x.jpg"),
        ("card", "REPORT", "--out", "/proc/x.md"),
        ("card", "REPORT", "--out", "/proc/x/y.md"),
        ("align", "FOLDER", "/proc/x"),
    ],
)
def test_where_nothing_can_be_written(photo: Path, arguments: tuple[str, ...]) -> None:
    there = {"PHOTO": photo, "REPORT": released_model().with_name("report.json"), "FOLDER": photo.parent}
    text = one_line(started(*(there.get(argument, argument) for argument in arguments)))
    assert "/proc/x" in text
    assert sorted(photo.parent.iterdir()) == [photo]
