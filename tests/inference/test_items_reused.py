"""What a caller uses again for the next image is taken before the next is asked for."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageSequence

from gender_classifier.inference.classifier import GenderClassifier

from .conftest import COUNT, image, png


def temporary(folder: Path) -> Iterator[Any]:
    for number in range(COUNT):
        with tempfile.NamedTemporaryFile(suffix=".png", dir=folder) as file:
            file.write(png(number))
            file.flush()
            yield file.name


def one_path(folder: Path) -> Iterator[Any]:
    for number in range(COUNT):
        (folder / "one.png").write_bytes(png(number))
        yield folder / "one.png"


def opened(folder: Path) -> Iterator[Any]:
    for number in range(COUNT):
        (folder / "opened.png").write_bytes(png(number))
        with Image.open(folder / "opened.png") as picture:
            yield picture


def drawn_over(folder: Path) -> Iterator[Any]:
    canvas = Image.new("RGB", (40, 40))
    for number in range(COUNT):
        canvas.paste(tuple(map(int, image(number)[0, 0])), (0, 0, 40, 40))
        yield canvas


def frames(folder: Path) -> Iterator[Any]:
    pages = [Image.fromarray(image(number)) for number in range(COUNT)]
    pages[0].save(folder / "all.tif", save_all=True, append_images=pages[1:])
    with Image.open(folder / "all.tif") as picture:
        yield from ImageSequence.Iterator(picture)


def refilled(folder: Path) -> Iterator[Any]:
    buffer = np.empty((40, 40, 3), np.uint8)
    for number in range(COUNT):
        buffer[:] = image(number)[0, 0]
        yield buffer


def grey_refilled(folder: Path) -> Iterator[Any]:
    buffer = np.empty((40, 40), np.uint8)
    for number in range(COUNT):
        buffer[:] = 4 * number
        yield buffer


def tensors(folder: Path) -> Iterator[Any]:
    torch = pytest.importorskip("torch")
    buffer = torch.empty((40, 40, 3), dtype=torch.uint8)
    for number in range(COUNT):
        buffer[:] = torch.from_numpy(image(number)[0, 0].copy())
        yield buffer


def files(folder: Path) -> Iterator[Any]:
    (folder / "numbers").mkdir(exist_ok=True)
    for number in range(COUNT):
        path = folder / "numbers" / f"{number}.png"
        path.write_bytes(png(number))
        with path.open("rb") as file:
            yield file


def one_buffer(folder: Path) -> Iterator[Any]:
    buffer = io.BytesIO()
    for number in range(COUNT):
        buffer.seek(0)
        buffer.truncate()
        Image.fromarray(image(number)).save(buffer, "PNG")  # and stands at its end
        yield buffer


def bytes_refilled(folder: Path) -> Iterator[Any]:
    data = bytearray()
    for number in range(COUNT):
        data[:] = png(number)
        yield data


def views_refilled(folder: Path) -> Iterator[Any]:
    data = bytearray(100_000)
    for number in range(COUNT):
        content = png(number)
        data[: len(content)] = content
        yield memoryview(data)[: len(content)]


REUSED = [
    *(temporary, one_path, opened, drawn_over, frames, refilled, grey_refilled, tensors, files),
    *(one_buffer, bytes_refilled, views_refilled),
]


@pytest.mark.parametrize("reused", REUSED)
def test_answers_are_those_of_one_at_a_time(
    reused: Callable[[Path], Iterator[Any]], write_model: Callable[..., Path], tmp_path: Path
) -> None:
    classifier = GenderClassifier(write_model(), threads=2)
    alone = [classifier.predict(source, faces_only=True).rows() for source in reused(tmp_path)]
    together = [image.rows() for image in classifier.stream(reused(tmp_path), faces_only=True)]
    assert len(alone) == COUNT
    assert {row.status for rows in alone for row in rows} == {"ok"}
    for one, other in zip(alone, together, strict=True):
        assert [row.logit for row in other] == pytest.approx([row.logit for row in one], abs=1e-5)
    assert len({round(rows[0].logit or 0.0, 3) for rows in alone}) > COUNT / 2  # they differ among themselves


@pytest.mark.parametrize("reused", [refilled, opened, temporary])
def test_a_single_one_is_taken_at_once(
    reused: Callable[[Path], Iterator[Any]], write_model: Callable[..., Path], tmp_path: Path
) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    sources = reused(tmp_path)
    expected = classifier.predict(next(sources), faces_only=True).rows()
    sources = reused(tmp_path)
    stream = classifier.stream(next(sources), faces_only=True)
    next(sources)
    assert next(stream).faces[0].logit == expected[0].logit
