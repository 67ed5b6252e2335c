"""A folder's images: files alone, nothing hidden, no circles, one line where a folder cannot be listed."""

import os
from pathlib import Path

import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images.decode import FORMATS
from gender_classifier.images.files import (
    PICTURE_SUFFIXES,
    PassedOver,
    begins_as_picture,
    is_picture,
    pictures_below,
    pictures_in,
)
from gender_classifier.images.read import read_picture


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def names(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in pictures_below(root)]


def test_sorted_whatever_the_depth_and_the_case(tmp_path: Path) -> None:
    plant(tmp_path, "b/2.JPG", "a.png", "b/1.Heic", "b/c/d.tiff", "z.gif", "b/a.txt", "list.csv", "jpg")
    assert names(tmp_path) == ["a.png", "b/1.Heic", "b/2.JPG", "b/c/d.tiff", "z.gif"]


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    plant(tmp_path, ".hidden/a.jpg", "._b.jpg", ".jpg", "c/.thumbs/d.jpg", "c/e.jpg")
    assert names(tmp_path) == ["c/e.jpg"]
    assert names(tmp_path / ".hidden") == ["a.jpg"]  # asked for by name


def test_links_to_files_count_and_those_to_folders_do_not(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "root"
    plant(outside, "far.jpg")
    plant(root, "in/near.jpg")
    (root / "linked.jpg").symlink_to(outside / "far.jpg")
    (root / "dangling.jpg").symlink_to(outside / "gone.jpg")
    (root / "in" / "circle").symlink_to(root)
    (root / "out").symlink_to(outside)
    assert names(root) == ["dangling.jpg", "in/near.jpg", "linked.jpg"]
    assert names(root / "out") == ["far.jpg"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_and_folders_are_no_pictures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    plant(tmp_path, "folder.jpg/in.jpg")
    assert names(tmp_path) == ["folder.jpg/in.jpg"]


def test_what_cannot_be_listed(tmp_path: Path) -> None:
    plant(tmp_path, "a.jpg")
    for missing in (tmp_path / "none", tmp_path / "a.jpg"):
        with pytest.raises(UnreadableError, match=rf"{missing.name}: folder cannot be listed \("):
            pictures_below(missing)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may list every folder")
def test_a_closed_folder_is_no_empty_one(tmp_path: Path) -> None:
    plant(tmp_path, "closed/a.jpg")
    (tmp_path / "closed").chmod(0)
    try:
        with pytest.raises(UnreadableError, match=r"closed: folder cannot be listed \(permission denied\)"):
            pictures_below(tmp_path)
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_no_suffix_of_a_kind_that_is_not_read() -> None:
    Image.init()
    known = {suffix: kind for suffix, kind in Image.registered_extensions().items() if suffix in PICTURE_SUFFIXES}
    assert set(known.values()) <= set(FORMATS)
    assert {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif"} <= set(known)
    assert is_picture(Path("nowhere/A.JPEG"))
    assert not is_picture(Path("nowhere/jpeg"))


KINDS = {
    "JPEG": ".jpe",
    "MPO": ".mpo",
    "PNG": ".apng",
    "WEBP": ".webp",
    "TIFF": ".tif",
    "BMP": ".bmp",
    "DIB": ".dib",
    "GIF": ".gif",
    "PPM": ".pnm",
    "JPEG2000": ".j2k",
    "AVIF": ".avifs",
    "HEIF": ".hif",
}


def written(path: Path, kind: str, mode: str = "RGB") -> None:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    with path.open("wb") as file:
        Image.new(mode, (64, 64), 90).save(file, kind)


def test_every_kind_that_is_read_is_tried() -> None:
    assert set(KINDS) == set(FORMATS)


@pytest.mark.parametrize("kind", KINDS)
def test_pictures_by_their_names(kind: str, tmp_path: Path) -> None:
    written(tmp_path / f"a{KINDS[kind]}", kind)
    assert names(tmp_path) == [f"a{KINDS[kind]}"]
    assert read_picture(tmp_path / f"a{KINDS[kind]}").shape == (64, 64, 3)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "DIB"])  # which has no mark at its beginning
def test_pictures_by_their_bytes(kind: str, tmp_path: Path) -> None:
    for name in ("nosuffix", "a.jpg.bak", "b.txt", "c.0", ".hidden"):
        written(tmp_path / name, kind)
    passed = PassedOver()
    assert pictures_below(tmp_path, passed) == pictures_in(tmp_path, passed)
    assert names(tmp_path) == ["a.jpg.bak", "b.txt", "c.0", "nosuffix"]
    assert not passed


@pytest.mark.parametrize("mode", ["1", "L", "RGB"])
def test_portable_maps_by_their_bytes(mode: str, tmp_path: Path) -> None:
    written(tmp_path / "map", "PPM", mode)
    assert begins_as_picture(tmp_path / "map")
    (tmp_path / "plain").write_text("P2 # a comment\n# another\n2 2\n255\n1 2 3 4\n")
    assert begins_as_picture(tmp_path / "plain")


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"x", b"BMW and other cars, " * 9, b"P1 is the first", b"P5", b"RIFF0000AVI LIST", b"GIF", b"\xff\xd8"),
        *(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", b"%PDF-1.4", b"PK\3\4", b"II*", b"path,gender\n", b"\0" * 300),
    ],
)
def test_other_files_are_no_pictures(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert not begins_as_picture(tmp_path / "file")
    assert not begins_as_picture(tmp_path)
    assert not begins_as_picture(tmp_path / "gone")


def test_a_raw_file_is_not_taken_for_its_thumbnail(tmp_path: Path) -> None:
    for name in ("a.nef", "b.CR2", "c.dng", "d.scan"):
        written(tmp_path / name, "TIFF")
    passed = PassedOver()
    assert [path.name for path in pictures_below(tmp_path, passed)] == ["d.scan"]
    assert passed.sentence() == "passed over: 1 .cr2, 1 .dng, 1 .nef"


def test_what_is_passed_over_is_counted_by_kind(tmp_path: Path) -> None:
    plant(
        tmp_path, "a.jpg", "b.txt", "c.TXT", "sub/d.txt", "sub/e.mp4", "Makefile", ".hidden", ".git/config", "sub/f.png"
    )
    passed = PassedOver()
    assert len(pictures_below(tmp_path, passed)) == 2
    assert passed.sentence() == "passed over: 3 .txt, 1 .mp4, 1 without suffix"
    alone = PassedOver()
    assert [path.name for path in pictures_in(tmp_path, alone)] == ["a.jpg"]
    assert alone.sentence() == "passed over: 2 .txt, 1 without suffix, 1 folder (--recursive looks into them)"


def test_nothing_passed_over_is_nothing_said() -> None:
    passed = PassedOver()
    assert passed.sentence() == ""
    assert not passed
    passed.counts[".csv"] -= 1
    assert passed.sentence() == ""


def test_the_line_is_short_and_safe_to_print() -> None:
    passed = PassedOver()
    for number in range(5000):
        passed.add(Path(f"a.{number % 30:02}"))
    assert passed.sentence() == (
        "passed over: 167 .00, 167 .01, 167 .02, 167 .03, 167 .04, 167 .05, 167 .06, 167 .07 and 3,664 others"
    )
    strange = PassedOver()
    strange.add(Path("a.\x1b[31m"))
    strange.add(Path(os.fsdecode(b"a.\xff")))
    assert strange.sentence().isascii()
    assert strange.sentence().isprintable()


def test_a_folder_alone_that_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"none: folder cannot be listed \("):
        pictures_in(tmp_path / "none")
