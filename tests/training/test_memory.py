"""Freed memory is kept for the next step, and numbers stay as they are."""

import platform
import subprocess
import sys

import pytest

from gender_classifier.training import memory

GROWTH = """
import sys
import numpy as np
from gender_classifier.training.memory import keep_freed_memory
if sys.argv[1] == "keep":
    assert keep_freed_memory()
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
np.ones(2**26, np.uint8)  # 64 MiB, freed at once
print(resident())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library than glibc")
def test_keeps_what_was_freed() -> None:
    """In processes of their own: the setting lasts until a process ends."""
    kept, handed_back = (
        int(subprocess.run([sys.executable, "-c", GROWTH, mode], capture_output=True, text=True, check=True).stdout)
        for mode in ("keep", "plain")
    )
    assert kept - handed_back > 2**25


def test_says_no_where_the_library_has_no_such_function(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _name: object())
    assert not memory.keep_freed_memory()


def test_says_no_where_a_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    class Library:
        @staticmethod
        def mallopt(name: int, _value: int) -> int:
            return int(name != -4)

    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _name: Library())
    assert not memory.keep_freed_memory()
