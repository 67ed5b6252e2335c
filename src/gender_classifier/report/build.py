"""The report made from scores: everything that tables and figures show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import (
    Calibration,
    brier,
    calibrate,
    ece,
    platt_covariance,
)
from gender_classifier.metrics.classification import mcnemar, metrics_at, wilson
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import results_by_group, share_of
from gender_classifier.metrics.majority import beside_majority
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.selective import promise_kept, risk_coverage
from gender_classifier.metrics.thresholds import metric_for, sigmoid, sweep
from gender_classifier.report.protocol import (
    MODES,
    PHASES,
    Parts,
    Protocol,
    each_part,
    labelled_parts,
)
from gender_classifier.runs.context import Context
from gender_classifier.runs.folder import EvaluationFolder
from gender_classifier.runs.report import (
    CalibrationResult,
    CalibrationRow,
    Cut,
    Errors,
    GroupReport,
    Measured,
    PairedTest,
    Platt,
    ProtocolResult,
    Report,
    Row,
    TtaResult,
    UncertainResult,
    UncertainRow,
)
from gender_classifier.system.files import atomic_path

PERCEIVED = (
    "Gender here is what annotators perceived in an image, in two classes; it says nothing of how a person identifies."
)


def build_report(protocols: list[Protocol], *, context: Context | Mapping[str, Any]) -> Report:
    """Measure one model under one or more protocols.

    What cannot be computed (the recall of a class that is not there, ROC AUC of one class) is None.

    Args:
        protocols: at least one; the first is the one that figures and results by group show.
        context: what the report says besides, or the fields of that.

    Returns:
        The report; ratios from 0 to 1. Its `figures` are empty until `report.figures.write_figures` has drawn some.

    Raises:
        UserError: scores that cannot be used: no labelled rows, none in the split to choose on, no
            rows of view `identity`, logits that are no numbers, TTA rows of other faces.
    """
    return Report(
        schema_version=1,
        perceived=PERCEIVED,
        positive="male",
        context=Context.model_validate(context),
        protocols=[_protocol_report(protocol) for protocol in protocols],
        groups=_group_report(protocols[0]),
    )


def _protocol_report(protocol: Protocol) -> ProtocolResult:
    parts = labelled_parts(protocol)
    asked = protocol.threshold_metric
    if protocol.choose_on is not None:
        protocol = replace(protocol, threshold_metric=metric_for(asked, parts[protocol.choose_on, "identity"].label))
    modes = [mode for mode, view in MODES.items() if any(v == view for _, v in parts)]
    cuts = {mode: _cut(protocol, parts, mode) for mode in modes}
    return ProtocolResult(
        name=protocol.name,
        note=protocol.note,
        chosen_on=protocol.choose_on,
        swept=protocol.fixed is None,
        threshold_metric=protocol.threshold_metric,
        threshold_asked=asked,
        threshold_tolerance=protocol.tolerance,
        threshold_of_equals=protocol.of_equals,
        thresholds={mode: Cut(logit=cut, probability=float(sigmoid(cut))) for mode, cut in cuts.items()},
        views=[str(view) for view in dict.fromkeys(protocol.scores.view.tolist()) if view != "tta"],
        unlabelled=int((protocol.scores.label < 0).sum()),
        rows=[_row(about, part, cuts[mode], protocol) for about, mode, part in each_part(parts)],
        tta=_tta(protocol, parts, cuts) if "enabled" in modes else None,
        calibration=_calibration(protocol, parts),
        uncertain=_uncertain(protocol, parts, cuts),
    )


def _cut(protocol: Protocol, parts: Parts, mode: str) -> float:
    if protocol.fixed is not None:
        return protocol.fixed[list(MODES).index(mode)]
    if protocol.choose_on is None:
        raise UserError(f"scores of `{protocol.name}`: neither a fixed threshold nor a split to choose one on")
    view = MODES[mode]
    part = parts.get((protocol.choose_on, view))
    if part is None:
        raise UserError(f"scores of `{protocol.name}`: split `{protocol.choose_on}` has no rows of view `{view}`")
    metric, target, tolerance = protocol.threshold_metric, protocol.target, protocol.tolerance
    return sweep(part.label, part.logit, metric, target, tolerance, protocol.of_equals).logit


def _row(about: dict[str, Any], part: Scores, cut: float, protocol: Protocol) -> Row:
    return Row(
        **about,
        **_measured(part, cut),
        threshold=float(sigmoid(cut)),
        threshold_logit=cut,
        chosen_on=str(protocol.choose_on) if protocol.fixed is None else "fixed",
        at_half=Measured(**_measured(part, 0.0)),
        majority=beside_majority(metrics_at(part.label, part.logit, cut)),
    )


def _measured(part: Scores, cut: float) -> dict[str, Any]:
    """Metrics at a cut with Wilson's intervals; None for what the classes at hand do not define."""
    at: dict[str, Any] = dict(metrics_at(part.label, part.logit, cut))
    men, women = int(at["tp"] + at["fn"]), int(at["tn"] + at["fp"])
    counted = {
        "accuracy": (at["tp"] + at["tn"], men + women),
        "precision": (at["tp"], at["tp"] + at["fp"]),
        "recall": (at["tp"], men),
        "recall_female": (at["tn"], women),
    }
    undefined = [] if men and women else ["balanced_accuracy", "f1_macro", "roc_auc"]
    undefined += [] if men else ["recall", "f1"]
    undefined += [] if women else ["recall_female"]
    undefined += [] if at["tp"] + at["fp"] else ["precision"]
    intervals = {name: wilson(*pair) if pair[1] else None for name, pair in counted.items()}
    return {**at, **dict.fromkeys(undefined), "intervals": intervals}


def _correct(part: Scores, cut: float) -> NDArray[np.bool_]:
    correct: NDArray[np.bool_] = (part.logit >= cut) == (part.label == 1)
    return correct


def _tta(protocol: Protocol, parts: Parts, cuts: dict[str, float]) -> TtaResult:
    """Whether TTA is chosen (only where it is better: it costs more), and paired tests of it on validation.

    The first test is at the thresholds, one for either mode; `at_half` has both modes at 0.5, so that
    thresholds play no part.
    """
    at_cuts = at_half = PairedTest(only_without=None, only_with=None, p=None)
    if ("val", "tta") in parts:
        at_cuts, at_half = _paired(parts, cuts), _paired(parts, dict.fromkeys(MODES, 0.0))
    result = TtaResult(chosen=None, split="val", **at_cuts.model_dump(), at_half=at_half)
    if protocol.choose_on is not None and (protocol.choose_on, "tta") in parts:
        single, several = _merits(protocol, [parts[protocol.choose_on, view] for view in MODES.values()], cuts)
        result.chosen, result.value_without, result.value_with = several > single, single, several
    return result


def _paired(parts: Parts, cuts: dict[str, float]) -> PairedTest:
    without, with_tta = (_correct(parts["val", view], cuts[mode]) for mode, view in MODES.items())
    test = mcnemar(without, with_tta)
    return PairedTest(only_without=test.only_a, only_with=test.only_b, p=test.p)


def _merits(protocol: Protocol, chosen_on: list[Scores], cuts: dict[str, float]) -> list[float]:
    """Each mode's value of the metric that thresholds are chosen by; Youden's J ranks as balanced accuracy does."""
    found = [metrics_at(part.label, part.logit, cuts[mode]) for mode, part in zip(MODES, chosen_on, strict=True)]
    metric, target = protocol.threshold_metric, protocol.target
    if metric == "precision" and target is not None and all(each[metric] >= target for each in found):
        metric = "recall"  # as the sweep ranks cuts that reach the precision wanted: beyond it more is worth nothing
    if metric == "worst_recall":
        return [min(each["recall"], each["recall_female"]) for each in found]
    return [each["balanced_accuracy" if metric == "youden_j" else metric] for each in found]


def _calibration(protocol: Protocol, parts: Parts) -> CalibrationResult:
    """ECE and Brier score of each part, as scored and calibrated (never by what it was fitted on alone)."""
    platt, fitted_on = _fitted(protocol, parts)
    rows = [
        CalibrationRow(**about, raw=_errors(part, Calibration()), calibrated=_errors(part, platt) if platt else None)
        for about, _, part in each_part(parts)
    ]
    if platt is None:
        return CalibrationResult(platt=None, rows=rows)
    fitted = Platt(scale=platt.scale, offset=platt.offset, fitted_on=fitted_on)
    if protocol.calibration is None:  # counting carries on how well scale and offset are known
        a, b = platt_covariance(parts[fitted_on, "identity"].logit, platt).tolist()
        fitted.covariance = tuple(a), tuple(b)
    return CalibrationResult(platt=fitted, rows=rows)


def _fitted(protocol: Protocol, parts: Parts) -> tuple[Calibration | None, str]:
    """The calibration and where it comes from; None where the protocol has no images to fit one on."""
    if protocol.calibration is not None or protocol.choose_on in (None, "val"):
        return protocol.calibration, "model file"
    choose = parts[str(protocol.choose_on), "identity"]
    return calibrate(choose.label, choose.logit), str(protocol.choose_on)


def _rule(protocol: Protocol, parts: Parts, cut: float) -> DecisionRule:
    return DecisionRule(cut, _fitted(protocol, parts)[0] or Calibration(), protocol.band)


def _uncertain(protocol: Protocol, parts: Parts, cuts: dict[str, float]) -> UncertainResult | None:
    """With a band: how many faces get no answer, how many answers are right, and as many as promised; else None."""
    if protocol.band is None:
        return None
    rows = []
    for about, mode, part in each_part(parts):
        rule = _rule(protocol, parts, cuts[mode])
        answered = rule.answered(part.logit)
        correct = rule.right(part.label, part.logit)
        right = share_of(correct[answered])
        area = risk_coverage(correct, rule.probabilities(part.logit)).area
        row = UncertainRow(**about, unanswered=share_of(~answered), right=right, aurc=area)
        if protocol.wanted is not None:
            row.promise = promise_kept(right.hits, right.count, protocol.wanted)
        rows.append(row)
    return UncertainResult(band=protocol.band, rows=rows)


def _group_report(protocol: Protocol) -> GroupReport | None:
    """Results by group on validation, single view, at the chosen threshold; None where no column groups."""
    parts = labelled_parts(protocol)
    part = parts.get(("val", "identity"))
    if part is None:
        return None
    found = results_by_group(part, _rule(protocol, parts, _cut(protocol, parts, "disabled")))
    if found is None:
        return None
    return GroupReport(
        protocol=protocol.name,
        split="val",
        phase=PHASES["val"],
        tta="disabled",
        calibrated=_fitted(protocol, parts)[0] is not None,
        results=found,
    )


def _errors(part: Scores, calibration: Calibration) -> Errors:
    probabilities = sigmoid(calibration.apply(part.logit))
    return Errors(ece=ece(part.label, probabilities), brier=brier(part.label, probabilities))


def write_report(report: Report, folder: Path) -> None:
    """Write a report as `report.json`, and the pages `report.md` and `report.html` made from it.

    Args:
        report: of `build_report`.
        folder: of the run or the evaluation; made where needed. Its folder `figures` holds what `report.html` shows.
    """
    from gender_classifier.report.markdown import markdown
    from gender_classifier.report.opening import pictures_of, report_page

    folder.mkdir(parents=True, exist_ok=True)
    EvaluationFolder(folder).write_report(report)
    text = markdown(report)
    with atomic_path(EvaluationFolder(folder).report_page) as partial:
        partial.write_text(text, encoding="utf-8")
    with atomic_path(EvaluationFolder(folder).report_html) as partial:
        partial.write_text(report_page(text, pictures_of(folder, text)), encoding="utf-8")
