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
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

import numpy as np
from fuzz_files import valid_files
from fuzz_mutations import Generator, mutated
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images.read import (
    Picture,
    from_pil,
    read_picture,
    read_reduced,
)

MEMORY = 2_500_000_000
"""Bytes of address space beyond what the process has before it reads anything."""


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
