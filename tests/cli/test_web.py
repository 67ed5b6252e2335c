"""`web` as a whole: a site, or one line that says why not."""

from __future__ import annotations

from pathlib import Path

from ..running import call


def test_bad_input_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    other = tmp_path / "other.tgz"
    other.write_bytes(b"another file")
    done = call("web", "--out", str(tmp_path / "site"), "--runtime", str(other))
    assert done.code == 3
    assert len(done.err.strip().splitlines()) == 1
    assert "by its SHA-512; get it where there is network by `npm pack onnxruntime-web@" in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other.tgz"]


def test_a_folder_of_others_is_kept(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = call("web", "--out", str(tmp_path), "--overwrite")
    assert (done.code, (tmp_path / "mine.txt").read_text()) == (2, "mine")
    assert "no site that `web` wrote" in done.err
