"""`export --hub`: a model in the Hugging Face hub's layout, a folder to upload as it is.

`model.safetensors` (timm's key layout), `config.json` (as timm reads it, and the model file's metadata),
`README.md` (the model card) and `model.onnx`, which `predict` takes. All of it comes from `RUN/model.onnx` and
`RUN/report.json`, so that nothing in the folder is of another epoch than the rest.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

from gender_classifier.config.reading import load_config
from gender_classifier.errors import (
    ExitCode,
    FoundWrongError,
    UnreadableError,
    UserError,
)
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.model_files.registry import missing, model_file
from gender_classifier.networks.config import NetworkConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.normalise import DEVIATION, MEAN
from gender_classifier.networks.starting_weights import load_initial, read_weights
from gender_classifier.report.write_card import card_text
from gender_classifier.runs.folder import RunFolder
from gender_classifier.system.console import say
from gender_classifier.system.files import atomic_folder

MODEL, WEIGHTS, CONFIG, CARD = "model.onnx", "model.safetensors", "config.json", "README.md"
CROP_MODES = {"stretch": "squash", "crop": "center", "pad": "border"}
"""timm's names of the ways in which an image becomes square."""


def write_hub(run: Path, folder: Path, *, float16: bool = False) -> ExitCode:
    """Write the new `folder`, whole or not at all.

    Args:
        run: a finished run, any folder with `model.onnx` and `report.json`, or a model file beside its report.
        folder: must not exist.
        float16: store convolutions and the classifier in half the space, as also where the run's configuration says so.

    Returns:
        `ExitCode.FINE`.

    Raises:
        UserError: the folder exists.
        UnreadableError: no report, no model file, or one that an older version wrote.
        FoundWrongError: what was written does not load back whole and with the same values; nothing is left.
    """
    if folder.exists():
        raise UserError(f"{folder}: exists already; --hub names a new folder")
    model = model_file(run)
    if not model.is_file():
        raise missing(model)
    metadata = GenderClassifier(model, threads=1).metadata
    network = NetworkConfig.of_training(metadata.training)
    card, tensors = card_text(run), _tensors(model, run, network)
    half = float16 or (RunFolder(run).begun and load_config(RunFolder(run).config).export.float16)
    with atomic_folder(folder) as partial:
        stored = _stored(tensors, half)
        save_file(stored, partial / WEIGHTS, {"format": "pt"})
        _check(partial / WEIGHTS, folder, network, stored)
        text = json.dumps(hub_config(metadata), indent=2, ensure_ascii=False)
        (partial / CONFIG).write_text(text + "\n", encoding="utf-8")
        (partial / CARD).write_text(card, encoding="utf-8")
        shutil.copyfile(model, partial / MODEL)
        shutil.copymode(partial / CONFIG, partial / WEIGHTS)  # safetensors writes for the owner's eyes alone
    say(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}")
    return ExitCode.FINE


def hub_config(metadata: ModelMetadata) -> dict[str, Any]:
    """Make the content of `config.json`: timm's keys for the network and its input, ours for what answers are made of.

    Args:
        metadata: of the model file.

    Returns:
        Plain values by key; `gender_classifier` holds the whole metadata.
    """
    size, fit, network = metadata.input_size, metadata.fit, NetworkConfig.of_training(metadata.training)
    theirs = {
        "architecture": network.name,
        "num_classes": 1,
        "num_features": network.head,
        "global_pool": "avg",
        "pretrained_cfg": {
            "num_classes": 1,
            "input_size": [3, size, size],
            "interpolation": "bilinear",
            "crop_pct": 1.0,
            "crop_mode": CROP_MODES[fit],
            "mean": list(MEAN),
            "std": list(DEVIATION),
            "first_conv": "conv_stem",
            "classifier": "classifier",
        },
    }
    ours = {
        "class_names": list(metadata.class_names),
        "positive": metadata.positive,
        "input_size": size,
        "normalisation": {"mean": list(MEAN), "std": list(DEVIATION), "of": "RGB in 0 to 1"},
        "gender_classifier": metadata.model_dump(mode="json"),
    }
    return {**theirs, **ours}


def _tensors(model: Path, run: Path, network: NetworkConfig) -> dict[str, Tensor]:
    """The network's tensors by our names, if the model file still has them apart."""
    try:
        load_initial(EfficientNet(config=network), model)
    except UserError as error:
        raise UnreadableError(f"{error}; write it again by `gender-classifier export {run}`") from None
    return read_weights(model)


def _stored(tensors: dict[str, Tensor], half: bool) -> dict[str, Tensor]:
    """As the file holds them. Batch norm stays float32: a variance may be too small for float16."""
    return {
        key: (tensor.to(torch.float16) if half and tensor.ndim > 1 else tensor.float()).contiguous()
        for key, tensor in tensors.items()
    }


def _check(path: Path, folder: Path, network: NetworkConfig, stored: dict[str, Tensor]) -> None:
    """Training must be able to start from the file, and with the values that were to be stored."""
    model = EfficientNet(config=network)
    report = load_initial(model, path)
    if report.missing or report.left_over:
        raise FoundWrongError(
            f"{folder}: the weights do not load back whole ({len(report.missing)} tensors missing, "
            f"{len(report.left_over)} left over); nothing was written"
        )
    loaded = model.state_dict()
    wrong = [key for key, tensor in stored.items() if not torch.equal(loaded[key], tensor.float())]
    if wrong:
        raise FoundWrongError(
            f"{folder}: the weights do not load back as they were ({len(wrong)} tensors have other values, "
            f"for example {wrong[0]}); nothing was written"
        )
