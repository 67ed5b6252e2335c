"""Training throughput: the real loop beside its own step on tensors in memory, and beside a plain loop.

    python benchmarks/throughput.py DATA [--size 128] [--batch 32] [--steps 6] [--rounds 5]

DATA is a folder with {female,male}. The three take turns within each round, so that a busy machine
slows all alike; the ratios of the medians are the result, not the rates.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer
from PIL import Image
from torch import Tensor

from gender_classifier.config import load_config
from gender_classifier.data.index import DataIndex, read_classes
from gender_classifier.network.efficientnet import EfficientNetB1
from gender_classifier.training.loop import Trainer

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406], np.float32), np.array([0.229, 0.224, 0.225], np.float32)


def plain_loop(index: DataIndex, size: int, batch: int) -> Iterator[None]:
    """What a first script does: PIL, flip and jitter, NCHW float32, one process."""
    torch.manual_seed(0)
    model = EfficientNetB1().train()
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
        x = torch.from_numpy(np.stack(pictures))
        optimizer.zero_grad()
        criterion(model(x), torch.tensor(labels)).backward()
        optimizer.step()
        yield


def real_loop(trainer: Trainer, size: int) -> Iterator[None]:
    trainer.shared.train()
    while True:
        trainer.batches.set_epoch(trainer.epoch, size)
        for pictures, labels in trainer.loader:
            trainer.train_step(pictures, labels)
            yield
        trainer.epoch += 1
        trainer.seen.clear()


def in_memory(trainer: Trainer, pictures: Tensor, labels: Tensor) -> Iterator[None]:
    while True:
        trainer.shared.train()
        trainer.train_step(pictures, labels)
        yield


def main(
    data: Path,
    size: int = 128,
    batch: int = 32,
    steps: Annotated[int, typer.Option(help="timed steps a turn, after one that is not")] = 6,
    rounds: int = 5,
) -> None:
    samples = read_classes(data, data)
    index = DataIndex(data, dict.fromkeys(("train", "choose", "val"), samples))
    # Many epochs, so that the schedule never ends within the benchmark.
    config = load_config("quick", [f"data.size={size}", f"train.batch_size={batch}", "train.epochs=1000"])
    device = torch.device("cpu")
    first, second = (Trainer(config, index, EfficientNetB1(), None, device) for _ in range(2))
    pictures = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (batch, size, size, 3), dtype=np.uint8))
    loops: dict[str, Iterator[None]] = {
        "step on tensors in memory": in_memory(first, pictures, (torch.arange(batch) % 2).float()),
        "real loop": real_loop(second, size),
        "plain loop (PIL, NCHW)": plain_loop(index, size, batch),
    }
    rates: dict[str, list[float]] = {name: [] for name in loops}
    turn: Callable[[Iterator[None]], None] = next
    for _ in range(rounds):
        for name, loop in loops.items():
            turn(loop)
            started = time.perf_counter()
            for _ in range(steps):
                turn(loop)
            rates[name].append(steps * batch / (time.perf_counter() - started))
    median = {name: statistics.median(values) for name, values in rates.items()}
    for name, values in rates.items():
        print(f"{name:28s} {median[name]:7.1f} pictures/s  ({min(values):.1f} to {max(values):.1f})")
    base = median["real loop"]
    print(f"real loop / step alone: {base / median['step on tensors in memory']:.3f} (wanted: at least 0.90)")
    print(f"real loop / plain loop: {base / median['plain loop (PIL, NCHW)']:.3f} (wanted: at least 1.30)")


if __name__ == "__main__":
    typer.run(main)
