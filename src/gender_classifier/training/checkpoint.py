"""Checkpoints: one safetensors file with everything that a run needs to go on, or a model's weights.

`last.safetensors` is replaced as a whole, and the one before is kept as `previous.safetensors`:
whenever the process is killed, one of the two is complete.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gender_classifier.errors import UnreadableError, UnwritableError
from gender_classifier.model_files.metadata import METADATA_KEY
from gender_classifier.runs.folder import RunFolder
from gender_classifier.system.files import atomic_path, utf8_path

LAST, PREVIOUS, BEST, BEST_ON_VAL = "last", "previous", "best", "best_on_val"


def checkpoint_path(run: Path, name: str) -> Path:
    """Say where a run keeps its checkpoint of that name.

    Args:
        run: the run folder.
        name: `last`, `previous`, `best` or `best_on_val`.

    Returns:
        The file, whether it is there or not.
    """
    return RunFolder(run).checkpoint(name)


def write_tensors(path: Path, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Write tensors and a JSON state as one safetensors file, whole or not at all.

    Args:
        path: file to write.
        tensors: by name.
        state: plain values.

    Raises:
        UnwritableError: the disk is full or the folder cannot be written; the file that was there is untouched.
    """
    plain = {key: tensor.detach().cpu().contiguous() for key, tensor in tensors.items()}
    text = json.dumps({**state, "crc32": _checksum(plain)})
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as partial:
            save_file(plain, partial, {METADATA_KEY: text})
    except (OSError, SafetensorError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnwritableError(path, reason) from None


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Read a checkpoint, and check that its tensors are those that were written.

    Args:
        path: file that `write_tensors` wrote.

    Returns:
        Tensors by name, on the CPU, and the state's plain values.

    Raises:
        UnreadableError: missing, cut short, changed, or not such a file.
    """
    try:
        with utf8_path(path) as named, safe_open(named, "pt") as handle:
            metadata = handle.metadata() or {}
            tensors = {key: handle.get_tensor(key) for key in handle.keys()}  # noqa: SIM118 (not iterable)
        state: dict[str, Any] = json.loads(metadata[METADATA_KEY])
    except FileNotFoundError:
        raise UnreadableError(f"{path}: no such checkpoint") from None
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise UnreadableError(f"{path}: not a whole checkpoint ({error})") from None
    if state.pop("crc32", None) != _checksum(tensors):
        raise UnreadableError(f"{path}: the checkpoint's bytes are not those that were written")
    return tensors, state


def _checksum(tensors: dict[str, Tensor]) -> int:
    value = 0
    for key in sorted(tensors):
        content = tensors[key].reshape(-1).view(torch.uint8).numpy()
        value = zlib.crc32(content.data, zlib.crc32(key.encode(), value))
    return value


def save_run(run: Path, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Write `last` and keep the one before as `previous`.

    Args:
        run: the run folder.
        tensors: by name.
        state: plain values.

    Raises:
        UnwritableError: the disk is full or the folder cannot be written; the checkpoints that were there stand.
    """
    last = checkpoint_path(run, LAST)
    fresh = last.with_name("next.safetensors")
    write_tensors(fresh, tensors, state)
    if last.exists():
        os.replace(last, checkpoint_path(run, PREVIOUS))
    os.replace(fresh, last)


def load_run(run: Path) -> tuple[dict[str, Tensor], dict[str, Any], list[str]]:
    """Read the newest whole checkpoint of a run: `last`, or else `previous`.

    Args:
        run: the run folder.

    Returns:
        Tensors by name, the state's plain values, and a line for each broken checkpoint that was passed over.

    Raises:
        UnreadableError: there is none.
    """
    passed: list[str] = []
    for name in (LAST, PREVIOUS):
        path = checkpoint_path(run, name)
        if path.exists():
            try:
                return (*read_tensors(path), passed)
            except UnreadableError as error:
                passed.append(str(error))
    if passed:
        raise UnreadableError(f"{run}: no whole checkpoint to resume from ({'; '.join(passed)})")
    raise UnreadableError(f"{run}: no checkpoint to resume from")


def clear_partial(run: Path) -> None:
    """Remove what a killed process was writing when it died.

    Args:
        run: the run folder; files `.*.partial` in it and below it go.
    """
    for partial in run.rglob(".*.partial"):
        partial.unlink(missing_ok=True)


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, Tensor], list[dict[str, Any]]]:
    """Give an optimizer's state in the form that a checkpoint holds.

    Args:
        optimizer: any of torch's.

    Returns:
        Its tensors by name, `optimizer/<number of the parameter>/<key>`, and its groups' options as plain values.
    """
    state = optimizer.state_dict()
    tensors = {
        f"optimizer/{index}/{key}": value
        for index, values in state["state"].items()
        for key, value in values.items()
        if isinstance(value, Tensor)
    }
    return tensors, state["param_groups"]


def restore_optimizer(
    optimizer: torch.optim.Optimizer, tensors: dict[str, Tensor], groups: list[dict[str, Any]]
) -> None:
    """Undo `flatten_optimizer`.

    A file holds tensors in plain order; each is laid out again as its parameter is. With another layout
    in memory the same step rounds differently, and a resumed run would drift from one that was not killed.

    Args:
        optimizer: of the same kind and parameters; it takes up the state.
        tensors: by name; those that are not the optimizer's are passed over.
        groups: their options.
    """
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer/"):
            _, index, key = name.split("/")
            like = parameters[int(index)]
            laid_out = torch.empty_like(like).copy_(tensor) if tensor.shape == like.shape else tensor
            state.setdefault(int(index), {})[key] = laid_out.detach()
    optimizer.load_state_dict({"state": state, "param_groups": groups})
