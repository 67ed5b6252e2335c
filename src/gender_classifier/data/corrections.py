"""Reviewed labels: a CSV of decisions about single images, which changes labels or leaves images out.

Columns `path` (as the index names the image) and `decision`: `female` or `male` is the label from now on,
`keep` lets it stand, `exclude` leaves the image out. An empty decision is none yet; other columns are not looked
at, so that `labels.csv` of an audit is such a file once somebody has filled it in.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gender_classifier import CLASS_NAMES
from gender_classifier.data.samples import Sample, plain_name
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.names import canonical, to_text
from gender_classifier.system.files import sha256_of
from gender_classifier.system.texts import CsvRows

KEEP, EXCLUDE = "keep", "exclude"
DECISIONS = (*CLASS_NAMES, KEEP, EXCLUDE)


@dataclass(frozen=True)
class Corrections:
    """Decisions of a reviewer, and the file that they stand in.

    Example:
        >>> reviewed = Corrections("labels.csv", "", {"male/a.jpg": "female", "male/b.jpg": "keep"})
        >>> effect({"male/a.jpg": 1, "male/b.jpg": 1}, reviewed.decisions)
        {'changed': 1, 'excluded': 0, 'kept': 1}

    Attributes:
        file: the file's name, without folders.
        sha256: of the file, in hexadecimal.
        decisions: one of `DECISIONS` by the image's name; images without a decision are not in it.
    """

    file: str
    sha256: str
    decisions: dict[str, str]

    def check_names(self, known: Collection[str]) -> None:
        """Refuse decisions about images that are not known.

        Args:
            known: names of all images, as the index has them.

        Raises:
            UserError: naming the first unknown image, and the known name nearest to it.
        """
        names = set(known)
        unknown = [path for path in self.decisions if path not in names]
        if unknown:
            raise UserError(_unknown(self.file, unknown, names))


def read_corrections(path: Path) -> Corrections:
    """Read a reviewer's decisions from a CSV file.

    Args:
        path: file with the columns `path` and `decision`: an audit's `labels.csv`, filled in, or one written by hand.

    Returns:
        The decisions; none where nobody has filled any in.

    Raises:
        UnreadableError: no such file, or not one with the columns `path` and `decision`.
        UserError: a decision that is none of `DECISIONS`, or two that differ about one image.
    """
    decisions: dict[str, str] = {}
    rows = CsvRows(path)
    if not {"path", "decision"} <= set(rows.columns):
        found = ", ".join(rows.columns) or "nothing"
        raise UnreadableError(f"{path}: corrections need the columns path and decision, found {found}")
    for row in rows:
        picture, decision = plain_name(canonical(row["path"])), _decision(path, rows.line, row["decision"])
        if decision and decisions.setdefault(picture, decision) != decision:
            raise UserError(f"{path}, line {rows.line}: a second, other decision about {picture}")
    return Corrections(to_text(path.name), sha256_of(path), decisions)


def _decision(path: Path, line: int, text: str) -> str:
    decision = text.strip().lower()
    if decision and decision not in DECISIONS:
        near = difflib.get_close_matches(decision, DECISIONS, 1, 0.4)
        hint = f"; did you mean `{near[0]}`?" if near else ""
        raise UserError(f"{path}, line {line}: decision `{text}` is none of {', '.join(DECISIONS)}{hint}")
    return decision


def _unknown(file: str, unknown: Sequence[str], known: Collection[str]) -> str:
    first = unknown[0]
    near = difflib.get_close_matches(first, known, 1, 0.5)
    more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
    hint = f"; the nearest is {near[0]}" if near else ""
    return f"{file}: {first}{more} is no image of this data{hint}"


def corrected(samples: Sequence[Sample], decisions: Mapping[str, str]) -> list[Sample]:
    """Give samples the labels that were decided, and leave out those that are excluded.

    Args:
        samples: with labels as published.
        decisions: one of `DECISIONS` by the image's name; images without one stay as they are.

    Returns:
        The samples that are left, in the order of `samples`.
    """
    result = []
    for sample in samples:
        decision = decisions.get(sample.name, KEEP)
        if decision != EXCLUDE:
            label = sample.label if decision == KEEP else CLASS_NAMES.index(decision)
            result.append(replace(sample, label=label))
    return result


def effect(labels: Mapping[str, int], decisions: Mapping[str, str]) -> dict[str, int]:
    """Count how many labels the decisions change, leave out and let stand.

    Args:
        labels: as published, 0 female, 1 male, by the image's name.
        decisions: one of `DECISIONS` by the image's name; those about images not in `labels` do not count.

    Returns:
        Images by `changed`, `excluded` and `kept`; a decision for the label as published counts as kept.
    """
    counts = {"changed": 0, "excluded": 0, "kept": 0}
    for name, decision in decisions.items():
        if name in labels:
            stays = decision == KEEP or decision == CLASS_NAMES[labels[name]]
            counts["excluded" if decision == EXCLUDE else "kept" if stays else "changed"] += 1
    return counts
