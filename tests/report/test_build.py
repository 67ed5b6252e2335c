"""The report's figures are those of its scores, and both protocols choose where they say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration, brier
from gender_classifier.metrics.classification import mcnemar, metrics_at, wilson
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sigmoid, sweep
from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.report import ProtocolResult, Row

STORED = Path(__file__).with_name("report.json")


def row_of(protocol: ProtocolResult, split: str, tta: str) -> Row:
    (row,) = [row for row in protocol.rows if (row.split, row.tta) == (split, tta)]
    return row


def test_thresholds_are_chosen_where_the_protocol_says(protocols: list[Protocol], run_scores: Scores) -> None:
    report = build_report(protocols, context={})
    assert [p.name for p in report.protocols] == ["held out", "as the origin"]
    for protocol, split in zip(report.protocols, ("choose", "val"), strict=True):
        for tta, view in (("disabled", "identity"), ("enabled", "tta")):
            part = run_scores.select(split, view)
            expected = sweep(part.label, part.logit, "balanced_accuracy")
            assert (protocol.thresholds[tta].logit, protocol.thresholds[tta].probability) == (
                expected.logit,
                expected.probability,
            )
            assert all(row.chosen_on == split for row in protocol.rows)
    first, second = report.protocols
    assert first.thresholds != second.thresholds


def test_rows_hold_the_metrics_at_both_thresholds(protocols: list[Protocol], run_scores: Scores) -> None:
    protocol = build_report(protocols, context={}).protocols[0]
    assert [(row.phase, row.tta) for row in protocol.rows] == [
        (phase, tta) for phase in ("train", "choose", "validation") for tta in ("disabled", "enabled")
    ]
    for row in protocol.rows:
        part = run_scores.select(row.split, "tta" if row.tta == "enabled" else "identity")
        cut = protocol.thresholds[row.tta].logit
        expected = metrics_at(part.label, part.logit, cut)
        assert {name: getattr(row, name) for name in expected} == expected
        half = metrics_at(part.label, part.logit, 0.0)
        assert {name: getattr(row.at_half, name) for name in half} == half
        right, n = row.tp + row.tn, row.count
        assert row.intervals.accuracy == wilson(right, n)
        assert row.intervals.recall_female == wilson(row.tn, row.tn + row.fp)
        assert row.at_half.intervals.recall == wilson(half["tp"], half["tp"] + half["fn"])


def test_every_figure_of_the_table_is_that_of_scikit_learn_and_scipy(
    protocols: list[Protocol], run_scores: Scores
) -> None:
    """With none of the package's own arithmetic: thresholds by trying them all, from the rows alone."""
    sk, stats = pytest.importorskip("sklearn.metrics"), pytest.importorskip("scipy.stats")
    for protocol, chosen_on in zip(build_report(protocols, context={}).protocols, ("choose", "val"), strict=True):
        for row in protocol.rows:
            view = {"disabled": "identity", "enabled": "tta"}[row.tta]
            y, z = _columns(run_scores, row.split, view)
            chosen_y, chosen_z = _columns(run_scores, chosen_on, view)
            best = max(sk.balanced_accuracy_score(chosen_y, chosen_z >= cut) for cut in [*chosen_z, math.inf])
            cut = row.threshold_logit
            assert sk.balanced_accuracy_score(chosen_y, chosen_z >= cut) == pytest.approx(best)
            assert row.threshold == pytest.approx(1 / (1 + math.exp(-cut)))
            for at, threshold in ((row, cut), (row.at_half, 0.0)):
                said = z >= threshold
                expected = {
                    "count": len(y),
                    "accuracy": sk.accuracy_score(y, said),
                    "precision": sk.precision_score(y, said),
                    "recall": sk.recall_score(y, said),
                    "f1": sk.f1_score(y, said),
                    "recall_female": sk.recall_score(y, said, pos_label=0),
                    "balanced_accuracy": sk.balanced_accuracy_score(y, said),
                    "roc_auc": sk.roc_auc_score(y, z),
                }
                assert {name: getattr(at, name) for name in expected} == pytest.approx(expected, abs=1e-12)
                of = {"accuracy": len(y), "precision": said.sum(), "recall": y.sum(), "recall_female": (1 - y).sum()}
                for name, whole in of.items():
                    interval = stats.binomtest(round(expected[name] * whole), int(whole)).proportion_ci(0.95, "wilson")
                    assert at.share(name)[1] == pytest.approx(tuple(interval), abs=1e-9)
        right = []
        for tta, view in (("disabled", "identity"), ("enabled", "tta")):
            y, z = _columns(run_scores, "val", view)
            right.append((z >= protocol.thresholds[tta].logit) == (y == 1))
        without, with_tta = int((right[0] & ~right[1]).sum()), int((right[1] & ~right[0]).sum())
        assert without + with_tta > 0
        assert protocol.tta.p == pytest.approx(stats.binomtest(without, without + with_tta).pvalue)


def _columns(scores: Scores, split: str, view: str) -> tuple[np.ndarray, np.ndarray]:
    rows = (scores.split == split) & (scores.view == view)
    return scores.label[rows], scores.logit[rows]


def test_tta_is_tested_on_validation_with_its_own_threshold(protocols: list[Protocol], run_scores: Scores) -> None:
    protocol = build_report(protocols, context={}).protocols[0]
    right = {}
    for tta, view in (("disabled", "identity"), ("enabled", "tta")):
        part = run_scores.select("val", view)
        right[tta] = (part.logit >= protocol.thresholds[tta].logit) == (part.label == 1)
    expected = mcnemar(right["disabled"], right["enabled"])
    found = protocol.tta
    half = [
        (part.logit >= 0) == (part.label == 1) for part in (run_scores.select("val", v) for v in ("identity", "tta"))
    ]
    test = mcnemar(*half)
    assert found.at_half.document() == {"only_without": test.only_a, "only_with": test.only_b, "p": test.p}
    assert (found.only_without, found.only_with, found.p) == (expected.only_a, expected.only_b, expected.p)


@pytest.mark.parametrize(("worse", "better"), [("identity", "tta"), ("tta", "identity"), (None, None)])
def test_tta_is_chosen_only_where_it_is_better(make_scores: Any, worse: str | None, better: str | None) -> None:
    good, bad = [-1.0, -1.0, 1.0, 1.0], [-1.0, 2.0, 1.0, 1.0]
    parts = [
        make_scores([0, 0, 1, 1], bad if view == worse else good, split, view)
        for split in ("choose", "val")
        for view in ("identity", "tta")
    ]
    protocol = Protocol("held out", parts[0].concat(*parts[1:]), "choose", "youden_j")
    assert build_report([protocol], context={}).protocols[0].tta.chosen is (better == "tta")


@pytest.mark.parametrize(
    ("labels", "single", "several", "chosen", "values"),
    [
        # Both reach the precision wanted, so recall decides.
        ("wwwmmm", [-2.0, -1.0, 0.5, 0.4, 1.0, 2.0], [-2.0, -1.0, 0.0, 0.4, 1.0, 2.0], True, (2 / 3, 1.0)),
        ("wwwmmm", [-2.0, -1.0, 0.0, 0.4, 1.0, 2.0], [-2.0, -1.0, 0.5, 0.4, 1.0, 2.0], False, (1.0, 2 / 3)),
        # Neither does, and then only TTA: precision decides, however few men it finds.
        ("wwmmmm", [-1.0, 5.0, -2.0, -2.0, 1.0, 2.0], [-1.0, 5.0, 1.0, 1.0, 1.0, 2.0], True, (2 / 3, 0.8)),
        ("wwmmmm", [-1.0, 5.0, -2.0, -2.0, 1.0, 2.0], [-2.0, -1.0, -3.0, -3.0, -3.0, 2.0], True, (2 / 3, 1.0)),
    ],
)
def test_with_a_precision_wanted_tta_is_chosen_as_thresholds_are(
    make_scores: Any, labels: str, single: list[float], several: list[float], chosen: bool, values: tuple[float, float]
) -> None:
    men = [int(letter == "m") for letter in labels]
    parts = [
        make_scores(men, logits, split, view)
        for split in ("choose", "val")
        for view, logits in (("identity", single), ("tta", several))
    ]
    protocol = Protocol("held out", parts[0].concat(*parts[1:]), "choose", "precision", target=0.9)
    found = build_report([protocol], context={}).protocols[0].tta
    assert found is not None
    assert found.chosen is chosen
    assert (found.value_without, found.value_with) == pytest.approx(values)


def test_fixed_thresholds_are_used_as_they_are(run_scores: Scores) -> None:
    protocol = Protocol("as released", run_scores.select("val"), None, "accuracy", (0.3, -0.2), "as in the file")
    found = build_report([protocol], context={}).protocols[0]
    assert {mode: t.logit for mode, t in found.thresholds.items()} == {"disabled": 0.3, "enabled": -0.2}
    assert (found.swept, found.tta.chosen, found.calibration.platt) == (False, None, None)
    assert {row.chosen_on for row in found.rows} == {"fixed"}


def test_calibration_is_fitted_on_what_was_held_out_or_given(protocols: list[Protocol], run_scores: Scores) -> None:
    held_out, origin = (p.calibration for p in build_report(protocols, context={}).protocols)
    assert held_out.platt.fitted_on == "choose"
    assert origin.platt is None
    given = Protocol("x", run_scores, None, "accuracy", (0.0, 0.0), "", Calibration(2.0, 0.5))
    found = build_report([given], context={}).protocols[0].calibration
    assert found.platt.document() == {"scale": 2.0, "offset": 0.5, "fitted_on": "model file"}
    part = run_scores.select("val", "identity")
    (row,) = [row for row in found.rows if (row.split, row.tta) == ("val", "disabled")]
    assert row.raw.brier == pytest.approx(brier(part.label, sigmoid(part.logit)))
    assert row.calibrated.brier == pytest.approx(brier(part.label, sigmoid(2 * part.logit + 0.5)))


def test_one_class_leaves_undefined_what_it_does_not_define(make_scores: Any) -> None:
    protocol = Protocol("x", make_scores([0, 0, 0], [-1.0, -2.0, -3.0]), None, "accuracy", (0.0, 0.0))
    row = build_report([protocol], context={}).protocols[0].rows[0]
    undefined = ("recall", "f1", "f1_macro", "balanced_accuracy", "roc_auc", "precision")
    assert [getattr(row, name) for name in undefined] == [None] * 6
    assert (row.accuracy, row.recall_female, row.intervals.recall) == (1.0, 1.0, None)


def test_equal_scores_and_one_class_to_choose_on_still_give_a_report(make_scores: Any) -> None:
    scores = make_scores([0, 1, 1], [1.0, 1.0, 1.0]).concat(make_scores([1, 1], [1.0, 1.0], "choose"))
    found = build_report([Protocol("x", scores, "choose", "f1")], context={}).protocols[0]
    assert row_of(found, "val", "disabled").accuracy == pytest.approx(2 / 3)
    assert found.calibration.platt is None
    assert found.tta is None


def test_rows_without_a_label_are_left_out_and_counted(make_scores: Any) -> None:
    scores = make_scores([0, 1, -1], [-1.0, 1.0, math.nan])
    found = build_report([Protocol("x", scores, "val", "accuracy")], context={}).protocols[0]
    assert (found.unlabelled, row_of(found, "val", "disabled").count) == (1, 2)


@pytest.mark.parametrize(
    ("labels", "logits", "view", "choose_on", "message"),
    [
        ([0, 1], [0.0, math.nan], "identity", "val", "1 of 2 logits are no finite numbers, the first of val/Some"),
        ([-1, -1], [0.0, 1.0], "identity", "val", "no labelled rows of view `identity` among 2 rows"),
        ([0, 1], [0.0, 1.0], "hflip", "val", "no labelled rows of view `identity`"),
        ([0, 1], [0.0, 1.0], "identity", "choose", "split `choose` has no labelled rows"),
        ([0, 1], [0.0, 1.0], "identity", None, "neither a fixed threshold nor a split"),
    ],
)
def test_unusable_scores_are_one_clear_error(
    make_scores: Any, labels: list[int], logits: list[float], view: str, choose_on: str | None, message: str
) -> None:
    protocol = Protocol("held out", make_scores(labels, logits, view=view), choose_on, "accuracy")
    with pytest.raises(UserError, match=message) as raised:
        build_report([protocol], context={})
    assert "`held out`" in str(raised.value)


def test_tta_of_other_faces_is_refused(make_scores: Any) -> None:
    scores = make_scores([0, 1], [0.0, 1.0]).concat(make_scores([0, 1], [0.0, 1.0], view="tta").take(np.array([1, 0])))
    with pytest.raises(UserError, match="`tta` has other faces"):
        build_report([Protocol("x", scores, "val", "accuracy")], context={})


def test_files_hold_the_report_as_plain_json(
    tmp_path: Path, protocols: list[Protocol], context: dict[str, Any]
) -> None:
    odd = {"path": Path("a/b"), "number": np.float32(0.5), "nan": math.nan, "array": np.arange(2), 1: (True, None)}
    report = build_report(protocols, context={**context, **odd})
    write_report(report, tmp_path / "run")
    text = (tmp_path / "run" / "report.json").read_text(encoding="utf-8")
    assert json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON")) == report.document()
    kept = report.document()["context"]
    assert (kept["path"], kept["number"], kept["nan"], kept["array"], kept["1"]) == (
        "a/b",
        0.5,
        None,
        [0, 1],
        [True, None],
    )
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["report.html", "report.json", "report.md"]


def test_the_json_is_that_of_the_stored_report(
    tmp_path: Path, whole_example: tuple[list[Protocol], dict[str, Any]]
) -> None:
    """`report.json` beside this file was written before reports had types: what others read has not changed.

    Added since, here and there alike: `threshold_of_equals`.
    """
    protocols, context = whole_example
    write_report(build_report(protocols, context=context), tmp_path)
    found = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert_alike(found, json.loads(STORED.read_text(encoding="utf-8")), "report")


def assert_alike(found: Any, stored: Any, place: str) -> None:
    """The same keys, types and values; numbers but for their last digits, which differ from machine to machine."""
    assert type(found) is type(stored), place
    if isinstance(found, dict):
        assert sorted(found) == sorted(stored), place
        for key, value in found.items():
            assert_alike(value, stored[key], f"{place}.{key}")
    elif isinstance(found, list):
        assert len(found) == len(stored), place
        for number, pair in enumerate(zip(found, stored, strict=True)):
            assert_alike(*pair, f"{place}[{number}]")
    elif isinstance(found, float):
        assert found == pytest.approx(stored, rel=1e-9), place
    else:
        assert found == stored, place
