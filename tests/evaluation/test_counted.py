"""What labelled faces tell of a model's errors: from a table, or from the report beside the model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evaluation.counted import Model, first_rows, held_out
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.metrics.scores import write_scores

from ..counting import CUT, METADATA, report, table


@pytest.fixture
def model(tmp_path: Path) -> Model:
    """Its file is not there: only its place and what it says of itself count."""
    return Model(tmp_path / "model.onnx", METADATA, tta=False)


def test_the_first_row_of_each_key_is_marked() -> None:
    assert first_rows(["a", "b", "a", ("a", 0), "b"]).tolist() == [True, True, False, True, False]
    assert first_rows([]).tolist() == []


def test_a_table_s_errors_are_those_of_labelled_faces_that_it_did_not_learn_from(model: Model, tmp_path: Path) -> None:
    known = table(60, 30, 2)
    learnt, unknown = table(9, 9, 3, split="train"), table(9, 9, 4, labelled=False)
    other = replace(known, view=np.full(90, "hflip", dtype=object))
    twice = known.take(np.arange(5))
    write_scores(known.concat(learnt, unknown, other, twice), tmp_path / "known.csv")
    found = held_out(model, tmp_path / "known.csv")
    said = known.logit >= CUT
    men = known.label == 1
    cells = ((~said & ~men), (said & ~men), (~said & men), (said & men))
    assert found.confusion == Confusion(*(int(which.sum()) for which in cells))
    assert (found.own, found.likelihood is not None) == (True, True)
    probabilities = 1 / (1 + np.exp(-(2 * known.logit + 0.5)))
    assert found.uncertain == pytest.approx(float(((probabilities > 0.2) & (probabilities < 0.8)).mean()))


@pytest.mark.parametrize(("women", "men"), [(10, 0), (0, 10)])
def test_errors_take_women_and_men(model: Model, tmp_path: Path, women: int, men: int) -> None:
    write_scores(table(women, men, 1), tmp_path / "known.csv")
    with pytest.raises(UserError, match="labelled rows of women and of men are needed, of view `identity`"):
        held_out(model, tmp_path / "known.csv")


def test_the_report_beside_the_model_tells_its_errors(model: Model, tmp_path: Path) -> None:
    report(tmp_path / "report.json")
    found = held_out(model, None)
    assert found.confusion == Confusion(tn=900, fp=100, fn=40, tp=160)
    assert found.source == f"validation faces of {tmp_path / 'report.json'}"
    assert (found.own, found.uncertain) == (False, None)
    assert found.likelihood is not None
    assert (found.likelihood.women, found.likelihood.men, found.likelihood.covariance) == (500, 500, None)


def test_how_well_a_calibration_is_known_comes_along(model: Model, tmp_path: Path) -> None:
    path = report(tmp_path / "report.json")
    document = json.loads(path.read_text(encoding="utf-8"))
    platt = {"scale": 2.0, "offset": 0.5, "fitted_on": "choose", "covariance": [[0.01, 0.002], [0.002, 0.03]]}
    document["protocols"][0]["calibration"]["platt"] = platt
    path.write_text(json.dumps(document), encoding="utf-8")
    likelihood = held_out(model, None).likelihood
    assert likelihood is not None
    assert likelihood.covariance is not None
    assert likelihood.covariance.tolist() == platt["covariance"]


def test_a_report_that_does_not_fit_is_one_line(model: Model, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no report\.json beside it"):
        held_out(model, None)
    report(tmp_path / "report.json", threshold_logit=CUT + 0.5)
    with pytest.raises(UserError, match="of a model with another threshold"):
        held_out(model, None)
    with pytest.raises(UnreadableError, match="not a report that counting understands"):
        held_out(replace(model, tta=True), None)  # it has no such rows
    (tmp_path / "report.json").write_text('{"context": {}, "protocols": []}', encoding="utf-8")
    with pytest.raises(UnreadableError, match="not a report that counting understands"):
        held_out(model, None)
