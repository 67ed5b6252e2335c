"""Folders of libraries: lent for the time of a process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..running import SOURCE

LOOK = """
import os, sys
from pathlib import Path
from gender_classifier.system import scratch
getattr(scratch, sys.argv[1])()
folder = os.environ.get(sys.argv[2])
if folder and "gender-classifier-" in folder:
    Path(folder).mkdir()
print(folder)
"""


def lent(function: str, variable: str, home: Path, **given: str) -> str:
    kept = {k: v for k, v in os.environ.items() if k != variable and not k.startswith("XDG_")}
    environment = {**kept, "HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": str(SOURCE), **given}
    command = [sys.executable, "-c", LOOK, function, variable]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize(
    ("function", "variable"),
    [
        ("spare_home_from_matplotlib", "MPLCONFIGDIR"),
        ("spare_temporary_folder_from_torch", "TORCHINDUCTOR_CACHE_DIR"),
    ],
)
def test_a_folder_is_lent_and_gone_in_the_end_unless_the_user_names_one(
    tmp_path: Path, function: str, variable: str
) -> None:
    first, second = (lent(function, variable, tmp_path) for _ in range(2))
    assert first != second
    assert Path(first).parent == tmp_path
    assert list(tmp_path.iterdir()) == []
    assert lent(function, variable, tmp_path, **{variable: "/mine"}) == "/mine"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="where matplotlib keeps it on Linux")
def test_who_has_matplotlib_s_list_of_fonts_already_keeps_it(tmp_path: Path) -> None:
    (tmp_path / ".config" / "matplotlib").mkdir(parents=True)
    (tmp_path / ".cache" / "matplotlib").mkdir(parents=True)
    assert lent("spare_home_from_matplotlib", "MPLCONFIGDIR", tmp_path) != "None"
    (tmp_path / ".cache" / "matplotlib" / "fontlist-v1.json").touch()
    assert lent("spare_home_from_matplotlib", "MPLCONFIGDIR", tmp_path) == "None"
