"""Starting weights in the layouts of others: timm's, torchvision's, our own (which is timm's).

Files are read without running anything that stands in them: safetensors, or `.pth` with `weights_only`.
"""

from __future__ import annotations

import argparse
import pickle
import re
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.model_files.registry import named
from gender_classifier.names import to_text
from gender_classifier.networks.config import NetworkConfig
from gender_classifier.networks.download import download_imagenet
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.onnx_graph import graph_tensors
from gender_classifier.system.files import sha256_of, utf8_path

IMAGENET, NONE = "imagenet", "none"

_WRAPPERS = ("state_dict_ema", "state_dict", "model")
_PREFIX = re.compile(r"^(module\.|_orig_mod\.)+")


@dataclass(frozen=True)
class InitReport:
    """What became of a file's tensors.

    Example:
        >>> InitReport("b1.pth", "0" * 64, "timm", 506, [], ["classifier.weight"]).line()
        'starting weights b1.pth (timm layout): 506 tensors used, 1 left over (classifier.weight)'

    Attributes:
        source: file name.
        sha256: of the file.
        layout: `timm` (also ours), or `torchvision`.
        used: how many tensors were taken.
        missing: tensors of the network that the file does not have; they keep their random start.
        left_over: the file's tensors that the network has no place for.
    """

    source: str
    sha256: str
    layout: str
    used: int
    missing: list[str]
    left_over: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON."""
        return asdict(self)

    def line(self) -> str:
        """Give one line for the person who starts a run."""
        parts = [f"starting weights {self.source} ({self.layout} layout): {self.used} tensors used"]
        for name, keys in (("missing", self.missing), ("left over", self.left_over)):
            if keys:
                parts.append(f"{len(keys)} {name} ({_some(keys)})")
        return ", ".join(parts)


def load_initial(model: EfficientNet, source: str | Path, tell: Callable[[str], None] | None = None) -> InitReport:
    """Put a file's tensors into the network; `imagenet` downloads timm's B1 weights first.

    The classifier is taken only if it has one output; ImageNet's thousand are left over. Counters of batch norm
    are not carried over and not counted. If the file is refused the network is as it was.

    Args:
        model: network to fill.
        source: file, `imagenet`, or the name of a model that comes with the package, `release` say (as text, not as a
            path).
        tell: called with one line before something is downloaded; None: nobody is told.

    Returns:
        Which tensors were taken, missing and left over.

    Raises:
        UnreadableError: no such file, not weights, a pickle that would run code, or no network for `imagenet`,
            or a download that is not the known file.
        UserError: weights of another network, or broken ones: which keys, how many.
    """
    path = _file_of(source, tell)
    tensors = _without_counters(read_weights(path))
    layout, names = _layout(tensors, model.config)
    wanted = _without_counters(model.state_dict())
    taken: dict[str, Tensor] = {}
    left_over: list[str] = []
    wrong: list[str] = []
    for key, tensor in tensors.items():
        name = names.get(key, key)
        if name in wanted and tensor.shape == wanted[name].shape:
            taken[name] = tensor.float()
        elif name in wanted and not name.startswith("classifier."):
            wrong.append(f"{key} is {_shape(tensor)}, not {_shape(wanted[name])}")
        else:
            left_over.append(key)
    missing = sorted(set(wanted) - set(taken))
    name = "the configured EfficientNet" if model.config.title == "EfficientNet" else model.config.title
    _refuse_others(path, name, wrong, [key for key in missing if not key.startswith("classifier.")], left_over)
    _refuse_broken(path, taken)
    model.load_state_dict(taken, strict=False)
    return InitReport(to_text(path.name), sha256_of(path), layout, len(taken), missing, sorted(left_over))


def _file_of(source: str | Path, tell: Callable[[str], None] | None) -> Path:
    if source == IMAGENET:  # a path of that name is a file
        return download_imagenet(tell)
    return named(source)


def _without_counters(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value for key, value in tensors.items() if not key.endswith("num_batches_tracked")}


def _some(keys: list[str]) -> str:
    return ", ".join(keys[:3]) + (", ..." if len(keys) > 3 else "")


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape)) or "one number"


def _refuse_others(path: Path, name: str, wrong: list[str], lost: list[str], unknown: list[str]) -> None:
    if wrong:
        raise UserError(f"{path}: not {name}: {len(wrong)} tensors of another shape, for example {wrong[0]}")
    if lost:
        extra = f", {len(unknown)} unknown ({_some(unknown)})" if unknown else ""
        raise UserError(f"{path}: not {name} weights: {len(lost)} keys missing ({_some(lost)}){extra}")


def _refuse_broken(path: Path, tensors: dict[str, Tensor]) -> None:
    broken = [key for key, value in tensors.items() if not bool(value.isfinite().all())]
    if broken:
        raise UserError(f"{path}: {len(broken)} tensors hold infinite values or none ({_some(broken)})")


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read named tensors of a file, wrappers and prefixes of others taken off.

    Args:
        path: `.safetensors`, or `.onnx` of our own making; any other name is read as what `torch.save` wrote (`.pth`).

    Returns:
        Tensors by name, on the CPU, in the file's dtype (of `.onnx` float32).

    Raises:
        UnreadableError: no such file, not weights, or a pickle that would run code.
    """
    if not path.is_file():
        of_run = f"; it is a folder: of a run name {path / 'model.onnx'}" if path.is_dir() else ""
        raise UnreadableError(f"{path}: no such weights file{of_run}")
    readers: dict[str, Callable[[Path], Any]] = {".safetensors": _read_safetensors, ".onnx": _read_onnx}
    content = readers.get(path.suffix.lower(), _read_pickle)(path)
    for wrapper in _WRAPPERS:
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
            break
    named = content.items() if isinstance(content, dict) else ()
    tensors = {_PREFIX.sub("", str(key)): value for key, value in named if isinstance(value, Tensor)}
    if not tensors:
        raise UnreadableError(f"{path}: no named tensors in it")
    return tensors


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    try:
        with utf8_path(path) as named:
            return load_file(named)
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise UnreadableError(f"{path}: not a safetensors file ({_reason(error)})") from None


def _read_onnx(path: Path) -> dict[str, Tensor]:
    try:
        return {name: torch.from_numpy(values) for name, values in graph_tensors(path).items()}
    except Exception as error:  # protobuf's own undocumented types
        raise UnreadableError(f"{path}: not an ONNX file ({_reason(error)})") from None


def _read_pickle(path: Path) -> Any:
    try:
        # timm's own training script keeps its options, an argparse.Namespace, beside the weights. What torch says
        # of odd files it says as a warning; the error below is enough.
        with torch.serialization.safe_globals([argparse.Namespace]), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what a broken pickle raises is open-ended
        # torch's own text is left out: it advises to load such files all the same.
        why = "broken, or not a file that torch.save wrote"
        if isinstance(error, pickle.UnpicklingError) and "GLOBAL" in str(error):
            why = "holds more than tensors, and loading it could run code: refused; save its state_dict() alone"
        raise UnreadableError(f"{path}: {why}") from None


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _layout(tensors: dict[str, Tensor], config: NetworkConfig) -> tuple[str, dict[str, str]]:
    """Layout's name, and our name of each key that is called otherwise there."""
    if not any(key.startswith("features.") for key in tensors):
        return "timm", {}
    modules = _torchvision_modules(config)
    split = {key: key.rpartition(".") for key in tensors}
    return "torchvision", {k: f"{modules[m]}.{t}" for k, (m, _, t) in split.items() if m in modules}


def _torchvision_modules(config: NetworkConfig) -> dict[str, str]:
    """torchvision's names of the modules that have tensors, to ours."""
    names = {"features.0.0": "conv_stem", "features.0.1": "bn1", "features.8.0": "conv_head", "features.8.1": "bn2"}
    for stage, spec in enumerate(config.stages):
        parts = [("conv_dw", "bn1"), ("se.conv_reduce", "se.conv_expand"), ("conv_pw", "bn2")]
        if spec.expansion > 1:
            parts = [("conv_pw", "bn1"), ("conv_dw", "bn2"), parts[1], ("conv_pwl", "bn3")]
        for repeat in range(spec.repeats):
            ours = f"blocks.{stage}.{repeat}"
            for place, (first, second) in enumerate(parts):
                theirs = f"features.{stage + 1}.{repeat}.block.{place}"
                one, two = ("fc1", "fc2") if first.startswith("se.") else ("0", "1")
                names[f"{theirs}.{one}"], names[f"{theirs}.{two}"] = f"{ours}.{first}", f"{ours}.{second}"
    names["classifier.1"] = "classifier"
    return names
