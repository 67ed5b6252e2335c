"""Runs the tutorial's notebook in a new folder, and keeps or compares what it prints.

    python docs/run_notebook.py            # runs it and writes its outputs into docs/notebook.ipynb
    python docs/run_notebook.py --check    # runs it, and fails where it prints something else than what is kept

Cells with the tag `varies` print what differs from machine to machine (a training's figures): they must run, no more.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).resolve().with_name("notebook.ipynb")
SECONDS = 600


def run(path: Path = NOTEBOOK) -> Any:
    """The notebook with the outputs of a run in a folder of its own, by this interpreter."""
    import nbformat
    from jupyter_client.manager import KernelManager
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as kept:
        os.environ |= dict.fromkeys(("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"), kept)
        kernel = KernelManager()
        kernel.kernel_spec.argv[0] = sys.executable  # whatever kernels are registered here
        client = NotebookClient(notebook, km=kernel, timeout=SECONDS, resources={"metadata": {"path": folder}})
        client.execute()
    for cell in notebook.cells:  # when and by what it was run is nobody's business
        cell.metadata.pop("execution", None)
    notebook.metadata.pop("language_info", None)
    return notebook


def texts(notebook: Any) -> list[str]:
    """What each code cell printed or gave, without images; of cells that vary nothing."""
    found = []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and "varies" not in cell["metadata"].get("tags", ()):
            found.append("".join(_texts(cell["outputs"])))
    return found


def _texts(outputs: list[Any]) -> list[str]:
    said = []
    for output in outputs:
        if output["output_type"] == "stream" and output["name"] == "stdout":
            said.append("".join(output["text"]))
        elif "data" in output and "image/png" not in output["data"]:
            said.append("".join(output["data"]["text/plain"]) + "\n")
    return said


def main() -> None:
    """Run the notebook; write it, or compare."""
    import nbformat

    done = run()
    if "--check" in sys.argv[1:]:
        kept = nbformat.read(NOTEBOOK, as_version=4)
        if texts(done) != texts(kept):
            sys.exit(f"{NOTEBOOK.name} prints something else: {texts(done)}, not {texts(kept)}")
        print(f"{NOTEBOOK.name}: {len(texts(done))} cells print what is kept")
        return
    nbformat.write(done, NOTEBOOK)
    print(f"{NOTEBOOK.name}: {NOTEBOOK.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
