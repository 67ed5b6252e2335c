"""What a caller hands over: each kind is read, or refused in one line in its place."""

from __future__ import annotations

import io
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images import undecoded
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.items import items, take

from .conftest import COUNT, image, png


def kinds(folder: Path) -> Iterator[tuple[Any, str | None]]:
    """One image in every form, with the path that its row should have."""
    path, data = folder / "a.png", png(5)
    path.write_bytes(data)
    after = io.BytesIO(data)
    after.seek(0, os.SEEK_END)
    archive = zipfile.ZipFile(folder / "a.zip", "w")
    archive.writestr("in.png", data)
    archive.close()
    spooled = tempfile.SpooledTemporaryFile()  # noqa: SIM115
    spooled.write(data)
    yield from ((path, str(path)), (str(path), str(path)), (np.str_(path), str(path)), (data, None))
    yield from ((bytearray(data), None), (memoryview(data), None), (io.BytesIO(data), None), (after, None))
    yield path.open("rb"), str(path)
    yield path.open("rb", buffering=0), str(path)
    yield zipfile.ZipFile(folder / "a.zip").open("in.png"), "in.png"  # noqa: SIM115
    yield spooled, None
    yield image(5), None
    yield memoryview(image(5)), None
    yield Image.fromarray(image(5)), None


def test_every_form_is_the_same_image(write_model: Callable[..., Path], tmp_path: Path) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    expected = classifier.predict(image(5), faces_only=True).rows()
    forms = list(kinds(tmp_path))
    for source, path in forms:
        (row,) = classifier.predict(source, faces_only=True).rows()
        assert (row.status, row.path, row.logit) == ("ok", path, expected[0].logit), source
    for several in ([form for form, _ in forms], tuple(form for form, _ in forms), iter([form for form, _ in forms])):
        rows = classifier.predict(several, faces_only=True).rows()
        assert [row.path for row in rows] == [path for _, path in forms]
        assert {round(row.logit or 0.0, 4) for row in rows} == {round(expected[0].logit or 0.0, 4)}


def test_an_open_file_is_left_where_it_stood() -> None:
    file = io.BytesIO(png(1))
    file.seek(7)
    assert take(file).content == png(1)
    assert file.tell() == 7


def test_a_stream_that_only_goes_forward() -> None:
    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.left = png(1)

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            part, self.left = self.left[:100], self.left[100:]
            buffer[: len(part)] = part
            return len(part)

    assert take(Pipe()).content == png(1)


def test_series_and_arrays_of_names(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    (tmp_path / "a.png").write_bytes(png(1))
    names = [str(tmp_path / "a.png"), str(tmp_path / "gone.png")]
    for several in (
        pd.Series(names),
        pd.Series(names, dtype="string"),
        pd.Series(names, index=["x", "y"]),
        pd.Index(names),
        np.array(names),
        np.array([Path(name) for name in names], dtype=object),
        dict.fromkeys(names).keys(),
        (name for name in names),
    ):
        taken = list(items(several))
        assert [item.path for item in taken] == names
        assert taken[0].content == png(1)
        assert isinstance(taken[1].fault, UnreadableError)
    with pytest.raises(UserError, match=r"got object \(2, 2\)"):
        raise next(items(pd.DataFrame({"path": names, "gender": ["male", "female"]}))).fault or AssertionError
    missing = list(items(pd.Series([*names, None, names[0]])))
    assert len(missing) == 3
    assert "(item 3)" in str(missing[2].fault)


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    for tensor in (torch.from_numpy(image(1)), torch.from_numpy(image(1)).clone()):
        np.testing.assert_array_equal(take(tensor).content, image(1))
        np.testing.assert_array_equal([item.content for item in items(torch.stack([tensor] * 3))], [image(1)] * 3)
    channels_first = torch.from_numpy(image(1)).permute(2, 0, 1)
    assert "x.permute(1, 2, 0)" in str(take(channels_first).fault)
    np.testing.assert_array_equal(take(channels_first.permute(1, 2, 0)).content, image(1))
    assert "(255 * x).round()" in str(take((channels_first / 255.0).permute(1, 2, 0).requires_grad_()).fault)
    assert "got Tensor that gives none" in str(take(channels_first.bfloat16()).fault)


class Text(io.StringIO):
    pass


class Later:
    async def read(self, size: int) -> bytes:
        return b""


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"a.jpg": 1}, "hand over the values alone, got dict"),
        ([["a.jpg"]], r"got list \(item 1\)"),
        ([("a", "b")], r"got tuple \(item 1\)"),
        (["a.jpg", None], r"got NoneType \(item 2\)"),
        ({1.5}, r"got float \(item 1\)"),
        (None, "got NoneType"),
        (3, "got int"),
        (np.float32(3), r"got float32 \(\)"),
        (object(), "got object"),
        (np.ndarray, "got type"),
        (Text("a.jpg"), "opened with 'rb', got str from a Text"),
        (Later(), "opened with 'rb', got coroutine from a Later"),
        (np.zeros((3, 9, 8), np.uint8), r"channels first x.transpose\(1, 2, 0\), [^\n]*, got uint8 \(3, 9, 8\)"),
        (np.zeros((9, 8, 4), np.uint8), r"for four x\[..., :3\], got uint8 \(9, 8, 4\)"),
        (np.zeros((9, 8, 3)), r"\(255 \* x\).round\(\).astype\('uint8'\), got float64 \(9, 8, 3\)"),
        (np.zeros((9, 8), np.uint16), r"\(x // 257\).astype\('uint8'\), [^\n]*, got uint16 \(9, 8\)"),
        (np.zeros((9, 8, 3), np.int64), r"x.astype\('uint8'\), got int64 \(9, 8, 3\)"),
        (np.array([["a.jpg", "b.jpg"]]), r"one column, got <U5 \(1, 2\)"),
        (np.zeros(9, np.uint8), r"x.tobytes\(\), got uint8 \(9,\)"),
        ([np.zeros((2, 9, 8, 3), np.uint8)], r"one by one, got uint8 \(2, 9, 8, 3\) \(item 1\)"),
    ],
)
def test_what_is_no_image_is_refused_in_a_line(wrong: Any, says: str, write_model: Callable[..., Path]) -> None:
    with pytest.raises(UserError, match=rf"^images: expected [^\n]*{says}$"):
        GenderClassifier(write_model(), threads=1).predict(wrong, faces_only=True).rows()


def test_what_is_no_image_comes_in_its_place(write_model: Callable[..., Path]) -> None:
    """The answers before it are given, and nothing after it is asked for."""
    asked = []

    def sources() -> Iterator[Any]:
        for number in range(COUNT):
            asked.append(number)
            yield image(number) if number != 9 else 7

    stream = GenderClassifier(write_model(), threads=1).stream(sources(), faces_only=True)
    with pytest.raises(UserError, match=r"got int \(item 10\)"):
        list(stream)
    assert asked == list(range(10))


def test_what_cannot_be_read_is_a_row(write_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.BytesIO(png(1))
    closed.close()
    shut = Image.open(io.BytesIO(png(1)))
    shut.close()

    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ConnectionResetError("the server is gone.")

    monkeypatch.setattr("gender_classifier.inference.items.MAX_BYTES", 1000)
    classifier = GenderClassifier(write_model(), threads=1)
    for source, reason in (
        (io.BytesIO(), "empty file"),
        (io.BytesIO(b"text"), "not an image"),
        (bytearray(b"text"), "not an image"),
        (closed, "i/o operation on closed file"),
        (shut, "cannot be decoded (operation on closed image)"),
        (Broken(png(1)), "the server is gone"),
        (io.BytesIO(bytes(2000)), "more than the limit of 1,000 bytes"),
        ("./gone.png", "no such file or directory"),
    ):
        for given in (source, iter([source])):
            (row,) = classifier.predict(given, faces_only=True).rows()
            assert row.status.lower() == f"unreadable: {reason}"


def test_the_limit_is_that_of_files() -> None:
    from gender_classifier.inference import items as module

    assert module.MAX_BYTES == undecoded.MAX_BYTES
