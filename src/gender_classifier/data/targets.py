"""Further columns of a manifest (race, age) as classes that training may learn beside gender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError

MOST_CLASSES = 50
UNKNOWN = -1


@dataclass(frozen=True)
class Targets:
    """Classes of one column of a manifest.

    Example:
        >>> from pathlib import Path
        >>> race = Targets("race", ("Black", "White"))
        >>> race.of(Sample(Path("a.jpg"), "a.jpg", 0, {"race": "White"}))
        1

    Attributes:
        column: the column's name.
        classes: its values among training images, in alphabetical order.
    """

    column: str
    classes: tuple[str, ...]

    def of(self, sample: Sample) -> int:
        """Give the class of a sample.

        Args:
            sample: whose `extra` has the column.

        Returns:
            Its place in `classes`; -1 where the column is empty or says what training has not seen.
        """
        value = sample.extra.get(self.column, "")
        return self.classes.index(value) if value in self.classes else UNKNOWN


def targets_of(samples: Sequence[Sample], columns: Sequence[str]) -> list[Targets]:
    """Find the classes of a manifest's columns.

    Args:
        samples: of train.
        columns: names of the columns.

    Returns:
        Classes by column, in the order of `columns`.

    Raises:
        UserError: no such column, or one that has not between 2 and 50 values: a name or a number, not a class.
    """
    known = sorted({name for sample in samples for name in sample.extra})
    found = []
    for column in columns:
        values = sorted({sample.extra.get(column, "") for sample in samples} - {""})
        if column not in known:
            raise UserError(f"auxiliary.columns: no column `{column}`; the manifest has {', '.join(known) or 'none'}")
        if not 2 <= len(values) <= MOST_CLASSES:
            raise UserError(
                f"auxiliary.columns: `{column}` has {len(values)} values in train; 2 to {MOST_CLASSES} are classes"
            )
        found.append(Targets(column, tuple(values)))
    return found


def target_table(samples: Sequence[Sample], targets: Sequence[Targets]) -> NDArray[np.int64]:
    """Give the classes of each sample as numbers.

    Args:
        samples: any.
        targets: as `targets_of` gives them.

    Returns:
        int64 (N, number of columns); -1 where the class is not known.
    """
    rows = [[target.of(sample) for target in targets] for sample in samples]
    return np.array(rows, np.int64).reshape(len(samples), len(targets))
