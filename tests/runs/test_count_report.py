"""A count comes back from its file, with what speaks against quoting it."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.metrics.quoting import Reason
from gender_classifier.runs.count_report import Counted, CountReport, DuplicateRows, KnownErrors, Quoted


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    quote = Quoted(
        line="Do not quote: …",
        quotable=False,
        method="adjusted",
        share_female=0.4,
        interval=(0.3, 0.5),
        against=[Reason("few_faces", "Only 9 faces.", True)],
    )
    report = CountReport(
        faces=9,
        quote=quote,
        images=8,
        images_with_several_faces=1,
        faces_in_these=2,
        duplicate_rows=DuplicateRows(count=1, differing=0, examples=["a.jpg, page 1, face 0"]),
        left_out={"no face": 3},
        confusion=KnownErrors(tn=5, fp=1, fn=0, tp=6, source="labelled faces"),
        counts=[Counted(method="adjusted", faces=9, share_male=0.6, interval=(0.5, 0.7))],
        notes=["a", "b"],
    )
    report.write(tmp_path / "count.json")
    back = CountReport.read(tmp_path / "count.json")
    assert back == report
    assert (back.quote.against[0].forbids, back.quote.interval) == (True, (0.3, 0.5))
