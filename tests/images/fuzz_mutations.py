"""How `fuzz_reader.py` breaks files: bits, parts, sizes and frames, each case a function of seed and number."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np

Generator = np.random.Generator
PNG_MARK = b"\x89PNG\r\n\x1a\n"


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
