"""The network in OpenVINO in place of onnxruntime: faster where the processor multiplies in bfloat16, else no faster.

An extra (`[openvino]`). bfloat16 has 8 bits of mantissa, so logits differ from
onnxruntime's float32; by how much, and what it does to answers, is measured by `benchmarks/engines.py`.
"""

from __future__ import annotations

import importlib
import sys
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError, first_line, install_hint


class OpenVinoNetwork:
    """Logits of crops by OpenVINO on the CPU; safe to call from several threads, which then take turns.

    Example:
        >>> network = OpenVinoNetwork(Path("model.onnx"), threads=2)  # doctest: +SKIP
        >>> network(np.zeros((5, 128, 128, 3), np.uint8)).shape  # doctest: +SKIP
        (5,)

    Args:
        path: model file.
        threads: of OpenVINO; a batch is shared out among as many streams of one thread each.

    Attributes:
        bfloat16: whether the processor multiplies in it, and so the network does.

    Raises:
        UserError: OpenVINO is not installed, or does not start.
        UnreadableError: it cannot run the file.
    """

    def __init__(self, path: Path, threads: int) -> None:
        openvino, core, self.bfloat16 = _started()
        self._lock = Lock()
        settings = {
            "PERFORMANCE_HINT": "THROUGHPUT",
            "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads,
            "INFERENCE_PRECISION_HINT": "bf16" if self.bfloat16 else "f32",
        }
        try:
            model = core.read_model(str(path))
            for output in list(model.outputs):
                if "logit" not in output.names:  # files of older exports: a feature map, written out with each answer
                    model.remove_result(output.node)
            self._requests: Any = openvino.AsyncInferQueue(core.compile_model(model, "CPU", settings), threads)
        except Exception as error:  # OpenVINO raises its own undocumented types
            raise UnreadableError(f"{path}: OpenVINO cannot run it ({first_line(error)})") from None

    def __call__(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Compute the logits of crops.

        Args:
            crops: uint8 (N, size, size, 3) RGB; size is the model's `input_size`.

        Returns:
            float32 (N,), before calibration: positive speaks for male.
        """
        parts = [part for part in np.array_split(crops, len(self._requests)) if len(part)]
        logits: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(parts)

        def keep(request: Any, place: int) -> None:
            logits[place] = np.array(request.get_output_tensor().data, np.float32)

        with self._lock:
            self._requests.set_callback(keep)
            for place, part in enumerate(parts):
                self._requests.start_async({0: np.ascontiguousarray(part)}, place)
            self._requests.wait_all()
        return np.concatenate([*logits, np.empty(0, np.float32)])


def has_bfloat16() -> bool:
    """Tell whether OpenVINO multiplies in bfloat16 on this processor.

    Raises:
        UserError: OpenVINO is not installed, or does not start.
    """
    return _started()[2]


def _started() -> tuple[Any, Any, bool]:
    """The package, its core, and whether that multiplies in bfloat16."""
    openvino = _quiet_openvino()
    try:
        core = openvino.Core()
        return openvino, core, "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except Exception as error:  # OpenVINO raises its own undocumented types
        raise _broken(f"cannot be opened ({first_line(error)})") from None


def _broken(why: str, advice: str = "pip install --force-reinstall openvino mends it") -> UserError:
    return UserError(f"engine openvino: {why}; {advice}, or take onnxruntime")


def _quiet_openvino() -> Any:
    """The package, without its telemetry: each import would send an event to its makers' analytics by the network.

    Where the telemetry's package cannot be imported OpenVINO has a stub of its own in its place. What the caller
    imported before us is left alone.
    """
    name = "openvino_telemetry"
    blocked = name not in sys.modules
    if blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        return importlib.import_module("openvino")
    except Exception as error:  # a build that does not fit this machine raises more than ImportError
        if find_spec("openvino") is None:
            raise _broken("not installed", install_hint("openvino")) from None
        raise _broken(f"cannot be imported ({first_line(error)})") from None
    finally:
        if blocked:
            sys.modules.pop(name, None)
