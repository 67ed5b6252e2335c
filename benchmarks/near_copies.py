"""Images of a manifest's train that stand in its valid or test too: a list for `train --exclude`.

    python benchmarks/near_copies.py MANIFEST --out LIST [--pairs CSV] [--beside OTHER_LIST]

Finds copies as `gender-classifier audit` does, which writes the same list, but looks for nothing else: no faces, no
page, which for tens of thousands of images takes several times as long. With --beside it says how many of another
list's names it confirms.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import cv2
import typer

from gender_classifier.audit.copies import exclusions
from gender_classifier.audit.duplicates import find_pairs
from gender_classifier.audit.hashes import fingerprint
from gender_classifier.audit.looks import Look
from gender_classifier.audit.tables import duplicates_csv
from gender_classifier.data.datasets import Sample, given_splits, read_exclusions
from gender_classifier.images.read import read_picture
from gender_classifier.system.console import steps_left
from gender_classifier.system.cores import usable_cores
from gender_classifier.system.files import atomic_path, sha256_of


def look(listed: tuple[Sample, str]) -> Look:
    sample, split = listed
    return Look(sample, split, digest=sha256_of(sample.path), fingerprint=fingerprint(read_picture(sample.path)))


def main(
    manifest: Path,
    out: Annotated[Path, typer.Option(help="list to write, a name a line")],
    pairs: Annotated[Path | None, typer.Option(help="table of all pairs to write")] = None,
    beside: Annotated[Path | None, typer.Option(help="another list, to compare with")] = None,
) -> None:
    cv2.setNumThreads(1)
    listed = [(sample, split) for split, samples in given_splits(manifest).items() for sample in samples]
    looks = []
    with ThreadPoolExecutor(usable_cores()) as pool, steps_left("images", len(listed)) as step:
        for one in pool.map(look, listed):
            looks.append(one)
            step()
    found = find_pairs([one.digest for one in looks], [one.fingerprint for one in looks])
    names = exclusions(looks, found, "train")
    trained = sum(one.split == "train" for one in looks)
    with atomic_path(out) as partial:
        head = f"# {len(names)} of {trained} training images with a copy in another split,"
        partial.write_text("\n".join([head, f"# by: python benchmarks/near_copies.py {manifest.name}", *names, ""]))
    print(f"{out}: {len(names)} of {trained} training images; {len(found)} pairs in and across all splits")
    if pairs is not None:
        with atomic_path(pairs) as partial:
            partial.write_text(duplicates_csv(looks, found), encoding="utf-8")
    if beside is not None:
        others = set(read_exclusions(beside))
        print(f"{beside}: {len(others & set(names))} of its {len(others)} confirmed, {len(set(names) - others)} new")


if __name__ == "__main__":
    typer.run(main)
