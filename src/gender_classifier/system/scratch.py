"""Folders that a library makes for itself as it is imported, kept out of the user's home and removed in the end."""

from __future__ import annotations

import atexit
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path


def lend_scratch(variable: str) -> None:
    """Name a temporary folder in the environment, for a library that otherwise makes a lasting one.

    The library makes it when it comes to that, and nobody else can know its name; it goes when this process ends. Who
    set the variable has chosen, and nothing is done.

    Args:
        variable: of the environment, by which the library finds its folder: `MPLCONFIGDIR` say.
    """
    if variable in os.environ:
        return
    folder = Path(tempfile.gettempdir()) / f"gender-classifier-{secrets.token_hex(16)}"
    os.environ[variable] = str(folder)
    atexit.register(_remove, folder, os.getpid())


def _remove(folder: Path, owner: int) -> None:
    if os.getpid() == owner:  # a forked process uses its parent's
        shutil.rmtree(folder, ignore_errors=True)


def spare_home_from_matplotlib() -> None:
    """Call before matplotlib's first import, which makes two folders and a list of fonts below the home folder.

    Where they are already it uses them; else its list goes to a temporary folder and is made anew each time.
    """
    home = Path(os.path.expanduser("~"))
    config = cache = home / ".matplotlib"
    if sys.platform.startswith(("linux", "freebsd")):
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "matplotlib"
        cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "matplotlib"
    if not (config.is_dir() and any(cache.glob("fontlist-*.json"))):
        lend_scratch("MPLCONFIGDIR")


def spare_temporary_folder_from_torch() -> None:
    """Call before torch's first optimizer, which makes a folder `torchinductor_USER` that nothing of ours ever uses."""
    lend_scratch("TORCHINDUCTOR_CACHE_DIR")
