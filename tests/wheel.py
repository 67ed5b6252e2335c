"""What `make dist` asks of the installed wheel: everything came along, and nothing of it is our checkout.

    python tests/wheel.py PYTHON

PYTHON is the interpreter of an environment into which the wheel alone was installed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[1] / "src" / "gender_classifier"
ASKED = """
import json, pathlib, importlib.util, gender_classifier
root = pathlib.Path(gender_classifier.__file__).parent
files = [p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and p.suffix != ".pyc"]
extras = [name for name in ("torch", "matplotlib", "fastapi", "av") if importlib.util.find_spec(name)]
print(json.dumps({"root": str(root), "files": files, "extras": extras, "version": gender_classifier.__version__}))
"""


def main(python: str) -> None:
    """Compare what is installed with the checkout; end with what is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(Path(python).absolute()), "-I", "-c", ASKED], cwd=folder, capture_output=True, text=True, check=True
        )
    found = json.loads(done.stdout)
    here = {p.relative_to(SOURCE).as_posix() for p in SOURCE.rglob("*") if p.is_file() and p.suffix != ".pyc"}
    wrong = [f"missing: {name}" for name in sorted(here - set(found["files"]))]
    wrong += [f"not of the checkout: {name}" for name in sorted(set(found["files"]) - here)]
    wrong += [f"the core brings {name}" for name in found["extras"]]
    wrong += ["the checkout itself was imported"] if Path(found["root"]) == SOURCE else []
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"wheel {found['version']}: {len(here)} files as in the checkout, no extra")


if __name__ == "__main__":
    main(sys.argv[1])
