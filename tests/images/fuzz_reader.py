"""Reads broken images, in a process of its own whose memory is bounded: what `test_fuzz.py` starts.

By hand: `python tests/images/fuzz_reader.py COUNT [SEED]`, and `--only CASE` for one case of those again. A
case is a function of seed and number alone, so that whatever ends the process can be repeated.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import resource
import struct
import tempfile
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, features

from gender_classifier.errors import UnreadableError
from gender_classifier.images.read import (
    Picture,
    from_pil,
    read_picture,
    read_reduced,
)

MEMORY = 2_500_000_000
"""Bytes of address space beyond what the process has before it reads anything."""

Generator = np.random.Generator
PNG_MARK = b"\x89PNG\r\n\x1a\n"


def drawn(height: int = 40, width: int = 56) -> Image.Image:
    """A small image with smooth parts, edges and noise."""
    rng = np.random.default_rng(7)
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    pixels = np.stack([x, y, 255 - x], -1)
    pixels[8:20, 10:30] = (200, 30, 90)
    pixels[24:, 30:] += rng.normal(0, 40, pixels[24:, 30:].shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """The image's file of one kind."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def valid_files() -> dict[str, bytes]:
    """A small valid file of each kind and flavour that this machine can write."""
    rgb = drawn()
    grey, alpha, palette, bits = rgb.convert("L"), rgb.convert("RGBA"), rgb.quantize(32), rgb.convert("1")
    alpha.putalpha(grey)
    deep = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    real = Image.fromarray(np.asarray(grey).astype(np.float32) / 255)
    exif = Image.Exif()
    exif[274], exif[271] = 6, "maker"

    def two() -> dict[str, object]:  # a fresh image, for Pillow leaves settings of one encoder with it
        return {"save_all": True, "append_images": [rgb.transpose(Image.Transpose.ROTATE_180)]}

    files = {
        "jpeg": encoded(rgb, "JPEG"),
        "jpeg exif": encoded(rgb, "JPEG", exif=exif, quality=60),
        "jpeg progressive": encoded(rgb, "JPEG", progressive=True),
        "jpeg restarts": encoded(rgb, "JPEG", restart_marker_blocks=2, subsampling=0),
        "jpeg cmyk": encoded(rgb.convert("CMYK"), "JPEG"),
        "jpeg grey": encoded(grey, "JPEG", optimize=True),
        "mpo": encoded(rgb, "MPO", **two()),
        "png": encoded(rgb, "PNG", exif=exif),
        "png palette": encoded(palette, "PNG", transparency=3),
        "png 16 bit": encoded(deep, "PNG"),
        "png alpha": encoded(alpha, "PNG"),
        "png bits": encoded(bits, "PNG"),
        "apng": encoded(rgb, "PNG", **two()),
        "webp": encoded(rgb, "WEBP", exif=exif),
        "webp lossless": encoded(alpha, "WEBP", lossless=True),
        "webp moving": encoded(rgb, "WEBP", **two()),
        "bmp": encoded(rgb, "BMP"),
        "bmp palette": encoded(palette, "BMP"),
        "bmp bits": encoded(bits, "BMP"),
        "dib": encoded(grey, "DIB"),
        "gif": encoded(palette, "GIF", transparency=3),
        "gif moving": encoded(rgb, "GIF", **two()),
        "ppm": encoded(rgb, "PPM"),
        "ppm plain": b"P3 4 2 9\n" + b" ".join(b"%d" % (i % 10) for i in range(24)),
        "tiff": encoded(rgb, "TIFF", exif=exif),
        "tiff 16 bit": encoded(deep, "TIFF", compression="tiff_lzw"),
        "tiff float": encoded(real, "TIFF", compression="tiff_adobe_deflate"),
        "tiff jpeg": encoded(rgb, "TIFF", compression="jpeg"),
        "tiff fax": encoded(bits, "TIFF", compression="group4"),
        "tiff packed": encoded(palette, "TIFF", compression="packbits"),
        "tiff cmyk": encoded(rgb.convert("CMYK"), "TIFF", **two()),
        "tiff big": encoded(alpha, "TIFF", big_tiff=True),
    }
    if features.check("jpg_2000"):
        files["jp2"] = encoded(rgb, "JPEG2000")
        files["jp2 alpha"] = encoded(alpha, "JPEG2000", quality_layers=[20], irreversible=True)
    if "AVIF" in Image.SAVE and features.check("avif"):
        files["avif"] = encoded(alpha, "AVIF", exif=exif.tobytes())
    try:
        from pillow_heif import register_heif_opener

        register_heif_opener()
        files["heic"] = encoded(rgb, "HEIF", exif=exif.tobytes())
    except ImportError:
        pass
    return files


def flip_bits(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    changed = bytearray(data)
    for place in rng.integers(0, len(data), rng.integers(1, 12)):
        changed[place] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def set_bytes(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    changed = bytearray(data)
    for place in rng.integers(0, len(data), rng.integers(1, 12)):
        changed[place] = int(rng.choice([0, 1, 0x7F, 0x80, 0xFF, int(rng.integers(256))]))
    return bytes(changed)


def cut(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    return data[: rng.integers(0, len(data))]


def insert_run(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    place, length = rng.integers(0, len(data)), int(rng.choice([1, 2, 7, 64, 5000]))
    run = rng.bytes(length) if rng.random() < 0.3 else bytes([int(rng.integers(256))]) * length
    return data[:place] + run + data[place:]


def drop_part(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    start, end = sorted(rng.integers(0, len(data) + 1, 2))
    return data[:start] + data[min(end, start + 200) :]


def swap_parts(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    a, b, c, d = sorted(rng.integers(0, len(data) + 1, 4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def repeat_part(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    start, end = sorted(rng.integers(0, len(data) + 1, 2))
    return data[:start] + data[start:end] * int(rng.integers(2, 40)) + data[end:]


def large_number(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    """A number of two, four or eight bytes, mostly in the header, becomes large, nothing or negative."""
    value = int(rng.choice([0, 1, 255, 1000, 9999, 32767, 65535, 100_000, 2**31 - 1, 2**31, 2**32 - 1]))
    size = int(rng.choice([2, 2, 4, 4, 8]))
    number = (value % 256**size).to_bytes(size, "big" if rng.random() < 0.5 else "little")
    place = int(rng.integers(0, min(len(data), 200) if rng.random() < 0.8 else len(data)))
    return data[:place] + number + data[place + size :]


def large_frame(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    """Width and height, where they stand in this kind of file, become anything up to the largest."""
    width, height = (int(2 ** rng.uniform(0, 16)) - 1 for _ in range(2))
    if data.startswith(PNG_MARK):
        return data[:16] + struct.pack(">II", width, height) + data[24:]
    if data.startswith(b"GIF8"):
        frame = data.find(b",", 13) + 5
        data = data[:6] + struct.pack("<HH", width, height) + data[10:]
        return data[:frame] + struct.pack("<HH", width, height) + data[frame + 4 :] if frame > 5 else data
    if data.startswith(b"BM"):
        return data[:18] + struct.pack("<ii", width, height) + data[26:]
    if data.startswith(b"\xff\xd8"):
        start = max(data.find(mark) for mark in (b"\xff\xc0", b"\xff\xc2"))
        return data[: start + 5] + struct.pack(">HH", height, width) + data[start + 9 :]
    if data[12:16] == b"VP8X":
        return data[:24] + width.to_bytes(3, "little") + height.to_bytes(3, "little") + data[30:]
    if data[12:16] == b"VP8 ":
        return data[:26] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + data[30:]
    if (place := data.find(b"ispe")) >= 0:
        return data[: place + 8] + struct.pack(">II", width, height) + data[place + 16 :]
    return large_number(data, rng, others)


def splice(data: bytes, rng: Generator, others: list[bytes]) -> bytes:
    other = others[rng.integers(len(others))]
    return data[: rng.integers(0, len(data))] + other[rng.integers(0, len(other)) :]


MUTATIONS: tuple[Callable[[bytes, Generator, list[bytes]], bytes], ...] = (
    *(flip_bits, set_bytes, cut, insert_run, drop_part, swap_parts, repeat_part, large_number, large_frame, splice),
)


def with_checksums(data: bytes) -> bytes:
    """A PNG whose chunks have right sums, so that what is wrong in them is reached; others as they are."""
    if not data.startswith(PNG_MARK):
        return data
    out, at = PNG_MARK, len(PNG_MARK)
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        body = data[at + 4 : at + 8 + length]
        out += data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body))
        at += 12 + length
    return out + data[at:]


def mutated(number: int, seed: int, files: dict[str, bytes]) -> tuple[str, bytes, Generator]:
    """One case: the kind it was, its bytes, and what random numbers are left."""
    rng = np.random.default_rng((seed, number))
    kinds = list(files)
    kind = kinds[number % len(kinds)]
    data = files[kind]
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        data = MUTATIONS[rng.integers(len(MUTATIONS))](data or b"\0", rng, list(files.values()))
    return kind, with_checksums(data) if rng.random() < 0.7 else data, rng


def read(data: bytes, rng: Generator, path: Path) -> Picture:
    """Read the bytes by one of the ways that there are."""
    way = rng.integers(5)
    if way == 0:
        path.write_bytes(data)
        return read_picture(path)
    if way == 1:
        return read_picture(data, min_side=int(rng.integers(1, 64)))
    if way == 2:
        factor = int(rng.choice([1, 2, 4, 8]))
        picture, reduced = read_reduced(data, lambda width, height: factor)
        assert reduced in (1, factor), reduced
        return picture
    if way == 3:
        try:
            image = Image.open(io.BytesIO(data))
        except Exception:  # the caller opened it, and has Pillow's exceptions
            return read_picture(data)
        if image.width * image.height > 100_000_000:
            return read_picture(data)
        return from_pil(image)
    return read_picture(data)


def outcome(data: bytes, rng: Generator, path: Path) -> str:
    """`read`, or `refused`; a way of failing otherwise."""
    try:
        picture = read(data, rng, path)
    except UnreadableError as error:
        text = str(error)
        if not text or "\n" in text or len(text) > 500 or "memory" in text:
            return f"line: {text!r}"
        return "refused"
    except BaseException:
        return traceback.format_exc()
    if not (isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.ndim == 3):
        return f"not an image: {type(picture)}"
    return "read" if picture.shape[2] == 3 and picture.size else f"shape: {picture.shape}"


def bound_memory() -> int:
    """Allow `MEMORY` more address space than the process has now; the limit, or -1 where there is none."""
    status = Path("/proc/self/statm")
    if not status.exists():
        return -1
    limit = int(status.read_text().split()[0]) * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    return limit


def main() -> None:
    """Read the cases, and print what came of them: JSON in one line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("seed", type=int, nargs="?", default=0)
    parser.add_argument("--only", type=int)
    parser.add_argument("--last", type=Path, default=os.devnull, help="file for the number of the case being read")
    options = parser.parse_args()
    files = valid_files()
    counts: dict[str, Counter[str]] = {kind: Counter() for kind in files}
    wrong: dict[int, str] = {}
    slowest = (0.0, -1)
    numbers = range(options.count) if options.only is None else [options.only]
    with tempfile.TemporaryDirectory() as folder, options.last.open("w") as last:
        for kind, data in files.items():  # everything that is imported late is there before memory is bounded
            assert outcome(data, np.random.default_rng(0), Path(folder, "a.jpg")) == "read", kind
        bound_memory()
        for number in numbers:
            last.write(f"{number}\n")
            last.flush()
            kind, data, rng = mutated(number, options.seed, files)
            begin = time.perf_counter()
            found = outcome(data, rng, Path(folder, "a.jpg"))
            slowest = max(slowest, (time.perf_counter() - begin, number))
            counts[kind][found if found in ("read", "refused") else "wrong"] += 1
            if found not in ("read", "refused"):
                wrong[number] = f"{kind}: {found}"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"kinds": counts, "wrong": wrong, "slowest": slowest, "peak": peak}))


if __name__ == "__main__":
    main()
