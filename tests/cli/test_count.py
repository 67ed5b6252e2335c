"""`count` on scores tables and on what `predict` writes; what cannot be counted is one line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.metrics.scores import Scores, write_scores
from gender_classifier.metrics.thresholds import sigmoid

from ..counting import CUT, METADATA, report, table
from ..running import call


def predictions(path: Path, scores: Scores, shift: float = 0.0, **columns: str) -> Path:
    p = sigmoid(2.0 * scores.logit + 0.5 + shift)
    rows = [{"path": "x.jpg", "probability_male": "", "label": "", "status": "no face", **columns}]
    for name, share in zip(scores.path, p, strict=True):
        label = "uncertain" if 0.2 < share < 0.8 else "male" if share >= 0.8 else "female"
        rows.append({"path": name, "probability_male": f"{share:.6f}", "label": label, "status": "ok", **columns})
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def model(write_model: Callable[..., Path]) -> Path:
    return write_model(METADATA)


def counts(done: Any, out: Path) -> dict[str, dict[str, Any]]:
    assert (done.code, done.err) == (0, "")
    return {row["method"]: row for row in json.loads(out.read_text(encoding="utf-8"))["counts"]}


def test_a_scores_table_is_corrected_by_labelled_ones(model: Path, tmp_path: Path) -> None:
    write_scores(table(1500, 300, 1), tmp_path / "scores.csv")
    write_scores(table(600, 600, 2).concat(table(100, 100, 3, split="train")), tmp_path / "known.csv")
    out = tmp_path / "count.json"
    done = call("count", tmp_path / "scores.csv", "--model", model, "--confusion", tmp_path / "known.csv", "--out", out)
    found = counts(done, out)
    truth = found["as labelled"]["share_male"]
    assert truth == pytest.approx(300 / 1800)
    assert found["plain, by threshold"]["share_male"] > truth + 0.05
    for way in ("adjusted", "probabilistic (EM)"):
        low, high = found[way]["interval"]
        assert low < truth < high
        assert abs(found[way]["share_male"] - truth) < 0.03
    assert found["plain, certain answers"]["faces"] < 1800
    document = json.loads(out.read_text(encoding="utf-8"))
    assert sum(document["confusion"][name] for name in ("tn", "fp", "fn", "tp")) == 1200  # not what it learnt from
    assert "`uncertain`" in done.out
    assert "annotators perceived" in " ".join(done.out.split())


def test_the_report_beside_the_model_tells_the_errors(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    scores = table(300, 100, 4, labelled=False)
    write_scores(scores, tmp_path / "scores.csv")
    out = tmp_path / "count.json"
    found = counts(call("count", tmp_path / "scores.csv", "--model", model, "--out", out), out)
    said = float((scores.logit >= CUT).mean())
    assert found["adjusted"]["share_male"] == pytest.approx((said - 0.1) / (0.8 - 0.1))
    assert "as labelled" not in found
    assert any("leaves out how well the calibration is known" in note for note in json.loads(out.read_text())["notes"])


@pytest.mark.parametrize("name", ["faces.csv", "faces.jsonl"])
@pytest.mark.parametrize("prior", [None, 0.9])
def test_predictions_count_as_their_scores_do_whatever_prior_they_were_made_for(
    model: Path, tmp_path: Path, name: str, prior: float | None
) -> None:
    report(model.with_name("report.json"))
    scores = table(300, 100, 5, labelled=False)
    write_scores(scores, tmp_path / "scores.csv")
    columns = {} if prior is None else {"prior_male": str(prior)}
    shift = 0.0 if prior is None else float(np.log(prior / (1 - prior)))
    faces = predictions(tmp_path / name, scores, shift, **columns)
    out = tmp_path / "count.json"
    expected = counts(call("count", tmp_path / "scores.csv", "--model", model, "--out", out), out)
    found = counts(call("count", faces, "--model", model, "--out", out, "--overwrite"), out)
    assert json.loads(out.read_text(encoding="utf-8"))["left_out"] == {"no face": 1}
    for way in ("plain, by threshold", "adjusted", "probabilistic (EM)"):
        assert found[way]["share_male"] == pytest.approx(expected[way]["share_male"], abs=1e-4)


def quote_of(out: Path) -> dict[str, Any]:
    quote: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))["quote"]
    return quote


def test_the_first_line_says_what_to_quote(model: Path, tmp_path: Path) -> None:
    write_scores(table(1500, 300, 1, labelled=False), tmp_path / "scores.csv")
    write_scores(table(600, 600, 2), tmp_path / "known.csv")
    out = tmp_path / "count.json"
    done = call("count", tmp_path / "scores.csv", "--model", model, "--confusion", tmp_path / "known.csv", "--out", out)
    adjusted = counts(done, out)["adjusted"]
    quote = quote_of(out)
    assert (quote["method"], quote["quotable"]) == ("adjusted", True)
    assert [reason["code"] for reason in quote["against"]] == ["many_uncertain"]  # as among the labelled ones
    assert quote["share_female"] == 1 - adjusted["share_male"]
    assert quote["interval"] == [1 - adjusted["interval"][1], 1 - adjusted["interval"][0]]
    assert done.out.splitlines()[0] == quote["line"]  # whole, however long
    assert quote["line"].startswith(f"Quote: {100 * quote['share_female']:.1f} % women (95 %: ")
    assert "Why adjusted" in done.out


def test_the_table_is_whole_however_narrow_the_screen_is(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(model.with_name("report.json"))
    write_scores(table(300, 100, 4), tmp_path / "scores.csv")
    whole = call("count", tmp_path / "scores.csv", "--model", model).out
    monkeypatch.setenv("COLUMNS", "30")
    narrow = call("count", tmp_path / "scores.csv", "--model", model).out
    assert narrow == whole
    assert "…" not in whole
    assert any(line.startswith("as labelled") and "25.0" in line for line in narrow.splitlines())


def test_faces_that_have_labels_are_quoted_as_labelled(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    write_scores(table(300, 100, 4), tmp_path / "scores.csv")
    assert call("count", tmp_path / "scores.csv", "--model", model).out.startswith("Quote: 75.0 % women, as labelled")


def test_faces_easier_than_those_whose_errors_are_known_are_not_quoted(model: Path, tmp_path: Path) -> None:
    path = report(model.with_name("report.json"))
    document = json.loads(path.read_text(encoding="utf-8"))
    share = {"hits": 960, "count": 1200, "share": 0.8, "interval": [0.776, 0.822]}
    row = {"phase": "validation", "split": "val", "tta": "disabled", "unanswered": share, "right": share}
    document["protocols"][0]["uncertain"] = {"band": [0.2, 0.8], "rows": [row]}
    path.write_text(json.dumps(document), encoding="utf-8")
    write_scores(table(300, 100, 4, labelled=False), tmp_path / "scores.csv")
    done = call("count", tmp_path / "scores.csv", "--model", model, "--out", tmp_path / "count.json")
    assert done.out.startswith("Do not quote: ")
    against = quote_of(tmp_path / "count.json")["against"]
    (other,) = [reason for reason in against if reason["code"] == "other_faces"]
    assert other["forbids"]
    assert "easier" in other["text"]


COLUMNS = "path,page,face,probability_male,label,best_guess,status,note"


def test_images_with_several_faces_and_duplicate_rows_are_told(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    rows = [
        "a.jpg,1,0,0.9,male,male,ok,",
        "a.jpg,1,1,0.1,female,female,ok,",
        "a.jpg,2,0,0.9,male,male,ok,",
        "b.jpg,1,0,0.7,uncertain,male,ok,",
        "c.jpg,1,,,,,no face,",
        "d.jpg,,,,,,unreadable: cut short,",
        "a.jpg,1,1,0.1,female,female,ok,",
        "b.jpg,1,0,0.9,male,male,ok,",
        "c.jpg,1,,,,,no face,",
    ]
    (tmp_path / "faces.csv").write_text("\n".join([COLUMNS, *rows]) + "\n", encoding="utf-8")
    out = tmp_path / "count.json"
    found = counts(call("count", tmp_path / "faces.csv", "--model", model, "--out", out), out)
    assert found["plain, by threshold"]["faces"] == 4
    assert found["plain, certain answers"]["faces"] == 3
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (document["images"], document["images_with_several_faces"], document["faces_in_these"]) == (5, 1, 2)
    assert document["left_out"] == {"no face": 1, "unreadable": 1}
    assert document["duplicate_rows"] == {
        "count": 3,
        "differing": 1,
        "examples": ["a.jpg, face 1", "b.jpg, face 0", "c.jpg"],
    }
    said = " ".join(document["notes"])
    assert "5 images, 4 faces; 1 images with several faces (2 faces), 1 without a face, 1 unreadable" in said
    assert "not counted: 3; 1 of them say something else than the first. For example a.jpg, face 1" in said


def test_the_same_rows_twice_count_once_in_any_format(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    scores = table(150, 50, 5, labelled=False)
    write_scores(scores, tmp_path / "once.csv")
    write_scores(scores.concat(scores), tmp_path / "twice.csv")
    once, twice = tmp_path / "once.json", tmp_path / "twice.json"
    first = counts(call("count", tmp_path / "once.csv", "--model", model, "--out", once), once)
    assert counts(call("count", tmp_path / "twice.csv", "--model", model, "--out", twice), twice) == first
    assert json.loads(twice.read_text(encoding="utf-8"))["duplicate_rows"]["count"] == 200
    known = table(300, 300, 6)
    write_scores(known, tmp_path / "known.csv")
    write_scores(known.concat(known), tmp_path / "known_twice.csv")
    by = [
        call("count", tmp_path / "once.csv", "--model", model, "--confusion", tmp_path / name).out.splitlines()[0]
        for name in ("known.csv", "known_twice.csv")
    ]
    assert by[0] == by[1]  # and its interval is no narrower


def test_tables_put_together_with_their_headings_count_once(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    text = f"{COLUMNS}\na.jpg,1,0,0.9,male,male,ok,\nb.jpg,1,0,0.1,female,female,ok,\n"
    (tmp_path / "faces.csv").write_text(text * 2, encoding="utf-8")
    out = tmp_path / "count.json"
    assert counts(call("count", tmp_path / "faces.csv", "--model", model, "--out", out), out)["adjusted"]["faces"] == 2
    document = json.loads(out.read_text(encoding="utf-8"))
    assert (document["images"], document["duplicate_rows"]["count"]) == (2, 2)


def test_rows_of_an_old_table_without_faces_numbers_are_all_counted(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    rows = ["path,probability_male,label,status", *["a.jpg,0.9,male,ok"] * 3]
    (tmp_path / "faces.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    out = tmp_path / "count.json"
    assert counts(call("count", tmp_path / "faces.csv", "--model", model, "--out", out), out)["adjusted"]["faces"] == 3


def test_a_table_with_decimal_commas_is_counted(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    rows = ["path,probability_male,label,status", *["a.jpg,0.9,male,ok"] * 3, "b.jpg,5.2e-05,female,ok"]
    said = []
    for text in (
        "\n".join(rows),
        "\ufeff" + "\r\n".join(rows).replace(",", ";").replace(".9", ",9").replace("5.2", "5,2"),
    ):
        (tmp_path / "faces.csv").write_text(text, encoding="utf-8", newline="")
        said.append(call("count", tmp_path / "faces.csv", "--model", model))
    assert said[0].code == said[1].code == 0
    assert said[0].out == said[1].out


@pytest.mark.parametrize("option", [["--answer-all"], ["--right=0.9"], ["--tta"], []])
def test_what_predict_writes_with_any_band_is_counted(tmp_path: Path, option: list[str]) -> None:
    """One command's output is another's input: another band than the model's own is no other model."""
    draw_dataset(tmp_path / "drawn", train=(1, 1), val=(10, 10), size=64)
    faces = tmp_path / "faces.csv"
    assert call("predict", tmp_path / "drawn" / "val", "-r", "--faces-only", "--out", faces, *option).code == 0
    done = call("count", faces, *[name for name in option if name == "--tta"])
    assert (done.code, done.err) == (0, "")


def test_best_guesses_of_another_model_are_refused(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    for row in ("a.jpg,1,0,0.7,uncertain,female,ok,", "a.jpg,1,0,0.9,female,male,ok,", "a.jpg,1,0,0.9,man,man,ok,"):
        (tmp_path / "faces.csv").write_text(f"{COLUMNS}\n{row}\n", encoding="utf-8")
        assert "name the model that made them" in call("count", tmp_path / "faces.csv", "--model", model).error
    (tmp_path / "faces.csv").write_text(f"{COLUMNS}\na.jpg,one,0,0.9,male,male,ok,\n", encoding="utf-8")
    broken = call("count", tmp_path / "faces.csv", "--model", model)
    assert (broken.code, "column `page`" in broken.error) == (3, True)


def test_what_cannot_be_counted_is_one_line(model: Path, tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    write_scores(table(30, 30, 6), scores)
    assert "no report.json beside it" in call("count", scores, "--model", model).error
    beside = report(model.with_name("report.json"), threshold_logit=0.7)
    assert "another threshold" in call("count", scores, "--model", model).error
    beside.write_text("{}", encoding="utf-8")
    broken = call("count", scores, "--model", model)
    assert (broken.code, "not a report that counting understands" in broken.error) == (3, True)
    report(beside)
    assert "no rows of view `tta`; leave out --tta" in call("count", scores, "--model", model, "--tta").error
    assert call("count", tmp_path / "none.csv", "--model", model).code == 3
    (tmp_path / "other.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    assert "neither a scores table" in call("count", tmp_path / "other.csv", "--model", model).error
    write_scores(table(30, 0, 7), tmp_path / "women.csv")
    one = call("count", scores, "--model", model, "--confusion", tmp_path / "women.csv")
    assert (one.code, "of women and of men are needed" in one.error) == (2, True)


def test_answers_of_another_model_are_refused(model: Path, tmp_path: Path) -> None:
    report(model.with_name("report.json"))
    faces = predictions(tmp_path / "faces.csv", table(50, 50, 8))
    text = faces.read_text(encoding="utf-8").replace(",uncertain,", ",male,")
    faces.write_text(text, encoding="utf-8")
    assert "name the model that made them with --model" in call("count", faces, "--model", model).error
    faces.write_text("path,probability_male,label,status\nx,1.5,male,ok\n", encoding="utf-8")
    assert "not between 0 and 1" in call("count", faces, "--model", model).error
    faces.write_text("path,probability_male,label,status\nx,,,no face\n", encoding="utf-8")
    assert "no face to count" in call("count", faces, "--model", model).error


def test_the_released_model_counts_with_the_report_that_it_comes_with(tmp_path: Path) -> None:
    write_scores(table(40, 60, 9, labelled=False), tmp_path / "scores.csv")
    done = call("count", tmp_path / "scores.csv")
    assert done.code == 0
    assert "adjusted" in done.out
