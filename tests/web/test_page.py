"""The page in Chromium: its answers are Python's, it speaks to its own server alone, and it works without one."""

from __future__ import annotations

import csv
import io
import json
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.images.read import read_picture
from gender_classifier.inference.annotate import caption
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import ImageResult
from gender_classifier.inference.writers import COLUMNS

from .conftest import serving

Opens = Callable[..., Any]
FACES = 40
"""Pictures of FACECOM that are compared; `benchmarks/web.py` compares 200."""
CLOSE_BOX, CLOSE_LOGIT = 1.0, 0.02


def ready(page: Any) -> None:
    """Wait until the model is loaded."""
    page.wait_for_selector("html[data-engine]")  # by selectors alone: the policy forbids Playwright's functions


def hand(page: Any, files: list[Path]) -> None:
    """Choose files, and wait until all are answered."""
    page.set_input_files("#files", [str(file) for file in files])
    page.wait_for_selector(f"#count-pictures:text-is('{len(files)}')")
    page.wait_for_selector("#save-json:not([disabled])")


def saved(page: Any, button: str) -> str:
    """What a button saves."""
    with page.expect_download() as download:
        page.click(button)
    return Path(download.value.path()).read_text(encoding="utf-8")


def answers(page: Any) -> list[ImageResult]:
    """What the page saves as JSON."""
    return [ImageResult.from_dict(image) for image in json.loads(saved(page, "#save-json"))["images"]]


def as_png(files: list[Path], folder: Path) -> list[Path]:
    """The pictures as PNG of the pixels that Python reads."""
    written = []
    for place, file in enumerate(files):
        written.append(folder / f"{place:03d}.png")
        Image.fromarray(read_picture(file)).save(written[-1], compress_level=1)
    return written


def differences(found: list[ImageResult], expected: list[ImageResult]) -> tuple[float, float, int]:
    """The largest difference of a box's corner, of a logit, and how many labels differ; faces are as many."""
    assert [len(image.faces) for image in found] == [len(image.faces) for image in expected]
    pairs = [pair for a, b in zip(found, expected, strict=True) for pair in zip(a.faces, b.faces, strict=True)]
    boxes = max(float(np.abs(np.subtract(a.box, b.box)).max()) for a, b in pairs)
    logits = max(abs(a.logit - b.logit) for a, b in pairs)
    return boxes, logits, sum(a.label != b.label for a, b in pairs)


def test_answers_are_pythons_on_real_faces_and_nothing_leaves_the_page(
    site: Path, facecom: Path, open_page: Opens, tmp_path: Path
) -> None:
    pictures = sorted((facecom / "val").glob("*/*.jpg"))
    files = random.Random(1).sample(pictures, FACES)
    given = [*as_png(files[: FACES // 2], tmp_path), *files[FACES // 2 :]]  # PNG and JPEG
    asked: list[str] = []
    with serving(site) as address:
        page = open_page("about:blank")
        page.context.on("request", lambda request: asked.append(request.url))
        page.context.on("websocket", lambda socket: asked.append(socket.url))
        page.goto(address)
        ready(page)
        hand(page, given)
        found = answers(page)
    expected = GenderClassifier(threads=1).predict(given)
    boxes, logits, labels = differences(found, expected)
    assert (boxes <= CLOSE_BOX, logits <= CLOSE_LOGIT, labels) == (True, True, 0), (boxes, logits, labels)
    assert [image.source for image in found] == [file.name for file in given]
    assert len(asked) > 10  # the log sees what the worker and the service worker ask for too
    assert any(url.endswith("model/model.onnx") for url in asked)
    own = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()} | {""}
    others = [url for url in asked if not url.startswith("blob:" + address) and url.removeprefix(address) not in own]
    assert others == []


def test_many_pictures_are_shared_among_workers_and_stay_in_their_order(
    site: Path, astronaut: NDArray[np.uint8], open_page: Opens, tmp_path: Path
) -> None:
    upright = Image.fromarray(astronaut)
    sides = [2400, 64, 1200, 64, 64, 512, 64, 900]  # a large one takes longer than the small ones after it
    names = [f"{place}.png" for place in range(len(sides))]
    for name, side in zip(names, sides, strict=True):
        upright.resize((side, side)).save(tmp_path / name, compress_level=1)
    with serving(site) as address:
        page = open_page(f"{address}?workers=2")
        ready(page)
        hand(page, [tmp_path / names[0]])
        one = len([worker for worker in page.workers if worker.url.endswith("/worker.js")])
        page.click("#clear")
        hand(page, [tmp_path / name for name in names])
        several = len([worker for worker in page.workers if worker.url.endswith("/worker.js")])
        shown = page.locator("#cards b").all_inner_texts()
        found = answers(page)
    assert (one, several) == (1, 2)
    assert shown == names
    assert [image.source for image in found] == names
    assert [image.size for image in found] == [(side, side) for side in sides]


def test_a_worker_that_breaks_while_answers_are_owed_is_said(site: Path, open_page: Opens) -> None:
    with serving(site) as address:
        page = open_page(address)
        ready(page)
        (worker,) = [worker for worker in page.workers if worker.url.endswith("/worker.js")]
        worker.evaluate("setTimeout(() => { throw new Error('it broke'); })")
        page.wait_for_selector("#fault:not([hidden])")
        assert "it broke" in page.inner_text("#fault")


def test_it_works_without_network_once_it_was_loaded(
    site: Path, astronaut: NDArray[np.uint8], open_page: Opens, tmp_path: Path
) -> None:
    Image.fromarray(astronaut).save(tmp_path / "astronaut.png")
    with serving(site) as address:
        page = open_page(address)
        ready(page)
        # A plain server isolates no page; its own service worker does.
        assert page.evaluate("crossOriginIsolated")
    page.reload()  # the server is gone
    ready(page)
    hand(page, [tmp_path / "astronaut.png"])
    (image,) = answers(page)
    assert [face.label for face in image.faces] == ["female"]


def test_the_service_shows_it_isolated_from_the_first_load_on(site: Path, open_page: Opens) -> None:
    uvicorn = pytest.importorskip("uvicorn", reason="the extra `server` is not installed")
    from gender_classifier.server.app import create_app
    from gender_classifier.server.settings import ServerSettings

    app = create_app(ServerSettings(site=site, threads=1).checked())
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    page = open_page(f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/")
    ready(page)
    assert page.evaluate("crossOriginIsolated")
    assert page.evaluate("sessionStorage.getItem('loaded again')") is None
    page.context.close()
    server.should_exit = True
    thread.join(60)


def test_a_person_sees_answers_tables_and_what_could_not_be_read(
    site: Path, astronaut: NDArray[np.uint8], open_page: Opens, tmp_path: Path
) -> None:
    upright = Image.fromarray(astronaut)
    turned = upright.transpose(Image.Transpose.ROTATE_90)  # as a camera held sideways stores it
    exif = Image.Exif()
    exif[274] = 6
    turned.save(tmp_path / "exif.jpg", quality=95, exif=exif)
    clear = Image.new("RGBA", (80, 60))  # transparent: white, as Python reads it
    clear.save(tmp_path / "clear.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8nothing")
    (tmp_path / "empty.png").write_bytes(b"")
    names = ["exif.jpg", "clear.png", "broken.jpg", "empty.png"]
    with serving(site) as address:
        page = open_page(address)
        ready(page)
        hand(page, [tmp_path / name for name in names])
        found = answers(page)
        rows = list(csv.DictReader(io.StringIO(saved(page, "#save-csv"))))
        text = page.inner_text("main")
    assert [str(image.status) for image in found] == ["ok", "no face", "unreadable", "unreadable"]
    expected = GenderClassifier(threads=1).predict([tmp_path / name for name in names])
    assert differences(found, list(expected))[0] <= CLOSE_BOX
    assert found[0].size == expected[0].size
    assert tuple(rows[0]) == COLUMNS
    assert [row["status"].partition(":")[0] for row in rows] == ["ok", "no face", "unreadable", "unreadable"]
    assert caption(expected[0].rows()[0]) in text
    assert "No face found" in text
    assert "Unreadable: empty file" in text
    assert "annotators perceived" in text
    assert "Do not quote" in text  # one face is no population
    assert "4 pictures answered" in page.inner_text("#status")


def test_pasted_pictures_folders_and_the_webcam_are_taken(
    site: Path, astronaut: NDArray[np.uint8], open_page: Opens, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    Image.fromarray(astronaut).save(folder / "below" / "one.png")
    (folder / "notes.txt").write_text("no picture")
    with serving(site) as address:
        page = open_page(address, permissions=["camera"])
        ready(page)
        page.set_input_files("#folder", str(folder))
        page.wait_for_selector("#cards li")
        assert page.inner_text("#cards b") == "folder/below/one.png"
        assert page.inner_text("#fault") == "1 file passed over that is no picture."
        page.evaluate(
            """async () => {
              const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 64});
              const blob = await new Promise((resolve) => canvas.toBlob(resolve));
              const data = new DataTransfer();
              data.items.add(new File([blob], 'pasted.png', {type: 'image/png'}));
              document.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
            }"""
        )
        page.wait_for_selector("#cards li:nth-child(2)")
        page.click("#use-webcam")  # Chromium's drawn one, which shows no face
        page.wait_for_selector("#seen:not(:empty)")
        page.click("#take")
        page.wait_for_selector("#cards li:nth-child(3)")
        page.click("#end-webcam")
        assert page.is_hidden("#webcam")
        page.wait_for_selector("#clear:not([disabled])")
        page.click("#clear")
        assert page.is_hidden("#pictures")
