"""The README's pictures of films, service and page, taken by Chromium and by `video` itself.

    python benchmarks/readme_pictures.py --film FILM --runtime onnxruntime-web.tgz

The timeline shows no face; the page answers the demo's photograph (NASA, public domain). Needs `[dev]` and a Chromium.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image
from playwright.sync_api import FloatRect, Page, sync_playwright

from gallery import small
from gender_classifier.inference.demo import demo_photo

DOCS = Path(__file__).resolve().parents[1] / "docs"
PORT = 8765
ADDRESS = f"http://127.0.0.1:{PORT}"
COMMAND = (sys.executable, "-m", "gender_classifier")
WIDTH, HEIGHT = 900, 560
TOP: FloatRect = {"x": 0, "y": 0, "width": WIDTH, "height": 980}
"""Of the page: as far down as the face in its first picture."""


@contextmanager
def serving(*options: str) -> Iterator[None]:
    """`serve` with a site until the block ends."""
    served = subprocess.Popen([*COMMAND, "serve", "--port", str(PORT), *options])
    try:
        for _ in range(600):
            try:
                with urllib.request.urlopen(f"{ADDRESS}/readyz", timeout=2):
                    break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        served.terminate()
        served.wait()


def answered(page: Page) -> None:
    """Hand the demo's photograph to the page and wait for its answer."""
    page.goto(f"{ADDRESS}/")
    page.wait_for_selector("html[data-engine]")
    page.set_input_files("#files", [str(demo_photo())])
    page.wait_for_selector("#save-json:not([disabled])")
    page.wait_for_timeout(1000)


def main(
    film: Annotated[Path, typer.Option(help="film whose timeline is drawn")],
    runtime: Annotated[Path, typer.Option(help="onnxruntime-web's archive, as `npm pack` gives it")],
) -> None:
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        subprocess.run([*COMMAND, "video", str(film), "--timeline", str(folder / "films.png")], check=True)
        subprocess.run([*COMMAND, "web", "--out", str(folder / "site"), "--runtime", str(runtime)], check=True)
        chromium = os.environ.get("GENDER_CLASSIFIER_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.set_default_timeout(300_000)
        with serving("--site", str(folder / "site")):
            page.goto(f"{ADDRESS}/docs")
            page.screenshot(path=folder / "service.png")
            answered(page)
            page.screenshot(path=folder / "page.png", full_page=True, clip=TOP)
        browser.close()
        for shown in ("films", "service", "page"):
            picture = Image.open(folder / f"{shown}.png").convert("RGB")
            height = round(picture.height * WIDTH / picture.width)
            picture.resize((WIDTH, height), Image.Resampling.LANCZOS).save(folder / f"{shown}.png")
            small(folder / f"{shown}.png", DOCS / f"{shown}.png")
            print(f"{shown}.png: {(DOCS / f'{shown}.png').stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    typer.run(main)
