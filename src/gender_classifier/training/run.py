"""`train`: from a folder of faces to a run folder with model, report and figures."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from gender_classifier.config.reading import Change, dump_config, load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.corrections import read_corrections
from gender_classifier.data.datasets import DataIndex
from gender_classifier.data.reading import refuse_unreadable, unreadable
from gender_classifier.data.soft_labels import SoftLabels, write_copy
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.test_time import check_views
from gender_classifier.names import to_text
from gender_classifier.networks.config import NetworkConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import NONE
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.system.console import say
from gender_classifier.system.cores import checked_threads
from gender_classifier.system.files import atomic_path, find
from gender_classifier.training.augmentation_sheet import augmentation_sheet
from gender_classifier.training.checkpoint import LAST, PREVIOUS, checkpoint_path, clear_partial, load_run
from gender_classifier.training.distributed import Processes, processes
from gender_classifier.training.finish import finish_run
from gender_classifier.training.loop import Trainer
from gender_classifier.training.memory import keep_freed_memory
from gender_classifier.training.model_average import read_models
from gender_classifier.training.prepare import Prepared, prepared, run_corrections, soft_labels
from gender_classifier.training.progress import TrainingProgress
from gender_classifier.training.start import fill_network, open_log, start_line


def train(
    data: Path,
    out: Path,
    *,
    config: str | None = None,
    init_weights: str | None = None,
    resume: bool = False,
    changes: Sequence[Change] = (),
    threads: int | None = None,
) -> None:
    """Train, then export, score and report; with `resume` go on where the run in `out` stopped.

    Args:
        data: folder or manifest.
        out: run folder.
        config: recipe's name or YAML file; None: every setting at its default.
        init_weights: starting weights instead of the configuration's `model.init_weights`: a file, `release`,
            `imagenet`, or `none` for a network that starts at random. A run that goes on keeps its own.
        resume: go on with the run in `out`.
        changes: `section.key=value`, applied in order.
        threads: of the network on a CPU, and of reading before and after; None: all cores, but of the network as many
            as OMP_NUM_THREADS says. It is no part of the run: one that goes on may take another number.

    Raises:
        UserError: options that do not go together, a used `out`, or data that cannot be trained on.
        UnreadableError: images or weights that cannot be read, or nothing to resume.
        RunInterruptedError: stopped by Ctrl-C or SIGTERM; `resume` goes on.
        FoundWrongError: the loss, or an answer, is not finite, or the exported model's logits differ from torch's.
    """
    _take_threads(threads)
    init_weights = to_text(init_weights) if init_weights is not None else None
    if resume:
        settings = resumed_config(out, config, changes)
        if not begun(out):
            init_weights, resume = _start_again(out, init_weights), False
    else:
        settings = load_config(config, changes)
        _refuse_used(out)
    if not resume:
        settings = _started_from(settings, init_weights or settings.model.init_weights)
    check_views(settings.tta.views)
    device = _device(settings.train.device)
    with processes(device.type) as group:
        if settings.train.batch_size % group.world:
            raise UserError(
                f"train.batch_size={settings.train.batch_size}: not divisible among {group.world} processes"
            )
        if device.type == "cuda":
            device = torch.device("cuda", group.local_rank)
            torch.cuda.set_device(device)
        torch.manual_seed(settings.train.seed)
        pictures, skipped = _readable(data, settings, group, out if resume else None, threads)
        index = pictures.index
        if group.world > 1 and len(index.splits["train"]) < settings.train.batch_size:
            raise UserError(
                f"train.batch_size={settings.train.batch_size}: more than the {len(index.splits['train'])} images "
                "to train on, too many to share among processes"
            )
        trainer = _trainer(settings, data, pictures, skipped, out, device, group, resume)
        with TrainingProgress(trainer, quiet=not group.writes) as progress:
            trainer.on_step = progress.step
            trainer.log.watchers.append(progress.line)
            reason = trainer.fit()
        group.barrier()
        if group.writes:
            say(f"training ended ({reason}); best epoch {trainer.best_epoch + 1}")
            finish_run(out, index, threads)


def _take_threads(threads: int | None) -> None:
    # Torch's own choice, or that of OMP_NUM_THREADS, knows nothing of a container's quota.
    torch.set_num_threads(checked_threads(torch.get_num_threads() if threads is None else threads))


def _device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("train.device=cuda: no CUDA device here; use cpu or auto")
    return torch.device(name)


def begun(out: Path) -> bool:
    """Tell whether a run got as far as its first checkpoint, or its log beyond the first line.

    Args:
        out: the run folder.

    Returns:
        False also where nothing is there.
    """
    if any(checkpoint_path(out, name).exists() for name in (LAST, PREVIOUS)):
        return True
    return RunFolder(out).log.exists() and len(read_log(out)) > 1


def _start_again(out: Path, init_weights: str | None) -> str | None:
    """Starting weights of a run that was stopped before its first checkpoint and begins again: those of its log."""
    lines = read_log(out) if RunFolder(out).log.exists() else []
    kept: str | None = (lines[0]["init_weights"] or NONE) if lines else init_weights
    if init_weights not in (None, kept):
        raise UserError(f"{out}: began with other starting weights ({kept}); leave out --init-weights with --resume")
    if Processes.from_environment().writes:
        say(f"{out}: stopped before its first checkpoint; beginning again")
        clear_partial(out)
    return kept


def _refuse_used(out: Path) -> None:
    if begun(out):
        raise UserError(f"{out}: already holds a run; go on with --resume, or choose another --out")
    if out.exists() and not out.is_dir():
        raise UserError(f"{out}: is a file; --out names a folder")
    if out.is_dir() and Processes.from_environment().writes:
        clear_partial(out)  # of a run that was killed before it had begun


def _started_from(config: Config, source: str) -> Config:
    """The configuration of a run with these starting weights: layers that start at random all learn."""
    started = config.model_copy(deep=True)
    started.model.init_weights = source
    if source == NONE:
        started.optimizer.frozen = 0
    return started


def resumed_config(out: Path, config: str | None, changes: Sequence[Change]) -> Config:
    """Read the settings of a run that goes on, and refuse others than its own.

    Args:
        out: the run folder.
        config: recipe's name or YAML file that was asked for; None: none was.
        changes: `section.key=value` that were asked for.

    Returns:
        The run's own.

    Raises:
        UnreadableError: nothing to resume.
        UserError: what was asked for comes to other settings.
    """
    path = RunFolder(out).config
    if not path.is_file():
        raise UnreadableError(f"{out}: nothing to resume (no config.yaml there)")
    kept = load_config(path)
    if config is not None or changes:
        asked = load_config(config if config is not None else path, changes)
        # Where a run began is not chosen anew, and the recipe's start may not be the one that was asked for then.
        asked = _started_from(asked, kept.model.init_weights)
        if asked.model_dump(exclude={"recipe"}) != kept.model_dump(exclude={"recipe"}):
            raise UserError(f"{out}: --resume goes on with the run's own config.yaml; leave out --config and --set")
    return kept


def _readable(
    data: Path, config: Config, group: Processes, run: Path | None, threads: int | None
) -> tuple[Prepared, dict[str, str]]:
    """The images, and what was left out of them because it cannot be read; `run` is one that goes on."""
    if run is not None:
        corrections = run_corrections(run, config)
    else:
        corrections = read_corrections(find(config.data.corrections)) if config.data.corrections else None
    pictures = prepared(data, config.data, corrections, _teller(group))
    every = [sample for samples in pictures.index.splits.values() for sample in samples]
    broken = unreadable(every[group.rank :: group.world], threads=threads)
    gathered = group.concatenate(np.array(sorted(broken.items()), dtype=object).reshape(-1, 2))
    broken = {str(name): str(reason) for name, reason in sorted(gathered.tolist())}
    if not broken:
        return pictures, {}
    if not config.data.skip_unreadable:
        refuse_unreadable(broken, len(every))
    left = pictures.index.without(broken)
    left.require_both_classes(f"{data}, less {len(broken)} unreadable")
    return replace(pictures, index=left), broken


def _teller(group: Processes) -> Callable[[str], None]:
    """What tells the person a line: of several processes that train together one alone speaks."""
    return say if group.writes else lambda _: None


def _trainer(
    config: Config,
    data: Path,
    pictures: Prepared,
    skipped: dict[str, str],
    out: Path,
    device: torch.device,
    group: Processes,
    resume: bool,
) -> Trainer:
    if device.type == "cpu":
        keep_freed_memory()
    index = pictures.index
    m = config.model
    model = EfficientNet(m.dropout, m.drop_path, m.grad_checkpointing, NetworkConfig.of(m))
    soft = soft_labels(config, index, out if resume else None)
    if resume:
        return _restored(config, index, model, out, device, group, soft)
    others = read_models(model, config.average.models, None, _teller(group))
    init = fill_network(model, config.model.init_weights, _teller(group))
    trainer = Trainer(config, index, model, out, device, group, soft, others)
    if group.writes:
        say(init.line() if init is not None else "starting weights: none; the network starts at random")
        out.mkdir(parents=True, exist_ok=True)
        trainer.log = open_log(config, out, 0)
        report = init.to_dict() if init is not None else None
        start = start_line(config, data, pictures, skipped, report, device)
        if soft is not None:
            start["data"]["soft_labels"] = said = soft.context(index.splits["train"])
            say(f"soft labels for {said['images']} of {len(index.splits['train'])} training images")
            write_copy(soft, RunFolder(out).soft_labels)
        if others is not None:
            start["averaged_with"] = others.described()
        trainer.log.write("start", **start)
        if config.data.corrections:
            with atomic_path(RunFolder(out).corrections) as partial:
                shutil.copyfile(find(config.data.corrections), partial)
        with atomic_path(RunFolder(out).config) as partial:
            partial.write_text(dump_config(config), encoding="utf-8")
    trainer.save()
    if group.writes:
        augmentation_sheet(config, index, RunFolder(out).augmentation)
    return trainer


def _restored(
    config: Config,
    index: DataIndex,
    model: EfficientNet,
    out: Path,
    device: torch.device,
    group: Processes,
    soft: SoftLabels | None,
) -> Trainer:
    tensors, state, passed = load_run(out)
    start = read_log(out, begun=True)[0]
    if start["data"]["digest"] != index.digest():
        raise UserError(f"{out}: the images are not those that the run began with; --resume needs the same data")
    others = read_models(model, config.average.models, start.get("averaged_with", []), say)
    trainer = Trainer(config, index, model, out, device, group, soft, others)
    trainer.restore(tensors, state)
    if group.writes:
        for line in passed:
            say(f"passed over a broken checkpoint: {line}")
        say(f"resuming at epoch {trainer.epoch + 1}, step {trainer.step}")
        clear_partial(out)
        trainer.log = open_log(config, out, state["log_lines"])
        if not RunFolder(out).augmentation.exists():
            augmentation_sheet(config, index, RunFolder(out).augmentation)
    group.barrier()
    return trainer
