"""A folder's pictures: files alone, nothing hidden, no circles, one line where a folder cannot be listed."""

import os
from pathlib import Path

import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images.files import PICTURE_SUFFIXES, is_picture, pictures_below
from gender_classifier.images.read import FORMATS


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
