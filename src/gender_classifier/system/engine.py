"""onnxruntime, imported here and nowhere else: without its telemetry, with threads that sleep while they wait.

From 1.29 on onnxruntime writes a device's id and a database of events below the home folder, and looks its maker's
hosts up, as soon as it is imported. Only the environment keeps it from that: its own call comes too late.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from gender_classifier.system.files import utf8_path

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # `ORT_DISABLE_TELEMETRY=0` allows it

import onnxruntime as ort

VERSION: str = ort.__version__

SPINNING = "0"
"""Whether threads spin where they wait: `benchmarks/side_by_side.py` sets "1" and tells what either costs."""


_LOGGED = 2  # onnxruntime's own default: warnings and what is graver
CPU = "CPUExecutionProvider"


def providers() -> list[str]:
    """Give what the installed build of onnxruntime can run models on.

    Returns:
        onnxruntime's names, such as `CUDAExecutionProvider`; `CPU` is always among them.
    """
    return list(ort.get_available_providers())


def open_session(
    model: Path | bytes, threads: int, provider: str = CPU, settings: Mapping[str, str] | None = None
) -> Any:
    """Open a model for onnxruntime.

    Threads that wait for work sleep. By default they spin, which takes the cores from any other process: two
    programs side by side were then several times slower than one after the other.

    Args:
        model: an ONNX file, or its bytes.
        threads: that share each operator's work on the CPU.
        provider: one of `providers`; what it cannot run itself, the CPU runs.
        settings: of the provider, by onnxruntime's names; None: its own.

    Returns:
        An `onnxruntime.InferenceSession`.

    Raises:
        Exception: onnxruntime's own undocumented types, where it cannot run the model.
        RuntimeError: the provider's device cannot be opened.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", SPINNING)
    wanted: list[Any] = [CPU]
    if provider != CPU:
        # A device that is not there is told by an error of ours, not by lines of several loggers.
        options.log_severity_level = 4
        ort.set_default_logger_severity(4)
        options.enable_mem_pattern = False  # DirectML wants it so; batches differ in size anyway
        wanted = [(provider, dict(settings or {})), CPU]
        if provider == "CUDAExecutionProvider" and hasattr(ort, "preload_dlls"):
            with redirect_stdout(io.StringIO()):  # it prints what it does not find
                ort.preload_dlls()  # CUDA's libraries as pip installs them
    # Without `enable_fallback` it prints to standard output and goes on with the CPU.
    if isinstance(model, bytes):
        session = ort.InferenceSession(model, options, providers=wanted, enable_fallback=0)
    else:
        with utf8_path(model) as path:
            session = ort.InferenceSession(str(path), options, providers=wanted, enable_fallback=0)
    ort.set_default_logger_severity(_LOGGED)
    if session.get_providers()[0] != provider:
        raise RuntimeError("no such device, or its driver or libraries are missing")
    return session
