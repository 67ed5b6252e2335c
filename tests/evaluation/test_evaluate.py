"""`evaluate` on a model file: it reports what the model says of the images named; bad input is one line."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")

from gender_classifier.data.datasets import read_classes
from gender_classifier.data.reading import load_input
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evaluation import evaluate as evaluation
from gender_classifier.evaluation.evaluate import evaluate
from gender_classifier.metrics.scores import read_scores
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    ModelMetadata,
    ThresholdPart,
    TtaPart,
)

from ..small_model import SIZE, logits_by_hand

INIT = {"source": "b1.safetensors", "sha256": "feed", "used": 3, "missing": ["classifier.bias"], "left_over": []}
METADATA = ModelMetadata(
    input_size=SIZE,
    threshold=ThresholdPart(logit=-0.1, metric="f1", chosen_on="choose"),
    tta=TtaPart(views=["identity", "hflip"], threshold_logit=0.2),
    calibration=CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose"),
    training={"recipe": "quick", "counts": {"train": {"female": 7, "male": 9}}, "init": INIT},
)


@pytest.fixture
def model(write_model: Callable[..., Path]) -> Path:
    return write_model(METADATA)


def manifest(path: Path, pictures: list[Path], gender: str, **more: str) -> Path:
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["path", "gender", *more])
        writer.writerows([picture.relative_to(path.parent).as_posix(), gender, *more.values()] for picture in pictures)
    return path


def rows_of(report: dict[str, Any], protocol: int = 0) -> dict[str, dict[str, Any]]:
    return {row["tta"]: row for row in report["protocols"][protocol]["rows"]}


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        (CalibrationPart(), None),
        (CalibrationPart(scale=2.0), {"scale": 2.0, "offset": 0.0, "fitted_on": "model file"}),
        (CalibrationPart(fitted_on="choose"), {"scale": 1.0, "offset": 0.0, "fitted_on": "model file"}),
    ],
)
def test_a_calibration_counts_whether_or_not_the_file_says_where_it_was_fitted(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path, part: CalibrationPart, shown: object
) -> None:
    """As in `predict`, `count` and `compare`, which use scale and offset as they stand."""
    model = write_model(METADATA.model_copy(update={"calibration": part}))
    report = evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", threads=1).document()
    assert report["protocols"][0]["calibration"]["platt"] == shown


def test_a_class_folder_is_judged_at_the_model_s_own_thresholds(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    report = evaluate(model, [drawn_faces / "val"], out=out, tta=True, threads=1).document()
    samples = read_classes(drawn_faces / "val", drawn_faces / "val")
    crops = np.stack([load_input(sample, SIZE, "stretch") for sample in samples])
    labels = np.array([sample.label for sample in samples])
    single = logits_by_hand(crops)
    both = (single + logits_by_hand(crops[:, :, ::-1])) / 2
    for mode, logits, cut in (("disabled", single, -0.1), ("enabled", both, 0.2)):
        row = rows_of(report)[mode]
        right = (logits >= cut) == (labels == 1)
        assert row["tn"] == right[labels == 0].sum()
        assert row["tp"] == right[labels == 1].sum()
        assert (row["count"], row["threshold_logit"], row["chosen_on"]) == (14, cut, "fixed")
    assert report["protocols"][0]["calibration"]["platt"] == {"scale": 2.0, "offset": 0.5, "fitted_on": "model file"}
    assert report["context"]["counts"] == {"val": {"female": 6, "male": 8}}
    assert json.loads((out / "report.json").read_text(encoding="utf-8")) == report
    assert "curves.png" not in report["figures"]
    assert {path.name for path in (out / "figures").iterdir()} == set(report["figures"])
    text = (out / "report.md").read_text(encoding="utf-8")
    assert "validation 6 women + 8 men" in text
    assert "trained by recipe `quick` on 7 women + 9 men" in text
    assert "SHA-256 `feed`" in text
    assert len(read_scores(out / "scores.parquet")) == 3 * 14


def test_views_are_scored_unless_they_are_not_wanted(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    for place, tta, modes in (("a", None, ["disabled", "enabled"]), ("b", False, ["disabled"])):
        report = evaluate(model, [drawn_faces / "val"], out=tmp_path / place, tta=tta)
        assert [row.tta for row in report.protocols[0].rows] == modes


def test_several_sources_are_shown_together_and_each_with_its_own_pictures(
    model: Path, drawn_faces: Path, tmp_path: Path
) -> None:
    first, second = drawn_faces / "val", tmp_path / "other"
    shutil.copytree(first, second)  # the same names
    for picture in second.glob("*/*"):
        shutil.copy(sorted((drawn_faces / "train" / "male").iterdir())[0], picture)
    report = evaluate(model, [first, second], out=tmp_path / "out", tta=False).document()
    whole, *each = (rows_of(report, i)["disabled"] for i in range(3))
    assert [p["name"].split(", ")[1] for p in report["protocols"]] == ["all images", str(first), str(second)]
    assert whole["count"] == 28
    for name in ("tp", "fp", "tn", "fn"):
        assert whole[name] == sum(row[name] for row in each)
    scores = read_scores(tmp_path / "out" / "scores.parquet")
    assert len(set(scores.path)) == 28
    # The copies are one image, so all have its score; the others do not.
    logits = [scores.take(scores.extra["data"] == source.as_posix()).logit for source in (first, second)]
    assert [len(set(part)) > 1 for part in logits] == [True, False]


def test_a_manifest_of_one_class_with_columns_named_like_ours(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    women = sorted((drawn_faces / "val" / "female").iterdir())
    source = manifest(drawn_faces / "women.csv", women, "female", label="x", view="front", age="30")
    report = evaluate(model, [source], out=tmp_path / "out").document()
    row = rows_of(report)["disabled"]
    assert (row["count"], row["tn"] + row["fp"], row["recall"], row["roc_auc"]) == (6, 6, None, None)
    assert "roc_pr.png" not in report["figures"]
    assert "recall of men" not in (tmp_path / "out" / "report.md").read_text(encoding="utf-8").split("## Results")[0]
    scores = read_scores(tmp_path / "out" / "scores.parquet")
    assert set(scores.label) == {0}
    assert (set(scores.extra["label_given"]), set(scores.extra["age"])) == ({"x"}, {"30"})


def test_a_data_set_s_own_test_split_is_what_is_evaluated(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    report = evaluate(model, [drawn_faces], out=tmp_path / "out", tta=False).document()
    assert rows_of(report)["disabled"]["count"] == 14


def test_figures_of_a_report_before_go(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    evaluate(model, [drawn_faces / "val"], out=out, tta=False)
    assert (out / "figures" / "roc_pr.png").exists()
    men = sorted((drawn_faces / "val" / "male").iterdir())
    evaluate(model, [manifest(drawn_faces / "men.csv", men, "male")], out=out, tta=False, overwrite=True)
    assert not (out / "figures" / "roc_pr.png").exists()


def test_a_report_before_does_not_stand_beside_new_scores(
    model: Path, drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("report.json", "report.md", "report.html", "scores.parquet"):
        (out / name).write_text("of before", encoding="utf-8")

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(evaluation, "build_report", interrupted)
    with pytest.raises(KeyboardInterrupt):
        evaluate(model, [drawn_faces / "val"], out=out, tta=False, overwrite=True)
    assert [path.name for path in out.iterdir()] == ["scores.parquet"]
    assert len(read_scores(out / "scores.parquet")) == 14


def test_pictures_there_twice_and_other_framing_are_named(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path
) -> None:
    aligned = write_model(METADATA.model_copy(update={"geometry": {"margin": 1.0}}))
    women = manifest(drawn_faces / "women.csv", sorted((drawn_faces / "val" / "female").iterdir()), "female")
    notes = evaluate(aligned, [drawn_faces / "val", women], out=tmp_path / "out", tta=False).context.notes
    assert notes[0].endswith("count each time: 6.")
    assert f"{women} is not the work of `align`, and the model was trained on such crops." in notes
    (drawn_faces / "align.json").write_text("{}", encoding="utf-8")
    other = evaluate(aligned, [drawn_faces / "val"], out=tmp_path / "other", tta=False).document()
    assert other["context"]["notes"] == []


def test_unreadable_pictures_stop_it_or_are_counted(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    broken = sorted((drawn_faces / "val" / "female").iterdir())[0]
    broken.write_bytes(b"")
    with pytest.raises(UnreadableError, match=rf"1 of 14 images cannot be read: .*{broken.name}.*--skip-unreadable"):
        evaluate(model, [drawn_faces / "val"], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
    report = evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", tta=False, skip_unreadable=True).document()
    assert list(report["context"]["unreadable"]) == [f"female/{broken.name}"]
    assert rows_of(report)["disabled"]["count"] == 13
    assert "cannot be read: 1 (" in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("data", "options", "error", "message"),
    [
        ([], {}, UserError, "name the labelled images"),
        (["nothing"], {}, UnreadableError, "no such folder or manifest"),
        (["faces/val", "faces/val"], {}, UserError, "twice"),
        (["faces/val"], {"out": "run"}, UserError, "holds a run"),
        (["faces/val"], {"out": "model.onnx"}, UserError, "is a file"),
        (["split"], {}, UserError, "name the split"),
        (["header.csv"], {}, UserError, "no labelled image"),
        (["women"], {}, UserError, "class folder missing"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    model: Path,
    drawn_faces: Path,
    tmp_path: Path,
    data: list[str],
    options: dict[str, str],
    error: type[Exception],
    message: str,
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "log.jsonl").write_text("", encoding="utf-8")
    (tmp_path / "header.csv").write_text("path,gender\n", encoding="utf-8")
    shutil.copytree(drawn_faces / "val", tmp_path / "split" / "val")
    shutil.copytree(drawn_faces / "val" / "female", tmp_path / "women" / "female")
    before = sorted(tmp_path.rglob("*"))
    out = tmp_path / options.get("out", "out")
    with pytest.raises(error, match=message) as raised:
        evaluate(model, [tmp_path / name for name in data], out=out)
    assert "\n" not in str(raised.value)
    assert sorted(tmp_path.rglob("*")) == before


def test_tta_of_a_model_without_views_is_refused(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    with pytest.raises(UserError, match="no views for --tta"):
        evaluate(write_model(), [drawn_faces / "val"], tta=True)


def test_a_prior_comes_first_with_probabilities_and_thresholds_of_its_population(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path
) -> None:
    counts = {"counts": {"train": {"female": 70, "male": 90}, "choose": {"female": 20, "male": 20}}, "init": INIT}
    model = write_model(METADATA.model_copy(update={"training": counts}))
    report = evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", tta=False, prior="male=0.9").document()
    first, released = report["protocols"]
    assert (first["name"], released["name"]) == ("corrected for male=0.9", "as released")
    added = float(np.log(9))
    assert first["calibration"]["platt"]["offset"] == pytest.approx(0.5 + added)
    assert first["thresholds"]["disabled"]["logit"] == pytest.approx(-0.1 - added / 2)
    assert released["thresholds"]["disabled"]["logit"] == -0.1
    assert "of these faces 57.1 % are labelled male" in " ".join(report["context"]["notes"])


def test_a_prior_for_a_model_that_does_not_tell_its_own_is_refused_before_anything_is_scored(
    model: Path, drawn_faces: Path, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match="does not tell how many women and men"):
        evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", prior="male=0.9")
    with pytest.raises(UserError, match="for example"):
        evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", prior="0.9")
    assert not (tmp_path / "out").exists()
