"""`robustness` through the command line: everything is written, and the scores make the table."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")


from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.robustness import LEVELS, robustness
from gender_classifier.metrics.scores import read_scores
from gender_classifier.system.files import sha256_of

from ..degrading import KINDS, model, report_in
from ..running import call

__all__ = ["model"]  # the fixture


def test_everything_is_written_and_the_scores_make_the_table(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = call("robustness", model, drawn_faces / "val", "--out", out, "--kinds", ",".join(KINDS), "--threads", "1")
    assert (done.code, done.out) == (0, "")
    report = report_in(out)
    found = report["models"]["first"]
    assert [(cell["kind"], cell["level"]) for cell in found["cells"]] == [
        (kind, level) for kind in KINDS for level in range(1, LEVELS + 1)
    ]
    table = robustness(read_scores(out / "scores" / "first.parquet"), DecisionRule(-0.1, Calibration(2.0, 0.5)))
    assert (table.count, found["count"]) == (14, 14)
    assert found["mean"]["accuracy"] == table.mean.accuracy
    assert [cell["ece"] for cell in found["cells"]] == [cell.ece for cell in table.cells]
    assert report["context"]["counts"] == {"female": 6, "male": 8}
    assert report["context"]["models"] == {"first": sha256_of(model)}
    assert set(found["parts"]) == {"pictures", "framings"}
    for name in ("robustness.png", "degradations.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")
    assert "jpeg" in (out / "robustness.md").read_text(encoding="utf-8")
