"""Pictures of a manifest's train that stand, nearly the same, in its valid or test: a list for `train --exclude`.

    python benchmarks/near_copies.py MANIFEST --out LIST [--least 0.95]

Compares 16 x 16 grey thumbnails, less their mean, by correlation, as they are and mirrored. At 0.95 many of the pairs
are other people before a like background: for a list of what not to learn from, too many is the right side to err on.
"""

from __future__ import annotations

import csv
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from gender_classifier.files import atomic_path
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit

SIDE = 16


def thumbnail(path: Path) -> NDArray[np.float32]:
    """Grey values less their mean, float32 (16, 16), of length one."""
    grey = cv2.cvtColor(fit(read_picture(path, min_side=SIDE), SIDE), cv2.COLOR_RGB2GRAY).astype(np.float32)
    grey -= grey.mean()
    return grey / (np.linalg.norm(grey) + 1e-6)


def main(
    manifest: Path,
    out: Annotated[Path, typer.Option(help="list to write, a name a line")],
    least: Annotated[float, typer.Option(help="correlation from which a pair counts")] = 0.95,
) -> None:
    cv2.setNumThreads(1)
    with manifest.open(newline="", encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    with ThreadPoolExecutor() as pool:
        thumbs = np.stack(list(pool.map(thumbnail, (manifest.parent / row["path"] for row in rows))))
    split = np.array([row["split"] for row in rows])
    train, others = np.flatnonzero(split == "train"), np.flatnonzero(split != "train")
    known = thumbs[train].reshape(len(train), -1)
    nearest = np.full(len(train), -1.0, np.float32)
    for looks in (thumbs[others], thumbs[others][:, :, ::-1]):
        for part in np.array_split(looks.reshape(len(others), -1), 1 + len(others) // 1000):
            nearest = np.maximum(nearest, (part @ known.T).max(axis=0))
    names = [rows[i]["path"] for i in train[nearest >= least]]
    with atomic_path(out) as partial:
        head = f"# {len(names)} of {len(train)} training pictures of FairFace with a near copy in valid or test,"
        command = f"# by: python benchmarks/near_copies.py manifest.csv --least {least}"
        partial.write_text("\n".join([head, command, *names, ""]), encoding="utf-8")
    print(f"{out}: {len(names)} of {len(train)} training pictures")


if __name__ == "__main__":
    typer.run(main)
