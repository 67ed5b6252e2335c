"""What `count` writes as JSON: how many women and men there are, by each way to count, and which to quote."""

from __future__ import annotations

from gender_classifier.metrics.quoting import Reason
from gender_classifier.runs.records import Record

Interval = tuple[float, float]


class Quoted(Record):
    """The count to quote.

    Attributes:
        line: the sentence that quotes it, or says why not.
        quotable: whether nothing forbids it.
        method: its name among the counts.
        share_female: 0 to 1, with its interval at 95 %.
        against: what speaks against it, or is to be said with it.
    """

    line: str
    quotable: bool
    method: str
    share_female: float
    interval: Interval
    against: list[Reason]


class DuplicateRows(Record):
    """Rows of a face that an earlier row had.

    Example:
        >>> DuplicateRows(count=1, differing=0, examples=["a.jpg, page 1, face 0"]).differing
        0

    Attributes:
        count: how many there are.
        differing: of these, rows that say something else than the earlier one.
        examples: a few of them.
    """

    count: int
    differing: int
    examples: list[str]


class KnownErrors(Record):
    """The model's errors on labelled faces.

    Example:
        >>> KnownErrors(tn=95, fp=5, fn=3, tp=97, source="labelled faces").fp
        5

    Attributes:
        tn: women, said female.
        fp: women, said male.
        fn: men, said female.
        tp: men, said male.
        source: whose faces.
    """

    tn: int
    fp: int
    fn: int
    tp: int
    source: str


class Counted(Record):
    """One way to count.

    Example:
        >>> Counted(method="labels", faces=200, share_male=0.4, interval=(0.33, 0.47)).share_male
        0.4

    Attributes:
        method: its name.
        faces: that it rests on.
        share_male: 0 to 1.
        interval: of that share, at 95 %.
    """

    method: str
    faces: int
    share_male: float
    interval: Interval


class CountReport(Record):
    """All of it; `CountReport.read` reads it.

    Example:
        >>> CountReport.read(Path("count.json")).quote.share_female  # doctest: +SKIP
        0.431

    Attributes:
        faces: in the table.
        quote: which count to quote.
        images: with pages and frames apart.
        images_with_several_faces: of these.
        faces_in_these: faces in them.
        duplicate_rows: left out.
        left_out: rows without a face, by why.
        confusion: what corrects the counts.
        counts: each way to count.
        notes: a sentence each.
    """

    schema_version: int = 1
    faces: int
    quote: Quoted
    images: int
    images_with_several_faces: int
    faces_in_these: int
    duplicate_rows: DuplicateRows
    left_out: dict[str, int]
    confusion: KnownErrors
    counts: list[Counted]
    notes: list[str]
