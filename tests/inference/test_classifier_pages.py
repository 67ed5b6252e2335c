"""The public classifier on files of several pages: all of them, or the first and a note."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.pipeline import BATCH
from gender_classifier.inference.preparation import AHEAD, Photo, Preparation

from ..scenes import scene
from ..small_model import logits_by_hand

Crops = NDArray[np.uint8]
Writer = Callable[..., Path]


@pytest.fixture
def album(astronaut: Crops) -> bytes:
    """A TIFF of a blank page, one of two faces, one of one, and one without."""
    two = scene(astronaut, (420, 260), [(60, 10, 20), (80, 200, 40)]).picture
    blank = np.full((60, 90, 3), 255, np.uint8)
    first, *others = (Image.fromarray(page) for page in (blank, two, np.ascontiguousarray(two[:, 150:]), blank))
    data = io.BytesIO()
    first.save(data, "TIFF", save_all=True, append_images=others)
    return data.getvalue()


def test_all_pages_or_a_note_of_them(write_model: Writer, album: bytes, tmp_path: Path) -> None:
    classifier = GenderClassifier(write_model(), threads=2)
    (tmp_path / "album.tif").write_bytes(album)
    note = "3 more pages, --pages looks at them"
    for source, path in (
        (album, None),
        (tmp_path / "album.tif", str(tmp_path / "album.tif")),
        (io.BytesIO(album), None),
    ):
        (row,) = classifier.predict(source).rows()
        assert (row.status, row.page, row.note) == ("no face", 1, note)
        rows = classifier.predict(source, pages=True).rows()
        assert [(row.page, row.face, row.path) for row in rows] == [
            (1, None, path),
            (2, 0, path),
            (2, 1, path),
            (3, 0, path),
            (4, None, path),
        ]
        assert {row.note for row in rows} == {""}
    with Image.open(io.BytesIO(album)) as image:  # an opened image is the page that it shows
        image.seek(1)
        assert [(row.page, row.note) for row in classifier.predict(image).rows()] == [(1, ""), (1, "")]
        assert classifier.predict(image, pages=True).rows() == classifier.predict(album, pages=True).rows()
        assert image.tell() == 1


def test_pages_of_many_files_in_their_order(write_model: Writer, album: bytes, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=2)
    sources = [album, *mixed, album]
    expected = [row for source in sources for row in classifier.predict(source, pages=True).rows()]
    assert (
        classifier.predict(sources, pages=True).rows()
        == expected
        == classifier.predict(iter(sources), pages=True).rows()
    )
    assert [row.page for row in classifier.predict(mixed, pages=True).rows()] == [1] * 11 + [None] * 2


def test_so_many_pages_and_no_more(write_model: Writer, crops: Crops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gender_classifier.inference.classifier.MOST_PAGES", 9)
    monkeypatch.setattr("gender_classifier.inference.items.MOST_PAGES", 9)
    data = io.BytesIO()
    first, *others = map(Image.fromarray, crops)
    first.save(data, "TIFF", save_all=True, append_images=others)
    classifier = GenderClassifier(write_model(), threads=1)
    for source in (data.getvalue(), Image.open(data)):
        rows = classifier.predict(source, faces_only=True, pages=True).rows()
        assert [row.logit for row in rows] == pytest.approx(logits_by_hand(crops[:9]), abs=1e-4)
        assert [row.note for row in rows] == [""] * 8 + ["the first 9 of 12 pages"]


def test_pages_are_made_ready_a_few_ahead(write_model: Writer, crops: Crops, monkeypatch: pytest.MonkeyPatch) -> None:
    """The crops of a file of hundreds of pages are not all held at a time."""
    made = []
    whole = Preparation._photo

    def counted(*given: Any) -> Photo:
        made.append(1)
        return whole(*given)

    monkeypatch.setattr(Preparation, "_photo", counted)
    data = io.BytesIO()
    first, *others = (Image.fromarray(crops[number % 12]) for number in range(300))
    first.save(data, "TIFF", save_all=True, append_images=others)
    stream = GenderClassifier(write_model(), threads=2).stream(data.getvalue(), faces_only=True, pages=True)
    for seen in range(1, 301):
        next(stream)
        assert len(made) <= seen + BATCH + AHEAD
    assert len(made) == 300


def test_a_broken_page_is_a_row(write_model: Writer, album: bytes) -> None:
    with Image.open(io.BytesIO(album)) as image:
        image.seek(2)
        image.load()
        start = image.tag_v2[273][0]  # type: ignore[attr-defined]
    cut = album[: start + 10] + album[start + 100 :]
    rows = GenderClassifier(write_model(), threads=1).predict(cut, pages=True).rows()
    assert rows[0].status == "no face"
    assert all(row.page is not None for row in rows)
