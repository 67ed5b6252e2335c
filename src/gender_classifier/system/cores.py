"""How many cores there are for this process: by its affinity, and by the quota of its container.

A batch system pins a process to some cores, a container's quota lends it so much time a second of all of them. Threads
beyond either wait for one another: 32 threads on two cores were ten times as slow as two.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from gender_classifier.errors import UserError

PROC = Path("/proc/self")


def usable_cores() -> int:
    """Give how many cores this process may use.

    Returns:
        At least 1; a part of a core that a container's quota lends counts as a whole one.
    """
    lent = core_quota()
    return max(1, _affinity() if lent is None else min(_affinity(), math.ceil(lent)))


def core_quota() -> float | None:
    """Give how much time of cores the tightest control group (a container's, say) lends this process.

    Returns:
        Cores, also parts of one, such as 1.5; None: no limit, or a system without control groups.
    """
    return min(_quotas(PROC), default=None)


def checked_threads(asked: int | None) -> int:
    """Give the number of threads to work with.

    Args:
        asked: as many as the user wants, from 1; None: one for each core.

    Returns:
        `asked`, but not more than the cores that this process may use.

    Raises:
        UserError: fewer than 1.
    """
    if asked is not None and asked < 1:
        raise UserError(f"threads={asked}: at least 1")
    cores = usable_cores()
    return cores if asked is None else min(asked, cores)


def let_waiting_threads_sleep() -> None:
    """Have OpenMP's threads sleep where they wait, unless the environment says otherwise; before torch is imported."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quotas(proc: Path) -> Iterator[float]:
    """Cores' worth of time lent by each control group that this process is in, inner and outer, of version 1 and 2.

    Source: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/cgroups.rst; proc(5) on mountinfo.
    """
    try:
        groups = [line.split(":", 2) for line in (proc / "cgroup").read_text().splitlines()]
        mounts = [line.split(" - ", 1) for line in (proc / "mountinfo").read_text().splitlines()]
    except (OSError, ValueError):  # not Linux, or hidden
        return
    for mount, system in (pair for pair in mounts if len(pair) == 2):
        root, place = mount.split(" ")[3:5]
        kind, _source, features = (*system.split(" "), "", "")[:3]
        for _number, controllers, path in (group for group in groups if len(group) == 3):
            second = kind == "cgroup2" and not controllers
            first = kind == "cgroup" and "cpu" in controllers.split(",") and "cpu" in features.split(",")
            if first or second:
                for folder in _folders(Path(_plain(place)), _plain(root), path):
                    yield from _lent(folder, second)


def _folders(place: Path, root: str, path: str) -> Iterator[Path]:
    """Folders of a group and of all around it, as far as the mount shows them: a container sees only its own."""
    try:
        below = PurePosixPath(path).relative_to(root)
    except ValueError:  # the group lies outside what is mounted here
        below = PurePosixPath()
    if ".." not in below.parts:
        yield from (place / folder for folder in (below, *below.parents))


def _lent(folder: Path, second: bool) -> Iterator[float]:
    try:
        if second:
            quota, period = (folder / "cpu.max").read_text().split()
        else:
            quota, period = ((folder / f"cpu.cfs_{name}_us").read_text().strip() for name in ("quota", "period"))
        if quota != "max" and int(quota) > 0 and int(period) > 0:
            yield int(quota) / int(period)
    except (OSError, ValueError):  # no such group, no limit, or nothing for us to read
        return


def _plain(text: str) -> str:
    """A name of mountinfo, where blanks and the like are written in octal."""
    return text.replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\")
