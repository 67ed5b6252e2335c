"""Reading in order: batches as read alone, and a list of what cannot be read."""

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gender_classifier.data import reading
from gender_classifier.data.datasets import Sample, read_classes
from gender_classifier.data.reading import load_input, scoring_batches, unreadable
from gender_classifier.errors import UnreadableError
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit


@pytest.fixture
def samples(drawn_faces: Path) -> list[Sample]:
    return read_classes(drawn_faces / "val", drawn_faces)


def test_input_is_the_picture_made_square(tmp_path: Path, astronaut: np.ndarray) -> None:
    path = tmp_path / "wide.jpg"
    Image.fromarray(astronaut[:256]).save(path, quality=95)
    for mode in ("stretch", "crop", "pad"):
        loaded = load_input(Sample(path, "wide.jpg", 0), 64, mode)
        whole = fit(read_picture(path), 64, mode)
        assert loaded.shape == (64, 64, 3)
        # Decoded at a quarter, it differs from the image reduced at once by rounding alone.
        assert np.abs(loaded.astype(float) - whole).mean() < 3.0


@pytest.mark.parametrize("batch_size", [1, 4, 7, 14, 50])
def test_batches_are_in_order_and_complete(samples: list[Sample], batch_size: int) -> None:
    parts = list(scoring_batches(samples, 48, "stretch", batch_size))
    assert [len(labels) for _, labels in parts[:-1]] == [batch_size] * (len(parts) - 1)
    pictures = np.concatenate([p for p, _ in parts])
    np.testing.assert_array_equal(np.concatenate([labels for _, labels in parts]), [s.label for s in samples])
    np.testing.assert_array_equal(pictures, [load_input(s, 48, "stretch") for s in samples])
    assert pictures.dtype == np.uint8


def test_no_samples_no_batches() -> None:
    assert list(scoring_batches([], 48, "stretch")) == []


def test_the_next_batch_is_read_while_one_is_used(samples: list[Sample], monkeypatch: pytest.MonkeyPatch) -> None:
    begun = [threading.Event() for _ in samples]

    def load(sample: Sample, size: int, mode: str) -> np.ndarray:
        begun[samples.index(sample)].set()
        return load_input(sample, size, mode)

    monkeypatch.setattr(reading, "load_input", load)
    batches = scoring_batches(samples, 32, "stretch", 3)
    next(batches)
    assert begun[3].wait(60)
    # Two ahead would hold more in memory than is used.
    assert not begun[6].is_set()
    batches.close()


def test_what_cannot_be_read_is_said_by_the_batch(samples: list[Sample]) -> None:
    samples[5].path.write_bytes(b"")
    batches = scoring_batches(samples, 32, "stretch", 3)
    next(batches)
    with pytest.raises(UnreadableError, match=f"{samples[5].path.name}: empty file"):
        next(batches)


@pytest.mark.parametrize("threads", [1, 3, None])
def test_unreadable_names_them_all_with_reasons(samples: list[Sample], threads: int | None) -> None:
    samples[1].path.write_bytes(b"")
    samples[4].path.write_text("text")
    whole = samples[7].path.read_bytes()
    samples[7].path.write_bytes(whole[: len(whole) // 2])
    samples[9].path.unlink()
    ticks: list[int] = []
    found = unreadable(samples, lambda: ticks.append(1), threads)
    assert list(found) == [samples[i].name for i in (1, 4, 7, 9)]
    for reason, part in zip(
        found.values(), ("empty", "not an image", "cannot be decoded", "no such file"), strict=True
    ):
        assert part in reason
        assert "\n" not in reason
    assert len(ticks) == len(samples)
