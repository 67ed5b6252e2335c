"""How fast is the service beside `predict` itself, and does it stand what clients do to it?

    python benchmarks/service.py PHOTOS [--limit 200] [--clients 16] [--rounds 3] [--rude 10000]

PHOTOS is a folder of photographs. `predict`'s own faces a second and those of the service with so many clients are
measured in turn, in one run, so that a busy machine is busy for both; the ratio is what counts. Every answer is held
against `predict`'s. Then come so many requests from clients of which a part vanishes, sends slowly or sends mutated
files; memory is read along; in the end the worker is killed once.
"""

from __future__ import annotations

import os
import signal
import statistics
import tempfile
import threading
import time
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

import _service_clients as clients
from gender_classifier.images.files import pictures_below
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import Status

RUDE = {clients.POLITE: 0.5, clients.VANISHES: 0.2, clients.SLOW: 0.05, clients.MUTATED: 0.25}


def answers_of(classifier: GenderClassifier, contents: list[bytes]) -> list[clients.Picture]:
    """What `predict` says of each file; those that it cannot read are left out."""
    found: list[clients.Picture] = []
    for content, image in zip(contents, classifier.stream(contents), strict=True):
        faces = tuple((face.label, face.logit) for face in image.faces)
        if image.status is not Status.UNREADABLE:
            found.append(clients.Picture(content, faces))
    return found


def faces_a_second(classifier: GenderClassifier, contents: list[bytes]) -> tuple[float, float]:
    """Of `predict`, from file to answer; and the processor's milliseconds a face."""
    began, worked = time.perf_counter(), time.process_time()
    faces = len(classifier.predict(contents).faces)
    return faces / (time.perf_counter() - began), 1000 * (time.process_time() - worked) / faces


def memory(pid: int) -> float:
    """Resident memory of a process, megabytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def worker_of(pid: int) -> int:
    """The process that answers, a child of the one that was started."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return next(int(one) for one in found if b"spawn_main" in Path(f"/proc/{one}/cmdline").read_bytes())


def speed(
    host: str, port: int, classifier: GenderClassifier, pictures: list[clients.Picture], crowd: int, rounds: int
) -> None:
    """Measure `predict` and the service in turn."""
    contents = [picture.content for picture in pictures]
    own, served, seconds, costs = [], [], [], []
    clients.crowd(host, port, pictures, min(64, len(pictures)), crowd)  # warm
    for number in range(rounds):
        before, cost = faces_a_second(classifier, contents)
        began, worked = time.perf_counter(), clients.metric(host, port, "process_cpu_seconds_total")
        tally = clients.crowd(host, port, pictures, len(pictures), crowd, seed=number)
        served.append(tally.faces / (time.perf_counter() - began))
        worked = clients.metric(host, port, "process_cpu_seconds_total") - worked
        costs.append((cost, 1000 * worked / tally.faces))
        own.append(statistics.mean((before, faces_a_second(classifier, contents)[0])))
        seconds += tally.seconds
        if wrong := tally.wrong():
            raise SystemExit(f"wrong: {wrong}")
    ratios = [service / predict for service, predict in zip(served, own, strict=True)]
    p50, p99 = np.quantile(seconds, [0.5, 0.99])
    print(f"{len(pictures)} photos, {sum(len(p.expected) for p in pictures)} faces, {crowd} clients, {rounds} rounds\n")
    print("| faces/s of `predict` | of the service | ratio | p50, ms | p99, ms |\n|--:|--:|--:|--:|--:|")
    print(
        f"| {statistics.median(own):.1f} | {statistics.median(served):.1f} | {statistics.median(ratios):.2f} "
        f"({min(ratios):.2f} to {max(ratios):.2f}) | {1000 * p50:.0f} | {1000 * p99:.0f} |"
    )
    own_cost, served_cost = (statistics.median(each) for each in zip(*costs, strict=True))
    print(f"\nProcessor's time a face: `predict` {own_cost:.1f} ms, the service {served_cost:.1f} ms: ", end="")
    print(f"{own_cost / served_cost:.2f} of its rate for the same work, whatever else the machine does.")


def endurance(host: str, port: int, pid: int, pictures: list[clients.Picture], requests: int, crowd: int) -> None:
    """Polite and rude clients; prints what came of them, and memory at ten moments."""
    seen: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(1.0):
            seen.append(memory(worker_of(pid)))

    watcher = threading.Thread(target=look)
    watcher.start()
    began = time.perf_counter()
    tally = clients.crowd(host, port, pictures, requests, crowd, RUDE, seed=1)
    took = time.perf_counter() - began
    over.set()
    watcher.join()
    print(f"\n{requests} requests of {crowd} clients in {took:.0f} s:")
    for (kind, outcome), count in sorted(tally.outcomes.items()):
        print(f"- {kind}: {outcome}: {count}")
    done = sum(count for (_, outcome), count in tally.outcomes.items() if outcome != "refused: busy")
    print(f"- lost, doubled or wrong: {sum(tally.wrong().values())}; ended: {done} of {requests}")
    shown = [seen[round(place)] for place in np.linspace(0, len(seen) - 1, 10)] if seen else []
    print(f"- memory of the worker, MB: {', '.join(f'{one:.0f}' for one in shown)}")


def killed(host: str, port: int, pid: int, pictures: list[clients.Picture]) -> None:
    """Kill the worker; prints how long it takes until another one answers."""
    os.kill(worker_of(pid), signal.SIGKILL)
    began = time.perf_counter()
    while True:
        try:
            if clients.ask(host, port, "POST", pictures[0].path, pictures[0].content)[0] == 200:
                break
        except OSError:
            time.sleep(0.05)
    print(f"\nThe worker was killed with -9; {time.perf_counter() - began:.1f} s later another one answered.")


def main(
    photos: Path,
    limit: Annotated[int, typer.Option(help="so many photos at most, evenly spaced")] = 200,
    crowd: Annotated[int, typer.Option("--clients", help="that send at a time")] = 16,
    rounds: Annotated[int, typer.Option(help="of `predict` and the service in turn")] = 3,
    rude: Annotated[int, typer.Option(help="requests of polite and rude clients; 0: none")] = 10_000,
    threads: Annotated[int | None, typer.Option(help="of both; none: all cores")] = None,
) -> None:
    cv2.setNumThreads(1)  # as the command `predict` does
    classifier = GenderClassifier(threads=threads)
    paths = pictures_below(photos)
    chosen = [paths[round(place)] for place in np.linspace(0, len(paths) - 1, min(limit, len(paths)))]
    pictures = answers_of(classifier, [path.read_bytes() for path in chosen])
    named = () if threads is None else ("--threads", str(threads))
    with tempfile.TemporaryDirectory() as folder:
        with clients.served(*named, log=Path(folder) / "log") as (host, port, process):
            speed(host, port, classifier, pictures, crowd, rounds)
            if rude:
                endurance(host, port, process.pid, pictures, rude, crowd)
                killed(host, port, process.pid, pictures)
        faults = (Path(folder) / "log").read_text(encoding="utf-8").count("Traceback")
        print(f"\nTracebacks in the log: {faults}")


if __name__ == "__main__":
    typer.run(main)
