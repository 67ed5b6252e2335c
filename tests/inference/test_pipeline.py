"""Order, bounds, errors and memory of the overlapped stages, with stand-ins for reading and the network."""

from __future__ import annotations

import gc
import itertools
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.inference.image_result import FaceResult, Status
from gender_classifier.inference.pipeline import (
    BATCH,
    MOST_HELD,
    answered,
    prepared,
    result_of,
)
from gender_classifier.inference.preparation import Found, Photo, Source
from gender_classifier.inference.results import NO_FACE, OK, UNREADABLE

Crops = NDArray[np.uint8]


def photo(name: str, faces: int) -> Photo:
    """A photo whose crops hold the number of the photo; its name's digits."""
    if not faces:
        return Photo(name, NO_FACE)
    crops = np.full((faces, 2, 2, 3), int(name) % 256, np.uint8)
    crops[:, 0, 0, 0] = np.arange(faces)
    return Photo(name, found=[Found((float(i), 0.0, 1.0, 1.0), 0.9, 1.0) for i in range(faces)], crops=crops)


def classify(crops: Crops) -> list[FaceResult]:
    """Says what a crop holds: its photo's number as the logit, its place as the probability."""
    return [FaceResult("male", "male", float(crop[0, 0, 0]), float(crop[1, 1, 1])) for crop in crops]


def slow(source: Source) -> Photo:
    time.sleep(0.004 * (int(str(source)) % 3))  # later ones are done first
    return Photo(str(source))


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("count", [0, 1, 3, 100])
def test_order_is_kept(count: int, threads: int) -> None:
    names = [str(i) for i in range(count)]
    assert [p.path for p in prepared(slow, iter(names), threads)] == names


def test_an_endless_iterator_is_read_a_bounded_number_ahead() -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        for number in itertools.count():
            taken += 1
            yield str(number)

    threads = 2
    photos = prepared(lambda source: photo(str(source), 1), endless(), threads)
    stream = answered(photos, classify)
    for seen in range(1, 200):
        assert next(stream).source == str(seen - 1)
        # A batch being handed out, one waiting, and what the threads have in hand.
        assert taken <= seen + 2 * BATCH + 2 * threads + 1
    before = threading.active_count()
    stream.close()
    del photos
    gc.collect()
    assert threading.active_count() <= before - threads


def test_photos_without_faces_do_not_wait_for_a_batch_for_ever() -> None:
    endless = (photo(str(i), 0) for i in itertools.count())
    stream = answered(endless, classify)
    assert [next(stream).status for _ in range(500)] == [Status.NO_FACE] * 500


@pytest.mark.parametrize("good", [0, 5, 100])
def test_an_error_of_the_iterator_passes_on(good: int) -> None:
    def breaks() -> Iterator[str]:
        yield from (str(i) for i in range(good))
        raise ConnectionError("the list's server is gone")

    with pytest.raises(ConnectionError, match="server is gone"):
        list(answered(prepared(lambda source: photo(str(source), 1), breaks(), 2), classify))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("photos")]


def test_an_error_while_preparing_passes_on_in_its_place() -> None:
    def prepare(source: Source) -> Photo:
        if source == "3":
            raise ZeroDivisionError("a mistake of ours")
        return photo(str(source), 1)

    photos = prepared(prepare, [str(i) for i in range(200)], 3)
    assert [next(photos).path for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(ZeroDivisionError):
        next(photos)


def test_an_error_of_the_network_passes_on() -> None:
    def broken(_: Crops) -> list[FaceResult]:
        raise RuntimeError("no memory")

    with pytest.raises(RuntimeError, match="no memory"):
        list(answered((photo(str(i), 1) for i in range(3)), broken))


def test_every_face_gets_its_own_answer() -> None:
    counts = [0, 1, 7, 0, 40, 2, 1, 0, 33, 5] * 6
    sizes = []

    def counted(crops: Crops) -> list[FaceResult]:
        sizes.append(len(crops))
        return classify(crops)

    photos = [photo(str(number), faces) for number, faces in enumerate(counts)]
    answers = list(answered(photos, counted))
    assert [image.source for image in answers] == [made.path for made in photos]
    for made, image, faces in zip(photos, answers, counts, strict=True):
        assert image.crops is made.crops
        assert len(image.faces) == faces
        assert image.status is (Status.OK if faces else Status.NO_FACE)
        assert {face.logit for face in image.faces} == ({float(made.path or "")} if faces else set())
        assert [face.probability_male for face in image.faces] == list(range(faces))
        assert [face.box and face.box[0] for face in image.faces] == list(range(faces))
    assert sum(sizes) == sum(counts)
    assert len(sizes) < len(counts) / 3  # several photos share a batch


def test_no_photos() -> None:
    assert list(answered([], classify)) == []


def test_a_result_has_all_that_is_known_of_its_photo() -> None:
    points = ((1.0, 2.0), (3.0, 2.0), (2.0, 3.0), (1.5, 4.0), (2.5, 4.0))
    crops = np.zeros((1, 2, 2, 3), np.uint8)
    made = Photo("a.tif", OK, [Found((0.0, 1.0, 4.0, 5.0), 0.9, 4.0, points)], crops, 3, "a note", 90, (10, 20))
    image = result_of(made, [FaceResult("uncertain", "male", 0.6, 0.4)])
    (face,) = image.faces
    assert face == FaceResult("uncertain", "male", 0.6, 0.4, (0.0, 1.0, 4.0, 5.0), points, 0.9, 4.0)
    assert (image.source, image.status, image.message) == ("a.tif", Status.OK, "")
    assert (image.page, image.note, image.turned, image.size) == (3, "a note", 90, (10, 20))
    assert image.crops is crops


def test_a_photo_that_cannot_be_read_says_why() -> None:
    image = result_of(Photo("a.jpg", f"{UNREADABLE}: empty file: so it is", page=None), [])
    assert (image.status, image.message) == (Status.UNREADABLE, "empty file: so it is")
    assert (image.page, image.size, image.faces, image.crops) == (None, None, (), None)


@pytest.mark.parametrize("answers", [0, 2])
def test_answers_that_are_not_one_a_face_are_a_mistake(answers: int) -> None:
    with pytest.raises(ValueError, match="zip"):
        result_of(photo("1", 1), [FaceResult("male", "male", 0.9, 2.0)] * answers)


def test_photos_are_let_go() -> None:
    """Of images that pass by, few are in memory at a time."""
    alive: list[weakref.ref[Any]] = []
    most = 0

    def pictures() -> Iterator[Source]:
        nonlocal most
        for number in range(300):
            picture = np.full((4, 4, 3), number % 256, np.uint8)
            alive.append(weakref.ref(picture))
            most = max(most, sum(ref() is not None for ref in alive))
            yield picture
            del picture

    def prepare(source: Source) -> Photo:
        assert isinstance(source, np.ndarray)
        return photo(str(source[0, 0, 0]), 1)

    threads = 2
    seen = sum(len(image.faces) for image in answered(prepared(prepare, pictures(), threads), classify))
    assert seen == 300
    assert most <= BATCH + 2 * threads + 4
    gc.collect()
    assert sum(ref() is not None for ref in alive) == 0


@pytest.mark.parametrize(("threads", "size", "most"), [(2, MOST_HELD // 4, 5), (4, MOST_HELD, 5), (1, 0, BATCH + 4)])
def test_what_is_held_is_bounded_by_its_bytes(threads: int, size: int, most: int) -> None:
    """Few large sources wait, many small ones, and each thread always has one."""
    lock, taken, done, held = threading.Lock(), 0, 0, []

    def sources() -> Iterator[int]:
        nonlocal taken
        for number in range(80):
            taken += 1
            yield number

    def prepare(source: int) -> int:
        nonlocal done
        with lock:
            held.append(taken - done)
        time.sleep(0.002)
        with lock:
            done += 1
        return source

    assert list(prepared(prepare, sources(), threads, lambda _: size)) == list(range(80))
    assert max(held) <= most + 1  # one may be taken while another is done
    assert max(held) >= min(threads, most)


def test_answers_are_let_go() -> None:
    alive: list[weakref.ref[Any]] = []

    def prepare(source: Source) -> Photo:
        made = photo(str(source), 1)
        alive.append(weakref.ref(made.crops))
        return made

    most = 0
    for _ in answered(prepared(prepare, (str(i) for i in range(600)), 2), classify):
        most = max(most, sum(ref() is not None for ref in alive))
    assert most <= 3 * BATCH + 8
