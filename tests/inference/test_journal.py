"""A journal survives whatever happens to it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference import journal as journals
from gender_classifier.inference.journal import Journal

from .written_rows import FACE, ROWS

SETTINGS = {"model": "abc", "min_face": None, "tta": False}


def journal(tmp_path: Path, resume: bool = False, **settings: Any) -> Journal:
    return Journal(tmp_path / "rows.csv", {**SETTINGS, **settings}, resume)


def begun(tmp_path: Path) -> Path:
    """A journal of two images whose process is gone."""
    kept = journal(tmp_path)
    kept.add("a.jpg", [FACE, ROWS[1]])
    kept.add("bytes \udce9.jpg", [ROWS[4]])
    kept.close()
    return kept.path


def test_a_journal_gives_back_what_it_was_given(tmp_path: Path) -> None:
    path = begun(tmp_path)
    again = journal(tmp_path, resume=True)
    assert again.done == {"a.jpg", "bytes \udce9.jpg"}
    again.add("b.jpg", [ROWS[3]])
    assert list(again.rows()) == [FACE, ROWS[1], ROWS[4], ROWS[3]]
    again.remove()
    assert not path.exists()
    assert list(tmp_path.iterdir()) == []


def test_what_is_kept_is_on_the_disk_at_once(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.add("a.jpg", [FACE])
    assert len(kept.path.read_text().splitlines()) == 2
    kept.close()


@pytest.mark.parametrize("keep", range(1, 60, 7))
def test_a_torn_last_line_is_done_anew(keep: int, tmp_path: Path) -> None:
    path = begun(tmp_path)
    whole = path.read_bytes()
    last = whole.splitlines(keepends=True)[-1]
    path.write_bytes(whole[: len(whole) - len(last) + keep])
    again = journal(tmp_path, resume=True)
    assert again.done == {"a.jpg"}
    again.add("bytes \udce9.jpg", [ROWS[4]])
    again.close()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("keep", [0, 1, 10])
def test_torn_in_its_first_line_it_begins_again(keep: int, tmp_path: Path) -> None:
    path = begun(tmp_path)
    path.write_bytes(path.read_bytes()[:keep])
    again = journal(tmp_path, resume=True)
    assert again.done == set()
    again.close()
    assert json.loads(path.read_text()) == SETTINGS


def test_the_end_may_be_zeros_after_a_loss_of_power(tmp_path: Path) -> None:
    path = begun(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole + bytes(700))
    again = journal(tmp_path, resume=True)
    again.close()
    assert path.read_bytes() == whole


@pytest.mark.parametrize("line", [1, 2, 3])
@pytest.mark.parametrize("text", ["rubbish", "[]", '{"path": "a.jpg"}', '{"path": "a.jpg", "rows": [{"colour": 1}]}'])
def test_a_line_broken_in_the_middle_is_one_clear_line(text: str, line: int, tmp_path: Path) -> None:
    path = begun(tmp_path)
    lines = path.read_text().splitlines()
    lines[line - 1] = text
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    with pytest.raises(UserError, match=rf"line {line}: broken; begin anew|begun with another model") as caught:
        journal(tmp_path, resume=True)
    assert "\n" not in str(caught.value)
    if text == "rubbish":
        assert isinstance(caught.value, UnreadableError)


def test_without_resume_nothing_is_thrown_away(tmp_path: Path) -> None:
    path = begun(tmp_path)
    before = path.read_bytes()
    with pytest.raises(UserError, match=r"is kept for it; go on with --resume, or begin anew with --overwrite"):
        journal(tmp_path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("change", [{"model": "other"}, {"tta": True}, {"min_face": 24}, {"more": 1}])
def test_other_settings_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    path = begun(tmp_path)
    before = path.read_bytes()
    with pytest.raises(UserError, match="was begun with another model or other options"):
        journal(tmp_path, resume=True, **change)
    assert path.read_bytes() == before


def test_resume_with_nothing_to_resume(tmp_path: Path) -> None:
    fresh = journal(tmp_path, resume=True)
    assert fresh.done == set()
    fresh.remove()


def test_one_process_at_a_time(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    first = journal(tmp_path)
    first.add("a.jpg", [FACE])
    with pytest.raises(UserError, match=rf"is being written by process {os.getpid()} on .+ since \d{{4}}-.+; wait"):
        journal(tmp_path, resume=True)
    first.add("b.jpg", [FACE])
    for resume, overwrite in ((True, False), (False, True), (False, False)):
        with pytest.raises(UserError, match="is being written by") as refused:
            Journal(tmp_path / "rows.csv", SETTINGS, resume, overwrite)
        assert not any(word in str(refused.value) for word in ("remove", "--resume", "--overwrite"))
    first.close()
    again = journal(tmp_path, resume=True)
    assert again.done == {"a.jpg", "b.jpg"}
    again.close()
    assert list(tmp_path.iterdir()) == [again.path]


def test_begun_anew_where_something_is_kept(tmp_path: Path) -> None:
    begun(tmp_path)
    anew = Journal(tmp_path / "rows.csv", {**SETTINGS, "model": "other"}, resume=False, overwrite=True)
    assert anew.done == set()
    anew.add("b.jpg", [ROWS[3]])
    assert list(anew.rows()) == [ROWS[3]]
    anew.close()


def test_a_journal_that_was_removed_is_noticed_at_once(tmp_path: Path) -> None:
    kept = journal(tmp_path)
    kept.add("a.jpg", [FACE])
    os.unlink(kept.path)
    with pytest.raises(FileNotFoundError):
        kept.add("b.jpg", [FACE])
    kept.close()


@pytest.mark.parametrize("line", [1, 2])
def test_a_byte_that_is_no_text_is_one_clear_line(line: int, tmp_path: Path) -> None:
    path = begun(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1].replace(b'"a', b'"\xff', 1)
    path.write_bytes(b"".join(lines))
    with pytest.raises(UnreadableError, match=rf"line {line}: broken; begin anew[^\n]+$"):
        journal(tmp_path, resume=True)


def test_it_is_closed_first_where_nothing_open_can_be_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "fcntl", None)
    kept, unlink = journal(tmp_path), Path.unlink

    def unlink_closed(path: Path, missing_ok: bool = False) -> None:
        if path == kept.path and not kept._handle.closed:
            raise PermissionError(13, "in use")
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", unlink_closed)
    kept.remove()
    assert list(tmp_path.iterdir()) == []
