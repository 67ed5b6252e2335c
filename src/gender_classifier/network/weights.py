"""Starting weights in the layouts of others: timm's, torchvision's, our own.

Files are read without running anything that stands in them: safetensors, or ``.pth`` with
``weights_only``.
"""

from __future__ import annotations

import os
import pickle
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.files import atomic_path, sha256_of
from gender_classifier.network.efficientnet import B1_STAGES, EfficientNetB1

IMAGENET_URL = "https://huggingface.co/timm/efficientnet_b1.ft_in1k/resolve/main/model.safetensors"
IMAGENET_URL_VARIABLE = "GENDER_CLASSIFIER_IMAGENET_URL"
CACHE_VARIABLE = "GENDER_CLASSIFIER_CACHE"


@dataclass(frozen=True)
class InitReport:
    """What became of a file's tensors.

    Attributes:
        source: file name.
        sha256: of the file.
        layout: ``timm`` (also ours), or ``torchvision``.
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
        """Plain values, for JSON."""
        return asdict(self)

    def line(self) -> str:
        """One line for the person who starts a run."""
        parts = [f"starting weights {self.source} ({self.layout} layout): {self.used} tensors used"]
        for name, keys in (("missing", self.missing), ("left over", self.left_over)):
            if keys:
                parts.append(f"{len(keys)} {name} ({', '.join(keys[:3])}{', ...' if len(keys) > 3 else ''})")
        return ", ".join(parts)


def load_initial(model: EfficientNetB1, source: str | Path) -> InitReport:
    """Put a file's tensors into the network; ``imagenet`` downloads timm's B1 weights first.

    The classifier is taken only if it has one output; ImageNet's thousand are left over.

    Raises:
        UnreadableError: no such file, not weights, or a pickle that would run code.
        UserError: weights of another network: which keys, how many.
    """
    path = download_imagenet() if str(source) == "imagenet" else Path(source)
    tensors = {
        key: value for key, value in read_weights(path).items() if not key.endswith("num_batches_tracked")
    }
    rename = _from_torchvision if any(key.startswith("features.") for key in tensors) else _identity
    wanted = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    taken: dict[str, Tensor] = {}
    left_over: list[str] = []
    wrong: list[str] = []
    for key, tensor in tensors.items():
        name = rename(key)
        if name not in wanted:
            left_over.append(key)
        elif tensor.shape == wanted[name].shape:
            taken[name] = tensor.float()
        elif name.startswith("classifier."):
            left_over.append(key)
        else:
            wrong.append(f"{key} is {tuple(tensor.shape)}, not {tuple(wanted[name].shape)}")
    missing = sorted(set(wanted) - set(taken))
    _refuse_others(path, wrong, missing, left_over)
    model.load_state_dict(taken, strict=False)
    layout = "timm" if rename is _identity else "torchvision"
    return InitReport(path.name, sha256_of(path), layout, len(taken), missing, sorted(left_over))


def _refuse_others(path: Path, wrong: list[str], missing: list[str], left_over: list[str]) -> None:
    if wrong:
        raise UserError(
            f"{path}: not EfficientNet-B1: {len(wrong)} tensors of another shape, for example {wrong[0]}"
        )
    lost = [key for key in missing if not key.startswith("classifier.")]
    if lost:
        extra = f", {len(left_over)} unknown ({', '.join(left_over[:3])})" if left_over else ""
        raise UserError(
            f"{path}: not EfficientNet-B1 weights: {len(lost)} keys missing ({', '.join(lost[:3])}){extra}"
        )


def read_weights(path: Path) -> dict[str, Tensor]:
    """Named tensors of a ``.safetensors`` or ``.pth`` file, wrappers and prefixes of others taken off."""
    if not path.is_file():
        raise UnreadableError(f"{path}: no such weights file")
    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path).items())
        content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, EOFError, OSError, RuntimeError) as error:
        raise UnreadableError(f"{path}: not a weights file ({str(error).splitlines()[0]})") from None
    except pickle.UnpicklingError:
        raise UnreadableError(
            f"{path}: holds more than tensors, and loading it could run code: refused"
        ) from None
    for wrapper in ("state_dict_ema", "state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(wrapper), dict):
            content = content[wrapper]
    if not isinstance(content, dict) or not any(isinstance(value, Tensor) for value in content.values()):
        raise UnreadableError(f"{path}: no named tensors in it")
    prefix = re.compile(r"^(module\.|_orig_mod\.|model/)+")
    return {prefix.sub("", key): value for key, value in content.items() if isinstance(value, Tensor)}


def _identity(key: str) -> str:
    return key


def _torchvision_names() -> dict[str, str]:
    """torchvision's module names to ours."""
    names = {
        "features.0.0": "conv_stem",
        "features.0.1": "bn1",
        "features.8.0": "conv_head",
        "features.8.1": "bn2",
    }
    for stage, spec in enumerate(B1_STAGES):
        parts = [("conv_dw", "bn1"), "se", ("conv_pw", "bn2")]
        if spec.expansion > 1:
            parts = [("conv_pw", "bn1"), ("conv_dw", "bn2"), "se", ("conv_pwl", "bn3")]
        for repeat in range(spec.repeats):
            theirs, ours = f"features.{stage + 1}.{repeat}.block", f"blocks.{stage}.{repeat}"
            for place, part in enumerate(parts):
                if isinstance(part, tuple):
                    names[f"{theirs}.{place}.0"] = f"{ours}.{part[0]}"
                    names[f"{theirs}.{place}.1"] = f"{ours}.{part[1]}"
                else:
                    names[f"{theirs}.{place}.fc1"] = f"{ours}.se.conv_reduce"
                    names[f"{theirs}.{place}.fc2"] = f"{ours}.se.conv_expand"
    names["classifier.1"] = "classifier"
    return names


def _from_torchvision(key: str, names: dict[str, str] = _torchvision_names()) -> str:  # noqa: B008
    module, _, tensor = key.rpartition(".")
    return f"{names[module]}.{tensor}" if module in names else key


def download_imagenet(progress: Callable[[str], None] | None = None) -> Path:
    """timm's ImageNet weights for B1, downloaded once into the user's cache folder.

    Raises:
        UnreadableError: no network, or the hub does not have it.
    """
    url = os.environ.get(IMAGENET_URL_VARIABLE, IMAGENET_URL)
    root = os.environ.get(CACHE_VARIABLE) or Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    path = Path(root) / "gender-classifier" / "efficientnet_b1.ft_in1k.safetensors"
    if path.is_file():
        return path
    if progress is not None:
        progress(f"downloading {url}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with urllib.request.urlopen(url, timeout=60) as response, atomic_path(path) as partial:
            partial.write_bytes(response.read())
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", None) or error
        raise UnreadableError(
            f"imagenet weights cannot be downloaded from {url} ({reason}); give a file to --init-weights instead"
        ) from None
    return path
