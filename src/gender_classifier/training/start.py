"""How a run begins: starting weights, and the first line of its log."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import yaml

from gender_classifier import __version__
from gender_classifier.config.reading import dump_config
from gender_classifier.config.settings import Config
from gender_classifier.errors import UserError
from gender_classifier.model_files.registry import SHIPPED, is_name
from gender_classifier.names import to_text
from gender_classifier.networks.config import B1
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import IMAGENET, NONE, InitReport, load_initial
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import RunLog, read_log
from gender_classifier.system.cores import usable_cores
from gender_classifier.system.files import find, sha256_of
from gender_classifier.training.prepare import Prepared
from gender_classifier.training.tensorboard import TensorBoardWatcher


def fill_network(model: EfficientNet, source: str, tell: Callable[[str], None]) -> InitReport | None:
    """Give a network its starting weights.

    Args:
        model: network to fill.
        source: a file, `release` or another model that comes with the package, `imagenet`, or `none`.
        tell: called with one line before something is downloaded.

    Returns:
        What was read; None where the network starts at random.

    Raises:
        UnreadableError: no such file, or not weights.
        UserError: weights of another network.
    """
    if source == NONE:
        model.start_residuals_at_zero()
        return None
    if source == SHIPPED[0].name and not model.config.within(B1):
        raise UserError(
            "model.width, model.depth: the release is an EfficientNet-B1 and starts that network or a shallower one; "
            "name other weights by --init-weights, or `none`"
        )
    named = source == IMAGENET or is_name(source)
    return load_initial(model, source if named else find(source), tell)


def open_log(config: Config, out: Path, lines: int) -> RunLog:
    """Open a run's log, and cut off what comes after its first `lines` lines.

    TensorBoard's files, where the configuration asks for them, are made anew from the lines that stay.

    Args:
        config: of the run.
        out: the run folder.
        lines: that stay of a log that is there; 0: none.

    Returns:
        The log, ready for the next line.
    """
    log = RunLog(out, lines)
    if config.train.tensorboard:
        shutil.rmtree(RunFolder(out).tensorboard, ignore_errors=True)
        watcher = TensorBoardWatcher(out)
        for line in read_log(out):
            watcher(line)
        log.watchers.append(watcher)
    return log


def start_line(
    config: Config,
    data: Path,
    pictures: Prepared,
    skipped: dict[str, str],
    init: dict[str, Any] | None,
    device: torch.device,
) -> dict[str, Any]:
    """Make the log's first line: settings, starting weights, images, versions, device.

    Args:
        config: of the run, as resolved.
        data: folder or manifest.
        pictures: what is learnt from.
        skipped: reason by name of images that cannot be read.
        init: of the starting weights; None: the network starts at random.
        device: where it trains.

    Returns:
        Plain values by key, for JSON.
    """
    index = pictures.index
    return {
        "config": yaml.safe_load(dump_config(config)),
        "init": init,
        "init_weights": config.model.init_weights if init is not None else None,
        "data": {
            "source": to_text(data.resolve()),
            "digest": index.digest(),
            "counts": index.counts(),
            "geometry": index.geometry,
            "unreadable": skipped,
            "corrections": pictures.corrections,
            "exclude": sha256_of(find(config.data.exclude)) if config.data.exclude else None,
        },
        "versions": {
            "gender-classifier": __version__,
            "torch": str(torch.__version__),
            "python": platform.python_version(),
        },
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else f"cpu, {usable_cores()} cores",
    }
