"""Confusion matrices: each cell holds its own count, and each panel its own phase."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from gender_classifier.report import matrices
from gender_classifier.report.build import build_report
from gender_classifier.report.protocol import Protocol


def test_a_matrix_has_its_counts_where_the_axes_say(protocols: list[Protocol]) -> None:
    row = build_report(protocols, context={}).protocols[0].rows[-2]
    axis = Figure().subplots()
    matrices._matrix(axis, row)
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("predicted", "labelled")
    assert (
        [t.get_text() for t in axis.get_xticklabels()]
        == ["female", "male"]
        == [t.get_text() for t in axis.get_yticklabels()]
    )
    assert axis.yaxis_inverted()  # the first row is on top, as in an array
    found = {(text.get_position()[0], round(text.get_position()[1])): "" for text in axis.texts}
    for text in axis.texts:
        found[text.get_position()[0], round(text.get_position()[1])] += f"{text.get_text()} "
    women, men = row.tn + row.fp, row.fn + row.tp
    cells = {(0, 0): ("tn", women), (1, 0): ("fp", women), (0, 1): ("fn", men), (1, 1): ("tp", men)}
    counts = row.counts
    assert found == {at: f"{counts[name]} {100 * counts[name] / of:.1f} % " for at, (name, of) in cells.items()}


def test_panels_are_train_validation_and_validation_with_tta(
    protocols: list[Protocol], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(matrices, "save", lambda figure, _path: drawn.append(figure))
    protocol = build_report(protocols, context={}).protocols[0]
    matrices.confusion(protocol, Path("not written"))
    rows = {(row.split, row.tta): row for row in protocol.rows}
    shown = [("train", "disabled"), ("val", "disabled"), ("val", "enabled")]
    for axis, key, name in zip(drawn[0].axes, shown, ("train", "validation", "validation, TTA"), strict=True):
        row = rows[key]
        assert axis.get_title() == f"{name}\naccuracy {100 * row.accuracy:.2f} %"
        women, men = row.tn + row.fp, row.fn + row.tp
        shares = np.array([[row.tn / women, row.fp / women], [row.fn / men, row.tp / men]])
        np.testing.assert_allclose(axis.images[0].get_array(), shares)  # darker is more
    assert "held out" in drawn[0].get_suptitle()


def test_a_label_that_is_not_there_has_no_shares(protocols: list[Protocol]) -> None:
    row = build_report(protocols, context={}).protocols[0].rows[-2].model_copy(update={"fn": 0, "tp": 0})
    axis = Figure().subplots()
    matrices._matrix(axis, row)
    assert [text.get_text() for text in axis.texts].count("none there") == 2


def test_the_same_report_gives_the_same_bytes(tmp_path: Path, protocols: list[Protocol]) -> None:
    protocol = build_report(protocols, context={}).protocols[0]
    for name in ("one", "two"):
        matrices.confusion(protocol, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert b"matplotlib" not in (tmp_path / "one").read_bytes().lower()
