from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import gender_classifier
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.system import files
from gender_classifier.system.files import (
    atomic_folder,
    atomic_path,
    find,
    refuse_address,
    refuse_existing,
    sha256_of,
    utf8_path,
)

SOURCE = Path(gender_classifier.__file__).parents[1]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "table.csv"
    path.write_text("old")
    return path


def test_takes_the_place_when_the_block_ends_well(target: Path) -> None:
    with atomic_path(target) as partial:
        partial.write_text("new")
        assert partial.parent == target.parent
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert list(target.parent.iterdir()) == [target]


def test_makes_a_file_that_was_not_there(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "fresh") as partial:
        partial.write_bytes(b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["fresh"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_failure_leaves_the_old_file_and_nothing_else(target: Path, error: BaseException) -> None:
    def fail_half_way() -> None:
        with atomic_path(target) as partial:
            partial.write_text("ne")
            raise error

    with pytest.raises(type(error)):
        fail_half_way()
    assert target.read_text() == "old"
    assert list(target.parent.iterdir()) == [target]


def test_a_full_disk_names_the_file_that_was_to_be(target: Path) -> None:
    def fail(*named: str) -> str:
        with atomic_path(target) as partial:
            partial.write_text("ne")
            raise OSError(28, "No space left on device", *(name or str(partial) for name in named))

    for named in ((), ("",)):
        with pytest.raises(OSError, match="No space") as caught:
            fail(*named)
        assert caught.value.filename == str(target)
    with pytest.raises(OSError, match="No space") as caught:
        fail("another")
    assert caught.value.filename == "another"


def test_a_block_that_writes_nothing_is_an_error(target: Path) -> None:
    with pytest.raises(FileNotFoundError), atomic_path(target):
        pass
    assert target.read_text() == "old"


def test_a_kill_in_the_middle_leaves_the_old_file(target: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from gender_classifier.system.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as partial:\n"
        "    partial.write_text('ne')\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", script, str(target)], env=environment, check=False)
    assert done.returncode == -9
    assert target.read_text() == "old"


def test_bytes_are_on_the_disk_before_the_name_changes(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events: list[str] = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(files.os, "fsync", lambda fd: (events.append("fsync"), fsync(fd)))
    monkeypatch.setattr(files.os, "replace", lambda a, b: (events.append("replace"), replace(a, b)))
    with atomic_path(target) as partial:
        partial.write_text("new")
    assert events == ["fsync", "replace"]


@pytest.mark.parametrize("content", [b"", b"abc", bytes(range(256)) * 5000])
def test_sha256(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "content"
    path.write_bytes(content)
    assert sha256_of(path) == hashlib.sha256(content).hexdigest()


def test_sha256_known_value(tmp_path: Path) -> None:
    # The one-block message sample of FIPS 180-2, appendix B.1.
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_listed_name_is_found_as_written_or_with_escapes_undone(tmp_path: Path) -> None:
    raw = tmp_path / os.fsdecode(b"Zo\xeb.jpg")
    raw.touch()
    assert find(r"Zo\xeb.jpg", tmp_path) == raw
    literal = tmp_path / r"Zo\xeb.jpg"
    literal.touch()
    assert find(r"Zo\xeb.jpg", tmp_path) == literal
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "a.jpg").touch()
    assert find(r"pics\a.jpg", tmp_path) == tmp_path / "pics" / "a.jpg"
    assert find("not there.jpg", tmp_path) == tmp_path / "not there.jpg"


@pytest.mark.skipif(os.sep != "/", reason="Windows has such paths")
@pytest.mark.parametrize("text", [r"C:\data\pics\f01.jpg", r"\\server\share\x.jpg"])
def test_a_windows_path_is_named_as_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableError, match="a Windows path"):
        find(text, tmp_path)


@pytest.mark.parametrize("text", ["http://host/a.jpg", "https:/host/a.jpg", "s3://b/k", "gs://b/k", "file://x/a.jpg"])
def test_an_address_is_not_fetched(text: str) -> None:
    with pytest.raises(UnreadableError, match="nothing is fetched"):
        refuse_address(text)


@pytest.mark.parametrize("text", ["http.jpg", "s3/a.jpg", r"C:\a.jpg", "c:/a.jpg", "a:b.jpg"])
def test_a_path_is_no_address(text: str) -> None:
    assert refuse_address(text) is None  # it would have raised


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name here")
def test_a_pipe_gets_the_bytes_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE)
    with atomic_path(pipe) as partial:
        partial.write_text("new")
    assert reader.communicate()[0] == b"new"
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no such device here")
def test_a_full_device_says_so(tmp_path: Path) -> None:
    link = tmp_path / "full"  # not the device itself, which must not come to harm where the code is wrong
    link.symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left") as caught, atomic_path(link) as partial:
        partial.write_text("new")
    assert caught.value.filename == str(link)
    assert link.is_symlink()


def test_a_name_cut_out_of_a_csv_file_is_found(tmp_path: Path) -> None:
    (tmp_path / "=1+1.jpg").touch()
    assert find("'=1+1.jpg", tmp_path) == tmp_path / "=1+1.jpg"
    (tmp_path / "'=1+1.jpg").touch()
    assert find("'=1+1.jpg", tmp_path) == tmp_path / "'=1+1.jpg"


def test_a_library_that_takes_utf_8_alone_reads_by_a_link(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"d\xeb.bin")
    path.write_bytes(b"all")
    with utf8_path(path) as named:
        assert str(named).encode("utf-8")
        assert named.read_bytes() == b"all"
    assert not named.exists()
    with utf8_path(tmp_path / "plain.bin") as named:
        assert named == tmp_path / "plain.bin"


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


def test_an_interruption_between_the_two_leaves_the_folder_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, moved, real = tmp_path / "site", [], os.replace
    folder.mkdir()
    (folder / "old.txt").touch()

    def stopping(source: Path, target: Path) -> None:
        moved.append(target)
        if len(moved) == 2:
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "replace", stopping)
    with pytest.raises(KeyboardInterrupt), atomic_folder(folder, replaces=True):
        pass
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["site", "site/old.txt"]


def test_the_disk_is_asked_by_who_may_write(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows refuses it to who may read alone."""
    fcntl = pytest.importorskip("fcntl")
    modes: list[int] = []
    monkeypatch.setattr(files.os, "fsync", lambda fd: modes.append(fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE))
    with atomic_path(target) as partial:
        partial.write_text("new")
    assert modes == [os.O_RDWR]


def test_the_copy_of_a_file_that_is_read_only_takes_its_place(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open

    def guarded(path: Path, mode: str = "r", **how: Any) -> Any:
        if "+" in mode:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, mode, **how)

    with atomic_path(target) as partial:
        partial.write_text("new")
        monkeypatch.setattr(Path, "open", guarded)
    monkeypatch.undo()
    assert target.read_text() == "new"
