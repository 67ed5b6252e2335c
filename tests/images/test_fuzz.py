"""Thousands of broken files: an image or one line, never another exception, a hang, or memory beyond its limit.

`GENDER_CLASSIFIER_FUZZ=100000 pytest tests/images/test_fuzz.py` reads more of them, and `…_SEED` others.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

READER = Path(__file__).with_name("fuzz_reader.py")
COUNT = int(os.environ.get("GENDER_CLASSIFIER_FUZZ", "2000"))
SEED = os.environ.get("GENDER_CLASSIFIER_FUZZ_SEED", "0")

pytestmark = pytest.mark.skipif(os.name != "posix", reason="memory is bounded by resource.setrlimit")


def test_broken_files_give_a_picture_or_one_line(tmp_path: Path) -> None:
    last, out, err = (tmp_path / name for name in ("last", "out", "err"))
    command = [sys.executable, str(READER), str(COUNT), SEED, "--last", str(last)]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        try:
            # For a hang, not for speed: a machine at work on other things takes its time.
            done = subprocess.run(command, stdout=stdout, stderr=stderr, timeout=300 + COUNT // 4, check=False)
        except subprocess.TimeoutExpired:
            pytest.fail(f"hangs at case {last.read_text().split()[-1:]} of seed {SEED}")
    told = err.read_text(errors="replace")[-2000:]
    assert done.returncode == 0, f"ended by {done.returncode} at case {last.read_text().split()[-1:]}\n{told}"
    report = json.loads(out.read_text())
    assert not report["wrong"], "\n".join(f"case {case}: {what}" for case, what in report["wrong"].items())
    kinds = report["kinds"]
    assert len(kinds) > 30
    # A fuzz that nothing passes, or all, would say little.
    assert sum(kind.get("read", 0) for kind in kinds.values()) > COUNT // 10
    assert sum(kind.get("refused", 0) for kind in kinds.values()) > COUNT // 4


def test_a_case_is_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(READER.parent))
    import fuzz_reader

    files = fuzz_reader.valid_files()
    first, again = ([fuzz_reader.mutated(case, 3, files)[1] for case in range(100)] for _ in range(2))
    assert first == again
    assert sum(data not in files.values() for data in first) > 90


def test_the_reader_would_find_what_is_wrong(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(READER.parent))
    import fuzz_reader
    import numpy as np

    rng = np.random.default_rng(0)
    for broken, told in (
        (lambda *_: 1 / 0, "ZeroDivisionError"),
        (lambda *_: np.zeros((4, 4), np.uint8), "not an image"),
        (lambda *_: np.zeros((4, 4, 4), np.uint8), "shape"),
    ):
        monkeypatch.setattr(fuzz_reader, "read", broken)
        assert told in fuzz_reader.outcome(b"", rng, tmp_path / "a.jpg")
