"""Which images are meant by files, folders, patterns and lists; each once, with a name of its own."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images.files import PassedOver
from gender_classifier.inference.sources import picture_paths, real_path

from ..running import call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: some images, and what is none."""
    for name in ("b.jpg", "a.png", "C.JPEG", "notes.txt", ".hidden.jpg", "sub/d.webp", "sub/deep/a.jpg", ".git/x.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "folder.jpg").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def listed(monkeypatch: pytest.MonkeyPatch, data: bytes, recursive: bool = False) -> list[str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return [os.fspath(path) for path in picture_paths(["-"], recursive)]


def asked(*names: str, recursive: bool = False) -> list[str]:
    return [os.fspath(path) for path in picture_paths(names, recursive)]


def test_a_folder_holds_its_pictures_sorted(here: Path) -> None:
    assert asked(".") == ["C.JPEG", "a.png", "b.jpg"]
    assert asked(".", recursive=True) == ["C.JPEG", "a.png", "b.jpg", "sub/d.webp", "sub/deep/a.jpg"]
    assert asked(str(here / "sub")) == [str(here / "sub" / "d.webp")]


def test_no_picture_is_lost_in_silence(here: Path) -> None:
    (here / "broken.jpg").symlink_to("nowhere")
    (here / "linked.jpg").symlink_to("a.png")
    for recursive in (False, True):
        assert {"broken.jpg", "linked.jpg"} < set(asked(".", recursive=recursive))


def test_pictures_are_known_by_their_bytes_too(here: Path) -> None:
    Image.new("RGB", (9, 9)).save(here / "nosuffix", "JPEG")
    Image.new("RGB", (9, 9)).save(here / "sub" / "d.jpg.part", "PNG")
    assert asked(".", "sub") == ["C.JPEG", "a.png", "b.jpg", "nosuffix", "sub/d.jpg.part", "sub/d.webp"]


@pytest.mark.parametrize(
    ("recursive", "sentence"),
    [
        (False, "passed over: 2 .txt, 2 folders (--recursive looks into them)"),
        (True, "passed over: 2 .txt, 1 .mp4"),
    ],
)
def test_what_is_passed_over(recursive: bool, sentence: str, here: Path) -> None:
    (here / "more.TXT").write_text("text")
    (here / "sub" / "video.mp4").write_bytes(b"video")
    passed = PassedOver()
    picture_paths([".", "notes.txt"], recursive, passed)  # who names a file gets a row for it
    assert passed.sentence() == sentence


@pytest.mark.parametrize("command", ["predict", "align", "audit", "evaluate"])
def test_commands_say_what_they_passed_over(
    command: str, drawn_faces: Path, write_model: Callable[..., Path], tmp_path: Path
) -> None:
    for name in ("notes.txt", "video.mp4", "b.txt", ".hidden"):
        (drawn_faces / "val" / "male" / name).write_text("text")
    Image.open(drawn_faces / "val" / "male" / "face0000.jpg").save(drawn_faces / "val" / "male" / "jpeg", "JPEG")
    val, model, out = drawn_faces / "val", write_model(), tmp_path / "out"
    options = {
        "predict": (val, "-r", "--faces-only", "--model", model),
        "align": (val, out),
        "audit": (drawn_faces,),
        "evaluate": (model, val, "--out", out),
    }
    done = call(command, *options[command])
    assert "Traceback" not in done.err
    assert [line for line in done.err.splitlines() if "passed over" in line] == ["passed over: 2 .txt, 1 .mp4"]


def test_pipes_are_passed_over_in_folders_and_kept_where_they_are_named(here: Path) -> None:
    os.mkfifo(here / "pipe.jpg")
    assert "pipe.jpg" not in asked(".")
    assert "pipe.jpg" not in asked(".", recursive=True)
    assert asked("pipe.jpg") == ["pipe.jpg"]


def test_files_in_the_order_asked_whether_there_or_not(here: Path) -> None:
    assert asked("b.jpg", "gone.jpg", "a.png", "notes.txt") == ["b.jpg", "gone.jpg", "a.png", "notes.txt"]


def test_patterns(here: Path) -> None:
    assert asked("*.png", "[Cb].*") == ["a.png", "C.JPEG", "b.jpg"]
    assert asked("**/*.jpg") == ["b.jpg", "sub/deep/a.jpg"]  # the folder named folder.jpg has none
    assert asked("su?") == ["sub/d.webp"]
    assert asked("su?", recursive=True) == ["sub/d.webp", "sub/deep/a.jpg"]


def test_a_file_whose_name_looks_like_a_pattern(here: Path) -> None:
    (here / "x[1].jpg").touch()
    (here / "x1.jpg").touch()
    assert asked("x[1].jpg") == ["x[1].jpg"]
    (here / "x[1].jpg").unlink()
    assert asked("x[1].jpg") == ["x1.jpg"]


def test_each_picture_once(here: Path) -> None:
    assert asked("b.jpg", ".", "*.jpg", "./b.jpg") == ["b.jpg", "C.JPEG", "a.png"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"b.jpg\na.png\n", ["b.jpg", "a.png"]),
        (b"b.jpg\r\na.png", ["b.jpg", "a.png"]),
        (b"\n\nb.jpg\n\n", ["b.jpg"]),
        (b" b.jpg \n*.jpg\n[1]?.png\n-\n", [" b.jpg ", "*.jpg", "[1]?.png", "-"]),  # names as they are
        (b"caf\xe9.jpg\n\xf0\x9f\x99\x82.jpg\n", ["caf\udce9.jpg", "🙂.jpg"]),
        (b"with\nnewline.jpg\0b.jpg\0", ["with\nnewline.jpg", "b.jpg"]),
        (b"sub\nb.jpg\n", ["sub/d.webp", "b.jpg"]),
        (b"b.jpg\nb.jpg\n", ["b.jpg"]),
        (b"x" * 5000 + b".jpg\n", ["x" * 5000 + ".jpg"]),
    ],
)
def test_a_list_on_standard_input(
    data: bytes, expected: list[str], here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert listed(monkeypatch, data) == expected


def test_a_list_is_recursive_where_asked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert listed(monkeypatch, b"sub\n", recursive=True) == ["sub/d.webp", "sub/deep/a.jpg"]


@pytest.mark.parametrize("data", [b"", b"\n\r\n\n", b"\0\0"])
def test_an_empty_list(data: bytes, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableError, match=r"^-: no names on standard input"):
        listed(monkeypatch, data)


def test_folders_and_patterns_without_pictures(here: Path) -> None:
    (here / "docs").mkdir()
    with pytest.raises(UnreadableError, match=r"^docs: no images in this folder \([^\n]*with --recursive"):
        asked("docs")
    with pytest.raises(UnreadableError, match=r"^folder\.jpg: no images in this folder[^\n]*\)$"):
        asked("folder.jpg", recursive=True)
    for pattern in ("*.gif", "doc?", "**/*.bmp"):
        with pytest.raises(UnreadableError, match="no image fits this pattern"):
            asked(pattern)


def test_names_are_places_below_what_was_asked(here: Path) -> None:
    names = picture_paths([str(here), "sub/deep/a.jpg"], recursive=True)
    assert names == {
        here / "C.JPEG": "C",
        here / "a.png": "a",
        here / "b.jpg": "b",
        here / "sub/d.webp": "sub/d",
        here / "sub/deep/a.jpg": "sub/deep/a",
        Path("sub/deep/a.jpg"): "a~2",  # another path to it is another row
    }


def test_names_that_would_be_the_same_get_numbers(here: Path) -> None:
    for folder in ("one", "two"):
        (here / folder).mkdir()
        for name in ("a.jpg", "a.png", "A.gif", "a~2.jpg", "b.tar.jpg"):
            (here / folder / name).touch()
    names = picture_paths(["one", "two"], recursive=False)
    assert len(names) == 10
    assert len({name.casefold() for name in names.values()}) == 10
    assert list(names.values())[:3] == ["A", "a~2", "a~3"]
    assert {"b.tar", "b.tar~2"} < set(names.values())


def test_many_of_one_name(here: Path) -> None:
    names = picture_paths([f"{i}/photo.jpg" for i in range(3000)], recursive=False)
    assert len(set(names.values())) == 3000
    assert list(names.values())[-1] == "photo~3000"


def test_names_leave_room_for_an_ending(here: Path) -> None:
    for long in ("x" * 251, "é" * 125):
        name = picture_paths([f"{long}.jpg"], recursive=False)[Path(f"{long}.jpg")]
        assert 100 < len(os.fsencode(name)) <= 200


def test_what_an_interrupted_call_wrote_is_passed_over(here: Path) -> None:
    (here / "sub" / "crops").mkdir()
    (here / "sub" / "crops" / "d-0.jpg").touch()
    crops, passed = here / "." / "sub" / "crops", PassedOver()
    names = picture_paths(["sub/*"], True, passed, [crops, here / "not there"])
    assert names == {Path("sub/d.webp"): "d", Path("sub/deep/a.jpg"): "a"}
    assert passed.sentence() == "passed over: 1 in folders that are written to"
    # Who names nothing else means it.
    assert list(picture_paths(["sub/cro*"], False, None, [crops])) == [Path("sub/crops/d-0.jpg")]
    # A shell names it in place of a pattern, also where it, or the folder that holds it, has no image of its own.
    assert list(picture_paths(["b.jpg", "sub/crops"], False, None, [crops])) == [Path("b.jpg")]
    (here / "out" / "shown").mkdir(parents=True)
    for name in ("out", "out/shown"):
        assert list(picture_paths(["b.jpg", name], False, None, [here / "out" / "shown"])) == [Path("b.jpg")]
        with pytest.raises(UnreadableError, match="no images in this folder"):
            picture_paths(["b.jpg", name], False)


def test_a_real_path_is_where_links_lead(here: Path) -> None:
    (here / "link").symlink_to("sub")
    (here / "circle").symlink_to("circle")
    assert real_path(Path("link/d.webp")) == here.resolve() / "sub" / "d.webp"
    assert real_path(Path("circle")).is_absolute()
