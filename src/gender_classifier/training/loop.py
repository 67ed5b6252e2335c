"""The training loop: epochs, validation, early stopping, checkpoints.

Chance is a function of (seed, epoch, place in the epoch): a run killed and resumed ends with the very same weights.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gender_classifier.config.settings import Config
from gender_classifier.data.augment import policies
from gender_classifier.data.datasets import DataIndex
from gender_classifier.data.soft_labels import SoftLabels
from gender_classifier.data.targets import target_table, targets_of
from gender_classifier.errors import FoundWrongError
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.heads import AuxiliaryHeads, WithAuxiliary
from gender_classifier.networks.normalise import normalise
from gender_classifier.runs.log import RunLog
from gender_classifier.training import checkpoint
from gender_classifier.training.average import WeightAverage
from gender_classifier.training.distributed import Processes, share
from gender_classifier.training.loading import Batch, FaceDataset, reading_processes, train_loader
from gender_classifier.training.loss import build_loss
from gender_classifier.training.mixing import mix
from gender_classifier.training.model_average import ModelAverage
from gender_classifier.training.objective import Objective
from gender_classifier.training.optimizer import build_optimizer, freeze, rates_by_layer
from gender_classifier.training.precision import Precision
from gender_classifier.training.sampling import epoch_batches, seed_of
from gender_classifier.training.schedule import build_schedule
from gender_classifier.training.scoring import finite, judge, score
from gender_classifier.training.signals import RunInterruptedError, stop_signals
from gender_classifier.training.state import restore_state, state_of

Metrics = dict[str, float]


class Trainer:
    """Trains one network on one index.

    Args:
        config: the run's configuration.
        index: the images; `train` is fitted on, `choose` and `val` are scored after each epoch.
        model: starting weights in place.
        run: the run folder; None writes nothing (benchmarks).
        device: where to train.
        group: this process's place among several.
        soft: other models' answers for `train`, where the configuration names any.
        others: finished models that the weights are averaged with before they are judged.
    """

    def __init__(
        self,
        config: Config,
        index: DataIndex,
        model: EfficientNet,
        run: Path | None,
        device: torch.device,
        group: Processes | None = None,
        soft: SoftLabels | None = None,
        others: ModelAverage | None = None,
    ) -> None:
        self.config, self.index, self.device, self.others = config, index, device, others
        self.group = group or Processes()
        self.run = run if self.group.writes else None
        self.log = RunLog(None)
        self.on_step: Callable[[float], None] | None = None
        self.model = model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        freeze(self.model, config.optimizer.frozen)
        samples = index.splits["train"]
        targets = targets_of(samples, config.auxiliary.columns)
        classifier = self.model.classifier
        heads = AuxiliaryHeads(classifier.in_features, [len(target.classes) for target in targets])
        self.heads = heads.to(classifier.weight)  # its device and dtype
        self.shared = share(WithAuxiliary(self.model, self.heads), self.group, device)
        self.batches = epoch_batches(samples, config, self.group.rank, self.group.world)
        self.criterion = build_loss(config.loss, self.batches.share_of_women(config.train.epochs))
        self.objective = Objective(config, self.criterion, self.heads)
        self.precision = Precision(config.train.precision, device)
        self.optimizer = build_optimizer(self.model, config.optimizer, self.heads)
        self.total_steps = config.train.epochs * len(self.batches)
        self.schedule = build_schedule(self.optimizer, config.schedule, self.total_steps)
        self.average = WeightAverage(self.model, config.average, self.total_steps) if config.average.enabled else None
        policy, table = policies(config.augment, **index.counts()["train"]), target_table(samples, targets)
        answers = soft.probabilities(samples, config.soft_labels.temperature) if soft is not None else None
        oversize = config.augment.oversize
        dataset = FaceDataset(samples, config.data.fit, config.train.seed, policy, table, answers, oversize)
        self.loader = train_loader(dataset, self.batches, reading_processes(config.data, device), device)
        self.epoch, self.step, self.stale, self.best_epoch, self.stop_asked = 0, 0, 0, -1, False
        self.best, self.best_on_val, self.best_on_val_loss = math.inf, math.inf, math.inf
        self.seen: list[NDArray[np.float32]] = []

    @property
    def judged(self) -> torch.nn.Module:
        """The network that is validated, kept and exported: the averaged one where averaging is on."""
        return self.others.with_weights_of(self._own) if self.others is not None else self._own

    @property
    def _own(self) -> torch.nn.Module:
        """The run's own weights before finished models' are averaged in."""
        return self.average.module if self.average is not None else self.model

    def fit(self) -> str:
        """Train to the end, or to early stopping, from the start or from what `restore` took up.

        Returns:
            `finished` or `early stopping`.
        """
        reason = "finished"
        with stop_signals(self._ask_to_stop):
            while self.epoch < self.config.train.epochs:
                if self._exhausted():
                    reason = "early stopping"
                    break
                self._run_epoch()
        self.log.write("end", reason=reason, best_epoch=self.best_epoch)
        return reason

    @property
    def rate(self) -> float:
        """The classifier's learning rate now."""
        return rates_by_layer(self.optimizer)["classifier"]

    def _exhausted(self) -> bool:
        stopping = self.config.stopping
        return stopping.enabled and self.stale >= stopping.patience

    def _run_epoch(self) -> None:
        started = time.monotonic()
        size = self._size_in(self.epoch)
        if self.average is not None and self.step == 0 and self.epoch > 0 and size != self._size_in(self.epoch - 1):
            self.average.restart()
        self.batches.set_epoch(self.epoch, size, self.step)
        self.train_mode()
        self._train_batches()
        train = np.concatenate(self.seen) if self.seen else np.empty((0, 2), np.float32)
        self._end_epoch(size, self.group.concatenate(train), started)
        self.epoch, self.step, self.seen = self.epoch + 1, 0, []
        self.save()

    def train_mode(self) -> None:
        """Set training mode for all layers but the frozen ones."""
        self.shared.train()
        freeze(self.model, self.config.optimizer.frozen)

    def _train_batches(self) -> None:
        saved = clock = time.monotonic()
        pictures_done = 0
        for batch in self.loader:
            loss = self.train_step(batch)
            self.step += 1
            pictures_done += len(batch.labels) * self.group.world
            if self.on_step is not None:
                self.on_step(loss)
            if self.step % self.config.train.log_every == 0:
                now = time.monotonic()
                self._log_step(loss, pictures_done / max(now - clock, 1e-9))
                clock, pictures_done = now, 0
            late = time.monotonic() - saved > 60.0 * self.config.train.checkpoint_minutes
            if self.group.agree(self.stop_asked):
                self.save()
                raise RunInterruptedError(f"stopped at epoch {self.epoch + 1}, step {self.step}; go on with --resume")
            if self.group.agree(late):
                self.save()
                saved = time.monotonic()

    def train_step(self, batch: Batch) -> float:
        """Take one optimizer step on a batch.

        Args:
            batch: images, and what is known of each; on any device.

        Returns:
            The batch's loss before the step: of gender and of further targets together.

        Raises:
            FoundWrongError: the loss is not finite, and no loss scaling can mend it.
        """
        torch.manual_seed(seed_of(self.config.train.seed + 1, self.epoch, self.step))
        batch = Batch(*(part.to(self.device, non_blocking=True) for part in batch))
        self.optimizer.zero_grad(set_to_none=True)
        mixed, share = mix(
            normalise(batch.pictures), self.config.mix, seed_of(self.config.train.seed + 2, self.epoch, self.step)
        )
        with self.precision.autocast():
            logits, further = self.shared(mixed)
        loss = self.objective(logits.float(), further, batch, share)
        if self.precision.step(loss, self.shared.parameters(), self.optimizer, self.config.optimizer.clip_norm):
            self.schedule.step()
            if self.average is not None:
                self.average.update(self.model)
        value = float(loss.item())
        if not math.isfinite(value) and not self.precision.scales:
            raise FoundWrongError(
                f"the loss is not finite at epoch {self.epoch + 1}, step {self.step}: lower optimizer.rate"
            )
        shown = batch.labels if share >= 0.5 else batch.labels.flip(0)  # of a mixed image, the larger part's
        rows = torch.stack([logits.detach().float(), shown], 1).cpu().numpy()
        self.seen.append(rows[np.isfinite(rows).all(1)])  # with others float16's scaler left the step out
        return value

    def _log_step(self, loss: float, rate: float) -> None:
        self.log.write(
            "step",
            epoch=self.epoch,
            step=self.step,
            global_step=self.epoch * len(self.batches) + self.step,
            loss=loss,
            rates=rates_by_layer(self.optimizer),
            pictures_per_second=round(rate, 2),
        )

    def _size_in(self, epoch: int) -> int:
        return self.config.data.size_in(epoch, self.config.train.epochs)

    def _judge(self, model: torch.nn.Module, split: str, size: int) -> Metrics:
        samples = self.index.splits[split]
        logits = score(model, samples, size, self.config.data.fit, self.device, self.group)
        labels = np.array([s.label for s in samples], np.int64)
        return judge(labels, finite(logits, split, self.epoch), self.criterion, self.config.threshold)

    def _end_epoch(self, size: int, train: NDArray[np.float32], started: float) -> None:
        # A network fits the size that it was last trained at, and the exported one gets `data.size`: epochs on
        # smaller images before those are judged at their own size and are no candidates.
        candidate = size == self._size_in(self.config.train.epochs - 1)
        judged_at = self.config.data.size if candidate else size
        logits, labels = finite(train, "train", self.epoch).T
        metrics = {
            "train": judge(labels.astype(np.int64), logits, self.criterion, self.config.threshold),
            "choose": self._judge(self.judged, "choose", judged_at),
        }
        if self.config.stopping.watch_val:
            metrics["val"] = self._judge(self.judged, "val", judged_at)
        if self.average is not None:
            metrics["choose_raw"] = self._judge(self.model, "choose", judged_at)
        if self.others is not None:
            metrics["choose_own"] = self._judge(self._own, "choose", judged_at)
        best, best_on_val = self._note_best(metrics) if candidate else (False, False)
        self.log.write(
            "epoch",
            epoch=self.epoch,
            seconds=round(time.monotonic() - started, 2),
            size=size,
            rates=rates_by_layer(self.optimizer),
            best=best,
            best_on_val=best_on_val,
            **metrics,
        )

    def _note_best(self, metrics: dict[str, Metrics]) -> tuple[bool, bool]:
        """Keep the epoch that is best on `choose` and, for comparison only, the one best on `val` if watched."""
        stopping = self.config.stopping
        value = metrics["choose"][stopping.metric] * (1.0 if stopping.metric == "loss" else -1.0)
        best = value < self.best - stopping.min_delta
        self.stale = 0 if best else self.stale + 1
        if best:
            self.best, self.best_epoch = value, self.epoch
            self._keep(checkpoint.BEST, metrics)
        if "val" not in metrics:
            return best, False
        # The origin kept the epoch with the highest validation accuracy; of equals, the lower loss.
        on_val = (-metrics["val"]["accuracy"], metrics["val"]["loss"])
        best_on_val = on_val < (self.best_on_val, self.best_on_val_loss)
        if best_on_val:
            self.best_on_val, self.best_on_val_loss = on_val
            self._keep(checkpoint.BEST_ON_VAL, metrics)
        return best, best_on_val

    def _keep(self, name: str, metrics: dict[str, Metrics]) -> None:
        if self.run is not None:
            state = {"epoch": self.epoch, "metrics": metrics, "size": self.config.data.size}
            checkpoint.write_tensors(checkpoint.checkpoint_path(self.run, name), dict(self.judged.state_dict()), state)

    def save(self) -> None:
        """Write everything that `restore` needs, as the run's checkpoint `last`."""
        seen = self.group.concatenate(np.concatenate(self.seen)) if self.seen else np.empty((0, 2), np.float32)
        if self.run is not None:
            checkpoint.save_run(self.run, *state_of(self, seen))

    def restore(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Take up a run where its checkpoint left it.

        Args:
            tensors: by name, as `checkpoint.load_run` gives them.
            state: what else it gives.
        """
        restore_state(self, tensors, state)

    def _ask_to_stop(self) -> None:
        self.stop_asked = True
