"""onnxruntime, imported here and nowhere else: without its telemetry, with threads that sleep while they wait.

From 1.29 on onnxruntime writes a device's id and a database of events below the home folder, and looks its maker's
hosts up, as soon as it is imported. Only the environment keeps it from that: its own call comes too late.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gender_classifier.files import utf8_path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # `ORT_DISABLE_TELEMETRY=0` allows it

import onnxruntime as ort

VERSION: str = ort.__version__

SPINNING = "0"
"""Whether threads spin where they wait: ``benchmarks/side_by_side.py`` sets "1" and tells what either costs."""


def open_session(model: Path | bytes, threads: int) -> Any:
    """Open a model to run on the CPU, as an ``onnxruntime.InferenceSession``.

    Threads that wait for work sleep. By default they spin, which takes the cores from any other process: two
    programs side by side were then several times slower than one after the other.

    Args:
        model: a file, or its bytes.
        threads: that share each operator's work.

    Raises:
        Exception: onnxruntime's own undocumented types, where it cannot run the model.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", SPINNING)
    if isinstance(model, bytes):
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    with utf8_path(model) as path:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
