"""The engines that can run the network, by name: which are there, which is best, and how one is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UserError, first_line, install_hint
from gender_classifier.inference.backends.openvino import OpenVinoNetwork, has_bfloat16
from gender_classifier.system.engine import CPU, open_session, providers

Logits = Callable[[NDArray[np.uint8]], NDArray[np.float32]]

AUTO, DEFAULT = "auto", "onnxruntime"
_OTHER_WHEEL = "pip uninstall onnxruntime, then pip install '{}'"


@dataclass(frozen=True)
class Engine:
    """What can run the network.

    Example:
        >>> ENGINES["onnxruntime"].runs_on, ENGINES["onnxruntime"].missing()
        ('CPU, float32', None)

    Attributes:
        name: as users write it.
        runs_on: device and precision, a few words.
        provider: onnxruntime's name of it; None: it is no part of onnxruntime.
        install: what to do where it is missing.
        settings: of the provider, by onnxruntime's names.
    """

    name: str
    runs_on: str
    provider: str | None
    install: str
    settings: dict[str, str] = field(default_factory=dict)

    def missing(self) -> str | None:
        """Say what is not installed that this engine needs.

        Returns:
            A line that says what is missing and how to install it; None: nothing is, though its device may not be
            there.
        """
        if self.provider is None:
            return None if find_spec("openvino") is not None else f"not installed; {self.install}"
        if self.provider in providers():
            return None
        return f"the installed onnxruntime lacks {self.provider}; {self.install}"


ENGINES: dict[str, Engine] = {
    engine.name: engine
    for engine in (
        Engine(
            "cuda",
            "NVIDIA GPU, float32",
            "CUDAExecutionProvider",
            _OTHER_WHEEL.format("onnxruntime-gpu[cuda,cudnn]"),
            {"cudnn_conv_algo_search": "HEURISTIC"},  # else each new batch size is tried out for seconds
        ),
        Engine(
            "directml",
            "GPU on Windows, float32",
            "DmlExecutionProvider",
            _OTHER_WHEEL.format("onnxruntime-directml") + " on Windows",
        ),
        Engine(
            "coreml",
            "Apple GPU or neural engine, float16 where it chooses to",
            "CoreMLExecutionProvider",
            "pip install onnxruntime on macOS, whose wheel has it",
            {"ModelFormat": "MLProgram", "MLComputeUnits": "ALL"},
        ),
        Engine("openvino", "CPU, bfloat16 where it has it", None, install_hint("openvino")),
        Engine("onnxruntime", "CPU, float32", CPU, "pip install onnxruntime"),
    )
}
"""By name, the fastest first: in this order `auto` looks for one."""
NAMES = (AUTO, "onnxruntime", "openvino", "cuda", "coreml", "directml")
"""What `--engine` takes."""


def check_name(name: str) -> None:
    """Refuse the name of an engine that there is not.

    Args:
        name: as a user wrote it; whether that engine is installed is not looked at.

    Raises:
        UserError: it is none of `NAMES`.
    """
    if name not in NAMES:
        raise UserError(f"engine={name}: one of {', '.join(NAMES)}")


def open_network(name: str, session: Any, path: Path, threads: int) -> tuple[str, Logits]:
    """Have an engine run a model.

    Args:
        name: one of `NAMES`; `auto`: the first of `ENGINES` that opens, OpenVINO only where the
            processor has bfloat16, since it is no faster without.
        session: onnxruntime's of the model on the CPU, which told what the file says of itself.
        path: the model file.
        threads: on the CPU.

    Returns:
        The engine's name, never `auto`, and what gives logits, float32 (N,), of crops, uint8 (N, size, size, 3)
        RGB; safe to call from several threads.

    Raises:
        UnreadableError: the engine cannot run the model.
        UserError: no such engine, it is not installed, or its device cannot be opened.
    """
    check_name(name)
    if name != AUTO:
        return name, _opened(ENGINES[name], session, path, threads)
    for engine in ENGINES.values():
        if engine.missing() is not None:
            continue
        try:
            if engine.provider is not None or has_bfloat16():
                return engine.name, _opened(engine, session, path, threads)
        except UserError:  # its device is not there, or its library is broken: the next
            continue
    return DEFAULT, _logits_of(session)


def _opened(engine: Engine, session: Any, path: Path, threads: int) -> Logits:
    if (fault := engine.missing()) is not None:
        raise UserError(f"engine {engine.name}: {fault}, or take {DEFAULT}")
    if engine.provider is None:
        return OpenVinoNetwork(path, threads)
    if engine.provider == CPU:
        return _logits_of(session)
    try:
        return _logits_of(open_session(path, threads, engine.provider, engine.settings))
    except Exception as error:  # onnxruntime raises its own undocumented types
        reason = first_line(error)[:200]
        raise UserError(
            f"engine {engine.name}: cannot be opened: {reason}; {engine.install}, or take {DEFAULT}"
        ) from None


def _logits_of(session: Any) -> Logits:
    name = session.get_inputs()[0].name
    return lambda crops: np.asarray(session.run(["logit"], {name: crops})[0], np.float32)
