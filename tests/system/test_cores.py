"""Cores by affinity and by the quotas of control groups, as Linux writes both versions down."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.errors import UserError
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.system import cores
from gender_classifier.system.cores import checked_threads, usable_cores

from ..running import SOURCE, call


class Machine:
    """A made /proc/self and its mounts, with 64 cores by affinity."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        folder.joinpath("proc").mkdir()
        folder.joinpath("proc", "cgroup").touch()
        folder.joinpath("proc", "mountinfo").write_text("1 0 0:1 / / rw - ext4 /dev/sda rw\nrubbish\n")
        patch.setattr(cores, "PROC", folder / "proc")
        patch.setattr(cores, "_affinity", lambda: 64)

    def belongs(self, line: str) -> None:
        with self.folder.joinpath("proc", "cgroup").open("a") as handle:
            handle.write(line + "\n")

    def mounts(self, place: Path, kind: str, root: str = "/", features: str = "rw") -> Path:
        place.mkdir(parents=True, exist_ok=True)
        written = str(place).replace(" ", "\\040")
        with self.folder.joinpath("proc", "mountinfo").open("a") as handle:
            handle.write(f"30 23 0:28 {root} {written} rw,relatime shared:9 master:2 - {kind} {kind} {features}\n")
        return place


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def second(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(text + "\n")


def first(folder: Path, quota: int, period: int = 100_000) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (folder / "cpu.cfs_period_us").write_text(f"{period}\n")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("200000 100000", 2), ("150000 100000", 2), ("5000 100000", 1), ("max 100000", 64), ("9900000 100000", 64)],
)
def test_a_container_of_version_2(machine: Machine, text: str, expected: int) -> None:
    machine.belongs("0::/")
    second(machine.mounts(machine.folder / "sys" / "fs cgroup", "cgroup2"), text)
    assert usable_cores() == expected


def test_the_tightest_of_nested_groups_counts(machine: Machine) -> None:
    machine.belongs("0::/machine.slice/job.scope/step")
    top = machine.mounts(machine.folder / "cg", "cgroup2")
    second(top / "machine.slice", "800000 100000")
    second(top / "machine.slice" / "job.scope", "300000 100000")
    second(top / "machine.slice" / "job.scope" / "step", "max 100000")
    second(top / "other.slice", "100000 100000")
    assert usable_cores() == 3


@pytest.mark.parametrize("seen", ["/docker/0123", "/", "/docker"])
def test_a_container_of_version_1(machine: Machine, seen: str) -> None:
    """What a container sees is mounted from its own group, or the host's tree is seen whole."""
    machine.belongs("4:cpu,cpuacct:/docker/0123/inner")
    machine.belongs("3:memory:/docker/0123")
    place = machine.mounts(machine.folder / "cpu,cpuacct", "cgroup", seen, "rw,cpu,cpuacct")
    machine.mounts(machine.folder / "memory", "cgroup", seen, "rw,memory")
    container = place / Path("/docker/0123").relative_to(seen)
    first(container / "inner", -1)
    first(container, 250_000)
    first(machine.folder / "memory", 100_000)
    assert usable_cores() == 3


def test_a_group_outside_of_what_is_mounted_and_files_that_are_rubbish(machine: Machine) -> None:
    for line in ("0::/../../elsewhere", "4:cpu:/host/path", "rubbish"):
        machine.belongs(line)
    place = machine.mounts(machine.folder / "two", "cgroup2")
    one = machine.mounts(machine.folder / "one", "cgroup", "/lxc", "rw,cpu")
    second(place, "100000 100000")
    first(one, 400_000)
    assert usable_cores() == 4  # the group's mount stands for it where its path cannot be followed
    (one / "cpu.cfs_period_us").write_text("often")
    assert usable_cores() == 64


@given(
    affinity=st.integers(1, 256),
    quotas=st.lists(st.tuples(st.integers(1000, 10**7), st.sampled_from([10_000, 50_000, 100_000])), max_size=4),
)
def test_affinity_and_quotas_both_count(affinity: int, quotas: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cores, "_affinity", lambda: affinity)
        patch.setattr(cores, "_quotas", lambda _: (quota / period for quota, period in quotas))
        expected = min([affinity, *(max(1, math.ceil(quota / period)) for quota, period in quotas)])
        assert usable_cores() == expected
        assert checked_threads(None) == expected
        assert checked_threads(10**6) == expected
        assert checked_threads(1) == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_affinity_of_this_process() -> None:
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    code += "from gender_classifier.system.cores import usable_cores; print(usable_cores())"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_fewer_than_one_is_refused() -> None:
    with pytest.raises(UserError, match="threads=0: at least 1"):
        checked_threads(0)


def test_engines_take_no_more_threads_than_there_are_cores() -> None:
    cores_here = usable_cores()
    classifier = GenderClassifier(threads=cores_here + 30)
    assert classifier.threads == cores_here
    for session in (classifier._session, FaceDetector(threads=cores_here + 30)._session):
        assert session.get_session_options().intra_op_num_threads == cores_here


def test_the_command_line_says_so(tmp_path: Path) -> None:
    done = call("demo", "--out", tmp_path / "demo.jpg", "--threads", "4000")
    cores_here = usable_cores()
    assert done.code == 0
    assert f"--threads 4000: this process may use {cores_here} core" in done.err
    assert "--threads" not in call("demo", "--out", tmp_path / "other.jpg", "--threads", cores_here).err
