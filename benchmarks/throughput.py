"""Training throughput: the real loop beside its own step on tensors in memory, and beside a plain loop.

    python benchmarks/throughput.py DATA [--size 128] [--batch 32] [--steps 6] [--rounds 5] [--frozen 4]

DATA is a folder with {female,male}. The loops take turns within each round, so that a busy machine slows all alike;
the ratios of the medians are the result, not the rates.

- Step alone: zero_grad, forward, loss, backward, optimizer step of the same network, layout, loss and optimizer, on
  normalised float32 tensors in memory. It reads, augments, clips, averages and logs nothing.
- Real loop: `Trainer` as `train` runs it, with all of that; what its reading process spends counts as well.
- Frozen loop: the real one with the first `--frozen` layers keeping their weights (`optimizer.frozen`).
- Plain loop: PIL transforms in the same process, NCHW float32, plain AdamW and cross-entropy.

`--cpu-time` counts seconds of the processor (Linux), the reading process's with them, in place of the wall clock's:
for a machine that is busy with something else, with `--threads 1`, since waiting threads burn time too.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image

from gender_classifier.config.reading import load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import DataIndex, read_classes
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.system.cores import usable_cores
from gender_classifier.training.loop import Trainer
from gender_classifier.training.memory import keep_freed_memory

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)
STEP, REAL, PLAIN, FROZEN = "step alone, in memory", "real loop", "plain loop (PIL, NCHW)", "frozen loop"
# The reader runs ahead by some batches while the other loops have their turn: those are no part of a rate.
UNTIMED = 5


def step_alone(trainer: Trainer, size: int, batch: int) -> Iterator[None]:
    """The least that a step can be, with the trainer's own network, loss and optimizer."""
    torch.manual_seed(0)
    pictures = torch.randn(batch, 3, size, size).contiguous(memory_format=torch.channels_last)
    labels = (torch.arange(batch) % 2).float()
    trainer.model.train()
    while True:
        trainer.optimizer.zero_grad(set_to_none=True)
        trainer.criterion(trainer.model(pictures), labels).backward()
        trainer.optimizer.step()
        yield


def real_loop(trainer: Trainer, size: int) -> Iterator[None]:
    """The trainer's epochs without the validation between them."""
    trainer.train_mode()
    while True:
        trainer.batches.set_epoch(trainer.epoch, size)
        for batch in trainer.loader:
            loss = trainer.train_step(batch)
            trainer.step += 1
            if trainer.step % trainer.config.train.log_every == 0:
                trainer._log_step(loss, 0.0)
            yield
        trainer.epoch, trainer.step, trainer.seen = trainer.epoch + 1, 0, []


def plain_loop(index: DataIndex, config: Config, size: int, batch: int) -> Iterator[None]:
    """What a first script does: PIL, flip and rotation, NCHW float32, one process."""
    torch.manual_seed(0)
    model = EfficientNet(config.model.dropout, config.model.drop_path).train()
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    criterion = torch.nn.BCEWithLogitsLoss()
    rng = np.random.default_rng(0)
    samples = index.splits["train"]
    while True:
        pictures, labels = [], []
        for i in rng.integers(0, len(samples), batch):
            with Image.open(samples[i].path) as opened:
                image = opened.convert("RGB").resize((size, size), Image.Resampling.BILINEAR)
            if rng.random() < 0.5:
                image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            image = image.rotate(float(rng.uniform(-10, 10)), Image.Resampling.BILINEAR)
            pictures.append(((np.asarray(image, np.float32) / 255 - MEAN) / DEVIATION).transpose(2, 0, 1))
            labels.append(float(samples[i].label))
        x = torch.from_numpy(np.ascontiguousarray(np.stack(pictures)))
        optimizer.zero_grad()
        criterion(model(x), torch.tensor(labels)).backward()
        optimizer.step()
        yield


def seconds(cpu_time: bool) -> float:
    """The wall clock, or what this process and those that read for it have spent of the processor."""
    if not cpu_time:
        return time.perf_counter()
    # Linux's clock of another process: its number inverted, shifted by three bits, and 2 for scheduled time.
    running = [time.clock_gettime((~child.pid << 3) | 2) for child in multiprocessing.active_children() if child.pid]
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + sum(running) + ended.ru_utime + ended.ru_stime


def measure(
    loops: dict[str, Iterator[None]], batch: int, steps: int, rounds: int, cpu_time: bool
) -> dict[str, list[float]]:
    """Images a second of each loop, one value a round."""
    rates: dict[str, list[float]] = {name: [] for name in loops}
    for _ in range(rounds):
        for name, loop in loops.items():
            for _ in range(UNTIMED if name in (REAL, FROZEN) else 1):
                next(loop)
            started = seconds(cpu_time)
            for _ in range(steps):
                next(loop)
            rates[name].append(steps * batch / (seconds(cpu_time) - started))
    return rates


def main(
    data: Path,
    size: int = 128,
    batch: int = 32,
    steps: Annotated[int, typer.Option(help="timed steps a turn, after some that are not")] = 6,
    rounds: int = 5,
    threads: Annotated[int, typer.Option(help="of the network; 0: torch's choice")] = 0,
    frozen: Annotated[int, typer.Option(help="layers of one more loop; 0: no such loop")] = 0,
    cpu_time: Annotated[bool, typer.Option("--cpu-time", help="seconds of the processor")] = False,
) -> None:
    keep_freed_memory()  # as `train` does; the plain loop, in the same process, has the good of it too
    if threads:
        torch.set_num_threads(threads)
    samples = read_classes(data, data)
    if len(samples) < batch * (steps + UNTIMED):
        raise typer.BadParameter(f"{data}: a turn needs {batch * (steps + UNTIMED)} images, found {len(samples)}")
    index = DataIndex(data, dict.fromkeys(("train", "choose", "val"), samples))
    # Many epochs, so that the schedule never ends within the benchmark.
    settings = [f"data.size={size}", f"train.batch_size={batch}", "train.epochs=1000", "optimizer.frozen=0"]
    config = load_config("quick", settings)
    device = torch.device("cpu")
    bare, real = (Trainer(config, index, EfficientNet(config.model.dropout), None, device) for _ in range(2))
    print(
        f"torch {torch.__version__}, {torch.get_num_threads()} threads, {platform.machine()}, {usable_cores()} cores, "
        f"load {os.getloadavg()[0]:.1f}; {size} px, batch {batch}, {steps} steps x {rounds} rounds; "
        + ("images a second of the processor" if cpu_time else "images a second")
    )
    loops = {
        STEP: step_alone(bare, size, batch),
        REAL: real_loop(real, size),
        PLAIN: plain_loop(index, config, size, batch),
    }
    if frozen:
        less = load_config("quick", [*settings, f"optimizer.frozen={frozen}"])
        loops[FROZEN] = real_loop(Trainer(less, index, EfficientNet(less.model.dropout), None, device), size)
    rates = measure(loops, batch, steps, rounds, cpu_time)
    median = {name: statistics.median(values) for name, values in rates.items()}
    for name, values in rates.items():
        print(f"{name:24s} {median[name]:7.1f}  ({min(values):.1f} to {max(values):.1f})")
    print(f"real loop / step alone: {median[REAL] / median[STEP]:.3f} (wanted: at least 0.90)")
    print(f"real loop / plain loop: {median[REAL] / median[PLAIN]:.3f} (wanted: at least 1.30)")
    if frozen:
        print(f"frozen loop / real loop: {median[FROZEN] / median[REAL]:.3f}")


if __name__ == "__main__":
    typer.run(main)
