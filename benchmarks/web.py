"""How near is the page to Python, how fast is it, and how does it stand beside `@vladmandic/human`?

    python benchmarks/web.py equal SITE FACECOM/val --count 200
    python benchmarks/web.py beside SITE FAIRFACE/manifest.csv --count 400 --packages build/npm
    python benchmarks/web.py beside SITE FACECOM/val --count 100

`equal` answers the same pictures by the page and by `predict`, as PNG of Python's pixels and as the JPEG files that
they are, and prints the largest differences. `beside` answers pictures of FairFace's test, or photos in folders
`female` and `male`, by the page and by human in the same browser, and prints accuracy and images a second from file
to answer; human comes from npm into `--packages`. SITE is a folder that `gender-classifier web` wrote. Chromium must
be on the path.
"""

from __future__ import annotations

import argparse
import csv
import functools
import http.server
import json
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import ImageResult
from gender_classifier.metrics.classification import wilson
from gender_classifier.web.policy import HEADERS

HUMAN = "3.3.6"
SEED = 1


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Isolates what it serves, so that WebAssembly has its threads."""

    def end_headers(self) -> None:
        for name in ("Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"):
            self.send_header(name, HEADERS[name])
        super().end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def page_of(folder: Path) -> Iterator[tuple[Any, str]]:
    """Open Chromium; gives a page and the address at which a folder is served."""
    from playwright.sync_api import sync_playwright

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(900_000)
        yield page, f"http://127.0.0.1:{server.server_port}/"
        browser.close()
    server.shutdown()


def by_page(site: Path, files: list[Path]) -> tuple[list[ImageResult], float, str]:
    """Answer files by the page; results, seconds from the first file to the last answer, and what answered."""
    with page_of(site) as (page, address):
        page.goto(address)
        page.wait_for_selector("html[data-engine]")
        began = time.perf_counter()
        page.set_input_files("#files", [str(file) for file in files])
        page.wait_for_selector(f"#status:text-matches('^{len(files)} pictures answered')")
        took = time.perf_counter() - began
        with page.expect_download() as download:
            page.click("#save-json")
        images = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["images"]
        how = page.inner_text("#about").rsplit("; ", 1)[-1]
    return [ImageResult.from_dict(image) for image in images], took, how


def equal(site: Path, folder: Path, count: int) -> None:
    """Compare the page with Python, and print by how much they differ."""
    files = random.Random(SEED).sample(sorted(folder.rglob("*.jpg")), count)
    with tempfile.TemporaryDirectory() as scratch:
        drawn = [Path(scratch) / f"{place:04d}.png" for place in range(count)]
        for file, png in zip(files, drawn, strict=True):
            Image.fromarray(read_picture(file)).save(png, compress_level=1)
        for kind, given in (("PNG of the same pixels", drawn), ("JPEG as they are", files)):
            found, took, how = by_page(site, given)
            began = time.perf_counter()
            expected = GenderClassifier().predict(given)
            own = time.perf_counter() - began
            print(f"{kind}: {_difference(found, expected)}")
            print(f"  {count / took:.1f} images a second ({how}); predict: {count / own:.1f}")


def _difference(found: list[ImageResult], expected: list[ImageResult]) -> str:
    same = [(a, b) for a, b in zip(found, expected, strict=True) if len(a.faces) == len(b.faces)]
    pairs = [pair for a, b in same for pair in zip(a.faces, b.faces, strict=True)]
    boxes = [float(np.abs(np.subtract(a.box, b.box)).max()) for a, b in pairs]
    logits = [abs(a.logit - b.logit) for a, b in pairs]
    labels = sum(a.label != b.label for a, b in pairs)
    other = f"; {len(found) - len(same)} pictures with another number of faces" if len(same) < len(found) else ""
    return (
        f"{len(pairs)} faces, boxes within {max(boxes):.3f} px, logits within {max(logits):.4f} "
        f"(99 %: {np.quantile(logits, 0.99):.4f}), {labels} labels differ{other}"
    )


def beside(site: Path, data: Path, count: int, packages: Path) -> None:
    """Answer the same pictures by both, and print how often each is right and how fast it is."""
    pictures = random.Random(SEED).sample(_labelled(data), count)
    files, truth = [file for file, _ in pictures], [gender for _, gender in pictures]
    found, took, how = by_page(site, files)
    guesses = [_central(image) if image.faces else "" for image in found]
    _print(f"page ({how})", guesses, truth, took)
    said, took = by_human(_packages(packages), files)
    _print(f"human {HUMAN} (WebAssembly)", said, truth, took)


def _labelled(data: Path) -> list[tuple[Path, str]]:
    """The pictures of a manifest's test, or of a folder, each with its gender."""
    if data.is_dir():
        return [(file, file.parent.name) for file in sorted(data.glob("*ale/*.jpg"))]
    with data.open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["split"] == "test"]
    return [(data.parent / row["path"], row["gender"].lower()) for row in rows]


def _central(image: ImageResult) -> str:
    """The guess of the largest face: test pictures are of one person."""
    return max(image.faces, key=lambda face: face.face_px or 0).best_guess


def _print(name: str, said: list[str], truth: list[str], took: float) -> None:
    right = sum(a == b for a, b in zip(said, truth, strict=True))
    low, high = wilson(right, len(truth), 0.95)
    print(
        f"{name}: right {100 * right / len(truth):.1f} % (95 %: {100 * low:.1f} to {100 * high:.1f}), "
        f"{said.count('')} without a face, {len(truth) / took:.1f} images a second"
    )


def _packages(folder: Path) -> Path:
    """Human and the WebAssembly that it runs on, from npm."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "node_modules" / "@vladmandic" / "human").is_dir():
        names = [f"@vladmandic/human@{HUMAN}", "@tensorflow/tfjs-backend-wasm@4.22.0"]
        subprocess.run(["npm", "install", "--no-save", "--ignore-scripts", *names], cwd=folder, check=True)
    return folder


def by_human(packages: Path, files: list[Path]) -> tuple[list[str], float]:
    """Answer files by human with its description of faces alone, warm; guesses, and seconds."""
    pictures = packages / "pictures"
    shutil.rmtree(pictures, ignore_errors=True)
    pictures.mkdir()
    for place, file in enumerate(files):
        shutil.copyfile(file, pictures / f"{place}.jpg")
    (packages / "page.html").write_text("<!doctype html><title>human</title>", encoding="utf-8")
    with page_of(packages) as (page, address):
        page.goto(f"{address}page.html")
        page.evaluate(_BEGIN)
        began = time.perf_counter()
        said = page.evaluate(_ANSWER, len(files))
        took = time.perf_counter() - began
    shutil.rmtree(pictures)
    return said, took


_BEGIN = """async () => {
  const { Human } = await import('/node_modules/@vladmandic/human/dist/human.esm.js');
  const off = { enabled: false };
  self.human = new Human({
    backend: 'wasm', debug: false, cacheSensitivity: 0, modelBasePath: '/node_modules/@vladmandic/human/models/',
    wasmPath: '/node_modules/@tensorflow/tfjs-backend-wasm/dist/', filter: off, body: off, hand: off, object: off,
    gesture: off, segmentation: off,
    face: { enabled: true, detector: { rotation: true, maxDetected: 5 }, mesh: { enabled: true }, iris: off,
      emotion: off, antispoof: off, liveness: off, description: { enabled: true, minConfidence: 0 } },
  });
  await self.human.load();
  await self.human.warmup();
}"""
_ANSWER = """async (count) => {
  const said = [];
  for (let i = 0; i < count; i++) {
    const bitmap = await createImageBitmap(await (await fetch(`/pictures/${i}.jpg`)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    canvas.getContext('2d').drawImage(bitmap, 0, 0);
    const { face } = await self.human.detect(canvas);
    const largest = face.sort((a, b) => b.box[2] * b.box[3] - a.box[2] * a.box[3])[0];
    said.push(largest?.gender ?? '');
  }
  return said;
}"""


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("equal", "beside"))
    parser.add_argument("site", type=Path)
    parser.add_argument("data", type=Path, help="equal: a folder of pictures; beside: FairFace's manifest, or a folder")
    parser.add_argument("--count", type=int, default=200, help="pictures")
    parser.add_argument("--packages", type=Path, default=Path("build/npm"), help="folder for npm's packages")
    given = parser.parse_args()
    if given.what == "equal":
        equal(given.site, given.data, given.count)
    else:
        beside(given.site, given.data, given.count, given.packages)


if __name__ == "__main__":
    main()
