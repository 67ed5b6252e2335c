"""Labels that are probably wrong, by confident learning, for a person to look at: nothing is relabelled here.

Source: Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70, 2021, as
cleanlab computes it: how many labels of each class are wrong is estimated from probabilities that a model gave to
images which it did not learn from, and so many of the least probable labels are held for wrong. Where few are wrong
that estimate passes some over (`benchmarks/labels.py`), so that every label which the model contradicts is listed,
by the same rank: a reviewer stops where nothing more is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.findings import Finding, Severity, Tile
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.contact_sheet import contact_sheet
from gender_classifier.metrics.scores import Scores
from gender_classifier.names import canonical
from gender_classifier.system.files import atomic_path
from gender_classifier.system.texts import CsvRows, CsvWriter

COLUMNS = ("path", "given", "suggested", "probability_of_given", "rank", "confident", "decision")
"""Of the file for the reviewer, who fills in the last: `female`, `male`, `keep` or `exclude`."""

PER_SHEET = 40
MOST_SHEETS = 5
_ACROSS = 8

PictureSource = Callable[[str], NDArray[np.uint8]]


@dataclass(frozen=True)
class Suspect:
    """A label that may be wrong.

    Example:
        >>> Suspect("male/a.jpg", "train", given=1, probability=0.03, rank=1, confident=True).suggested
        0

    Attributes:
        path: the image, as the index names it.
        split: where it stands.
        given: its label, 0 female, 1 male.
        probability: calibrated, of the given label, 0 to 1.
        rank: from 1, the least probable label first.
        confident: confident learning holds it for wrong; else the model merely says otherwise.
    """

    path: str
    split: str
    given: int
    probability: float
    rank: int
    confident: bool

    @property
    def suggested(self) -> int:
        """The other label."""
        return 1 - self.given


def find_suspects(scores: Scores, male: NDArray[np.float64]) -> list[Suspect]:
    """Find labels that confident learning holds for wrong or that the model contradicts.

    Args:
        scores: labelled rows, one an image.
        male: float64 (N,), calibrated probability of male of each row, by a model that did not learn from it.

    Returns:
        Suspects by rank, the least probable label first.

    Raises:
        UserError: no row, or rows of one class alone: what is usual in a class cannot be told without the other. Also
            a label that is neither 0 nor 1.
    """
    from cleanlab.filter import find_label_issues

    if len(set(scores.label.tolist()) & {0, 1}) < 2 or not set(scores.label.tolist()) <= {0, 1}:
        raise UserError("labels: both women and men are needed to tell which labels are probably wrong")
    both = np.stack([1 - male, male], axis=1)
    wrong: NDArray[np.bool_] = find_label_issues(scores.label, both, n_jobs=1)
    every = both[np.arange(len(scores)), scores.label]
    rows = np.flatnonzero(wrong | (every < 0.5))
    given = every[rows]
    order = np.argsort(given, kind="stable")
    return [
        Suspect(
            str(scores.path[row]),
            str(scores.split[row]),
            int(scores.label[row]),
            float(every[row]),
            rank,
            bool(wrong[row]),
        )
        for rank, row in enumerate(rows[order], 1)
    ]


def write_review(suspects: Iterable[Suspect], path: Path) -> int:
    """Write the file for the reviewer; decisions that stood in it before are kept.

    A review takes hours and an audit is run again: decisions are carried over by the image's name, also of images
    that are no suspects any more.

    Args:
        suspects: by rank.
        path: CSV file to write, an audit's `labels.csv`, with the columns `COLUMNS`; it may be there already.

    Returns:
        How many decisions were kept.

    Raises:
        UnreadableError: `path` exists and is no such file.
    """
    decided = decisions_in(path)
    kept = len(decided)
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as handle:
        writer = CsvWriter(handle)
        writer.writerow(COLUMNS)
        for s in suspects:
            names = CLASS_NAMES[s.given], CLASS_NAMES[s.suggested]
            sure = "yes" if s.confident else ""
            writer.writerow((s.path, *names, f"{s.probability:.6f}", s.rank, sure, decided.pop(s.path, "")))
        writer.writerows((name, "", "", "", "", "", decision) for name, decision in decided.items())
    return kept


def decisions_in(path: Path) -> dict[str, str]:
    """Read what a reviewer wrote into an audit's `labels.csv`.

    Args:
        path: file that `write_review` wrote.

    Returns:
        Decisions as they were written, by the image's name; images without one are left out. Empty where there is no
        such file.

    Raises:
        UnreadableError: it exists and is no such file.
    """
    if not path.is_file():
        return {}
    try:
        rows = list(CsvRows(path, "a review of labels"))
        return {canonical(row["path"]): row["decision"].strip() for row in rows if row["decision"].strip()}
    except UnreadableError as error:  # saved in another encoding, say, with decisions in it
        raise UnreadableError(f"{error}; or move it away, or choose another --out") from None
    except KeyError:
        raise UnreadableError(
            f"{path}: is there already and is not a review of labels; move it away, or choose another --out"
        ) from None


def label_finding(suspects: Sequence[Suspect], samples: Mapping[str, Sample], said: Sequence[str]) -> Finding | None:
    """Make the audit's finding about labels, with the first suspects to look at.

    Args:
        suspects: by rank.
        samples: images by name; each suspect's must be there.
        said: which scores these are and what makes them worth less, a sentence each.

    Returns:
        The finding, which shows at most `PER_SHEET` images; None where there are no suspects.
    """
    if not suspects:
        return None
    sure = sum(suspect.confident for suspect in suspects)
    by_split = Counter(suspect.split for suspect in suspects)
    where = ", ".join(f"{count:,} in {split}" for split, count in sorted(by_split.items()))
    what = "label is" if len(suspects) == 1 else "labels are"
    shown = [(suspect, samples[suspect.path]) for suspect in suspects[:PER_SHEET]]
    return Finding(
        "labels",
        Severity.WARNING,
        f"{len(suspects):,} {what} contradicted by scores ({where}), {sure:,} of them confidently",
        " ".join([*said, "A hard image is contradicted as a wrong label is: only a person can tell them apart."]),
        "Look at them, the least probable first, and write `female`, `male`, `keep` or `exclude` into the column "
        "decision of labels.csv; `train` and `evaluate` take it by `--corrections labels.csv`. Nothing is relabelled "
        "by itself.",
        len(suspects),
        tuple((Tile(s.path, s.name, f"{suspect.split}; {_about(suspect)}"),) for suspect, s in shown),
    )


def _about(suspect: Suspect) -> str:
    name = CLASS_NAMES[suspect.given]
    return f"labelled {name}, P({name}) {suspect.probability:.3f}"


def draw_sheets(suspects: Sequence[Suspect], pictures: PictureSource, folder: Path) -> list[Path]:
    """Draw contact sheets of the first suspects, and remove those of an earlier audit.

    Args:
        suspects: by rank.
        pictures: gives an image, uint8 (H, W, 3), by its name.
        folder: to write `labels-1.png` and on to; it must be there.

    Returns:
        The sheets' files in order, at most `MOST_SHEETS` of `PER_SHEET` images each; empty where there are no suspects.
    """
    for old in folder.glob("labels-*.png"):
        old.unlink()
    sheets = []
    for number, start in enumerate(range(0, min(len(suspects), PER_SHEET * MOST_SHEETS), PER_SHEET), 1):
        part = suspects[start : start + PER_SHEET]
        path = folder / f"labels-{number}.png"
        title = (
            f"Labels to look at, {start + 1} to {start + len(part)} of {len(suspects)}, the least probable first\n"
            "gender is what annotators perceived, in two classes"
        )
        captions = [_caption(suspect) for suspect in part]
        contact_sheet([pictures(s.path) for s in part], captions, path, columns=_ACROSS, title=title)
        sheets.append(path)
    return sheets


def _caption(suspect: Suspect) -> str:
    labelled, probability = _about(suspect).split(", ")
    return f"{suspect.rank}: {labelled}\n{probability}\n{Path(suspect.path).name}"
