"""Are copies found, and nothing else? And how long does it take among a million?

    python benchmarks/duplicates.py search [--count 1000000] [--threads 2]
    python benchmarks/duplicates.py recall DATA... [--changed 300] [--sheet PNG]

`search` looks for pairs within 8 bits among simulated hashes, a hundredth of which are a few bits from another.
`recall` re-encodes, resizes, mirrors and crops some images of folders or manifests, looks for pairs among all of them
as `audit` does, and counts the copies found and the pairs that are no copies of one another. Sets of photographs hold
copies of their own: --sheet shows what was paired, for a person to tell.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.audit.confirmation import SAME
from gender_classifier.audit.duplicates import RADIUS, find_pairs
from gender_classifier.audit.hashes import Fingerprint, fingerprint
from gender_classifier.audit.search import near
from gender_classifier.data.datasets import given_splits
from gender_classifier.images.contact_sheet import contact_sheet
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import resize
from gender_classifier.system.cores import usable_cores

Picture = NDArray[np.uint8]
LOOSE = 0.7  # correlation from which pairs are shown, below the threshold too

app = typer.Typer(add_completion=False)


def encoded(picture: Picture, quality: int) -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer), np.uint8)


def scaled(picture: Picture, share: float) -> Picture:
    return resize(picture, (round(picture.shape[1] * share), round(picture.shape[0] * share)))


def cut(picture: Picture, keep: float, at: tuple[float, float]) -> Picture:
    """`keep` of both sides; `at` says how much of what is cut off is cut off at left and top, 0 to 1."""
    height, width = picture.shape[:2]
    high, wide = round(height * keep), round(width * keep)
    top, left = round(at[1] * (height - high)), round(at[0] * (width - wide))
    return picture[top : top + high, left : left + wide]


def turned(picture: Picture, degrees: float) -> Picture:
    """Turned about its middle and enlarged so that no corner is empty."""
    height, width = picture.shape[:2]
    grown = 1 + 1.1 * np.sin(np.radians(abs(degrees))) * max(height, width) / min(height, width)
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, grown)
    return np.asarray(cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


Change = Callable[[Picture, np.random.Generator], Picture]
CHANGES: dict[str, Change] = {
    "JPEG, quality 90": lambda p, r: encoded(p, 90),
    "JPEG, quality 30": lambda p, r: encoded(p, 30),
    "JPEG, quality 10": lambda p, r: encoded(p, 10),
    "half the size": lambda p, r: scaled(p, 0.5),
    "64 pixels": lambda p, r: scaled(p, 64 / min(p.shape[:2])),
    "mirrored": lambda p, r: np.ascontiguousarray(p[:, ::-1]),
    "brighter by a fifth": lambda p, r: np.asarray(np.clip(p * 1.2, 0, 255), np.uint8),
    "cropped, 95 % kept": lambda p, r: cut(p, 0.95, (r.random(), r.random())),
    "cropped, 90 % kept": lambda p, r: cut(p, 0.90, (r.random(), r.random())),
    "cropped, 85 % kept": lambda p, r: cut(p, 0.85, (r.random(), r.random())),
    "turned by 3 degrees": lambda p, r: turned(p, 3 * r.choice((-1, 1))),
    "cropped, mirrored, quality 50": lambda p, r: encoded(
        np.ascontiguousarray(cut(p, 0.92, (r.random(), r.random()))[:, ::-1]), 50
    ),
}


@app.command()
def search(count: int = 1_000_000, threads: int = 2, radius: int = RADIUS) -> None:
    rng = np.random.default_rng(0)
    hashes = rng.integers(0, 2**63, count, dtype=np.uint64)
    planted = count // 100
    moved = hashes[planted : 2 * planted].copy()
    for _ in range(radius):
        moved ^= np.uint64(1) << rng.integers(0, 63, planted).astype(np.uint64)
    hashes[:planted] = moved
    clock, cpu = time.perf_counter(), time.process_time()
    rows, places = near(hashes, hashes, radius, threads=threads)
    spent, worked = time.perf_counter() - clock, time.process_time() - cpu
    found = np.isin(np.arange(planted) * count + np.arange(planted, 2 * planted), rows * count + places).sum()
    print(
        f"{count:,} hashes, {threads} threads: {spent:.1f} s by the clock, {worked:.1f} s of processor; "
        f"{found:,} of {planted:,} planted pairs, {int((rows < places).sum()):,} pairs in all"
    )


@app.command()
def recall(
    data: list[Path],
    changed: Annotated[int, typer.Option(help="images that are changed")] = 300,
    most: Annotated[int, typer.Option(help="images looked at")] = 4000,
    split: Annotated[str, typer.Option(help="of this split alone; none: all")] = "",
    sheet: Annotated[Path | None, typer.Option(help="PNG of the pairs that are no planted copies")] = None,
) -> None:
    cv2.setNumThreads(1)
    samples = [s for one in data for name, found in given_splits(one).items() if split in ("", name) for s in found]
    order = np.random.default_rng(0).permutation(len(samples))[:most]
    paths = [samples[place].path for place in order]

    def looks(place: int) -> list[Fingerprint | None]:
        picture = read_picture(paths[place])
        rng = np.random.default_rng(place)
        copies = [change(picture, rng) for change in CHANGES.values()] if place < changed else []
        return [fingerprint(one) for one in [picture, *copies]]

    with ThreadPoolExecutor(usable_cores()) as pool:
        parts = list(pool.map(looks, range(len(paths))))
    source = [place for place, part in enumerate(parts) for _ in part]
    kind = [number for part in parts for number in range(len(part))]
    prints = [one for part in parts for one in part]
    pairs = find_pairs([str(row) for row in range(len(prints))], prints, least=LOOSE)
    own = [pair for pair in pairs if source[pair.a] == source[pair.b] and kind[pair.a] == 0]
    print("| Change | Found | Lowest correlation found |\n|---|--:|--:|")
    for number, name in enumerate(CHANGES, 1):
        found = [pair.correlation for pair in own if kind[pair.b] == number]
        share = sum(value >= SAME for value in found) / min(changed, len(paths))
        print(f"| {name} | {100 * share:.1f} % | {min(found, default=0):.3f} |")
    plain = [pair for pair in pairs if kind[pair.a] == kind[pair.b] == 0]
    taken = [pair for pair in plain if pair.correlation >= SAME]
    below = sorted((pair.correlation for pair in plain if pair.correlation < SAME), reverse=True)
    print(
        f"\n{len(paths):,} images, {len(paths) * (len(paths) - 1) // 2:,} pairs: {len(taken)} taken for copies; "
        f"the nearest below {SAME}: {', '.join(f'{value:.3f}' for value in below[:5]) or 'none'}"
    )
    for pair in taken:
        print(f"{pair.correlation:.3f}  {paths[source[pair.a]]}  {paths[source[pair.b]]}")
    if sheet is not None and plain:
        shown = sorted(plain, key=lambda pair: -pair.correlation)[:60]
        rows = [(row, pair) for pair in shown for row in (pair.a, pair.b)]
        captions = [f"{pair.correlation:.3f}\n{paths[source[row]].name}" for row, pair in rows]
        contact_sheet([read_picture(paths[source[row]]) for row, _ in rows], captions, sheet, columns=12, cell=96)


if __name__ == "__main__":
    app()
