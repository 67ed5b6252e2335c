"""Two programs on one machine: does each get its half, and what does it cost that waiting threads sleep?

    python benchmarks/side_by_side.py [predict] [train] [--seconds 10] [--rounds 3] [--threads N]

Two processes of a kind, each with as many threads as there are cores, first take turns alone and then work at the
same time, round after round; all of them live through the whole run and sleep when it is not their turn. Printed is
what each of the two gets beside the other as a share of half of what it gets alone (wanted: at least 0.8), medians
over the rounds, for threads that sleep, as we set it, and for threads that spin, as the libraries do by themselves.
The last column is what sleeping threads do alone as a share of what spinning ones do: what it costs.

`predict` reads the package's photograph, finds its face and classifies it, over and over. `train` is the training
loop on drawn faces, 64 px. On a machine that is busy with something else the halves are of what is left: trust the
ratios of an idle one. Spinning threads are then so slow that a turn takes many times its seconds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

SLEEPING, SPINNING = "sleep", "spin"
KINDS = ("predict", "train")
WAITING = {  # of OpenMP, which torch uses; a count of spins overrules the policy. 300,000 is libgomp's own.
    SLEEPING: {"OMP_WAIT_POLICY": "PASSIVE"},
    SPINNING: {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "300000"},
}


class Worker:
    """A process that works when it is told to, for so many seconds, and tells its rate."""

    def __init__(self, kind: str, waiting: str, threads: int) -> None:
        command = [sys.executable, __file__, "--work", f"{kind},{waiting}", "--threads", str(threads)]
        environment = {**os.environ, **WAITING[waiting]}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        self._answer()

    def begin(self, seconds: float) -> None:
        """Let it work."""
        assert self._process.stdin is not None
        print(seconds, file=self._process.stdin, flush=True)

    def rate(self) -> float:
        """Wait for what it did, images a second."""
        return float(self._answer())

    def end(self) -> None:
        """Let it go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a process ended before its time; its message stands above")
        return line


def work(kind: str, waiting: str, threads: int) -> None:
    """What a worker's process does: read seconds, work, print a rate, until nobody asks any more."""
    step = {"predict": predicting, "train": training}[kind](waiting, threads)
    for _ in range(3):
        next(step)
    print("ready", flush=True)
    for line in sys.stdin:
        began, done = time.monotonic(), 0
        while time.monotonic() - began < float(line):
            done += next(step)
        print(done / (time.monotonic() - began), flush=True)


def predicting(waiting: str, threads: int) -> Iterator[int]:
    """Predict sixteen photos a step."""
    import cv2

    from gender_classifier.inference.classifier import GenderClassifier
    from gender_classifier.inference.demo import demo_photo
    from gender_classifier.system import engine

    cv2.setNumThreads(1)  # as `predict` does
    if waiting == SPINNING:
        engine.SPINNING = "1"
    classifier = GenderClassifier(threads=threads)
    while True:
        yield len(classifier.predict([demo_photo()] * 16))


def training(waiting: str, threads: int) -> Iterator[int]:
    """Train on a batch of sixteen a step."""
    import torch

    from gender_classifier.config.reading import load_config
    from gender_classifier.data.datasets import DataIndex, read_classes
    from gender_classifier.data.synthetic import draw_dataset
    from gender_classifier.networks.efficientnet import EfficientNet
    from gender_classifier.training.loop import Trainer
    from gender_classifier.training.memory import keep_freed_memory

    keep_freed_memory()  # as `train` does
    torch.set_num_threads(threads)
    with tempfile.TemporaryDirectory() as folder:
        draw_dataset(Path(folder), train=(64, 64), val=(8, 8), size=64)
        samples = read_classes(Path(folder) / "train", Path(folder))
        index = DataIndex(Path(folder), dict.fromkeys(("train", "choose", "val"), samples))
        config = load_config(
            "quick",
            ["optimizer.frozen=0", "data.size=64", "train.batch_size=16", "train.epochs=1000", "data.workers=0"],
        )
        trainer = Trainer(config, index, EfficientNet(), None, torch.device("cpu"))
        for epoch in range(1000):
            trainer.batches.set_epoch(epoch, 64)
            trainer.train_mode()
            for batch in trainer.loader:
                trainer.train_step(batch)
                yield 16


def measure(kind: str, waiting: str, threads: int) -> tuple[list[Worker], Callable[[float], tuple[float, list[float]]]]:
    """Two workers, and what makes a round: their mean rate alone, and what each gets of half of its own, together."""
    pair = [Worker(kind, waiting, threads) for _ in range(2)]

    def a_round(seconds: float) -> tuple[float, list[float]]:
        alone = []
        for worker in pair:
            worker.begin(seconds)
            alone.append(worker.rate())
        for worker in pair:
            worker.begin(seconds)
        together = [worker.rate() for worker in pair]
        return statistics.mean(alone), [rate / (own / 2) for rate, own in zip(together, alone, strict=True)]

    return pair, a_round


def main(
    kinds: Annotated[list[str] | None, typer.Argument(help="predict, train; none: both")] = None,
    seconds: Annotated[float, typer.Option(min=0.1, help="a turn")] = 10.0,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    threads: Annotated[int, typer.Option(help="of each process; 0: as many as there are cores")] = 0,
    working: Annotated[str, typer.Option("--work", hidden=True)] = "",
) -> None:
    from gender_classifier.system.cores import usable_cores

    threads = threads or usable_cores()
    if working:
        kind, waiting = working.split(",")
        work(kind, waiting, threads)
        return
    print(f"{usable_cores()} cores, {threads} threads a process, load {os.getloadavg()[0]:.1f} before it began\n")
    print("| | waiting threads | alone, a second | beside another, of its half | worst | sleeping of spinning, alone |")
    print("|---|---|--:|--:|--:|--:|")
    for kind in kinds or KINDS:
        pairs = {waiting: measure(kind, waiting, threads) for waiting in (SLEEPING, SPINNING)}
        found: dict[str, list[tuple[float, list[float]]]] = {waiting: [] for waiting in pairs}
        for _ in range(rounds):
            for waiting, (_pair, a_round) in pairs.items():
                found[waiting].append(a_round(seconds))
        cost = statistics.median(a[0] / b[0] for a, b in zip(found[SLEEPING], found[SPINNING], strict=True))
        for waiting, (pair, _) in pairs.items():
            alone = statistics.median(rate for rate, _ in found[waiting])
            halves = [
                statistics.median(values) for values in zip(*(shares for _, shares in found[waiting]), strict=True)
            ]
            shown = f"{cost:.2f}" if waiting == SLEEPING else ""
            both = " and ".join(f"{half:.2f}" for half in halves)
            worst = min(min(shares) for _, shares in found[waiting])
            print(f"| {kind} | {waiting} | {alone:.1f} | {both} | {worst:.2f} | {shown} |", flush=True)
            for worker in pair:
                worker.end()


if __name__ == "__main__":
    typer.run(main)
