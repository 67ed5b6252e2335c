"""`robustness`: tables, figure and sheet of models on the same images; goes on, and scores nothing twice."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")

from matplotlib.figure import Figure

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.evaluation import robustness as command
from gender_classifier.evaluation.cells import Scored
from gender_classifier.evaluation.robustness import run_robustness
from gender_classifier.metrics.robustness import LEVELS
from gender_classifier.metrics.scores import read_scores
from gender_classifier.model_files.metadata import ThresholdPart
from gender_classifier.report import robustness_page as shown
from gender_classifier.system.files import sha256_of

from ..degrading import KINDS, METADATA, model, report_in
from ..running import call

__all__ = ["model"]  # the fixture


@pytest.fixture
def other(model: Path, write_model: Callable[..., Path]) -> Path:
    file = write_model(METADATA.model_copy(update={"threshold": ThresholdPart(logit=0.3)}))
    return file.rename(file.with_name("second.onnx"))


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many logits each image cost, in a list that grows as images are done."""
    counts: list[int] = []
    score_cells = command.score_cells

    def counted(*arguments: Any, **options: Any) -> Iterator[Scored]:
        for scored in score_cells(*arguments, **options):
            counts.append(sum(map(len, scored.fresh.values())))
            yield scored

    monkeypatch.setattr(command, "score_cells", counted)
    return counts


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the contact sheet and the figure, which one test looks at."""
    monkeypatch.setattr(command, "sheet", lambda cells, seed: [])
    monkeypatch.setattr(shown, "write_sheet", lambda sheet, path: None)
    monkeypatch.setattr(shown, "heat_maps", lambda tables: Figure())


@pytest.mark.usefixtures("quick")
def test_a_second_run_scores_nothing_and_one_more_model_only_its_own(
    model: Path, other: Path, drawn_faces: Path, tmp_path: Path, fresh: list[int]
) -> None:
    out, cells = tmp_path / "out", 2 * LEVELS + 1
    run_robustness([model], drawn_faces / "val", out, kinds=KINDS)
    assert fresh == [cells] * 14
    first = report_in(out)
    fresh.clear()
    run_robustness([model], drawn_faces / "val", out, kinds=KINDS)
    assert fresh == [0] * 14
    assert report_in(out) == first
    fresh.clear()
    moved = tmp_path / "run" / "model.onnx"
    moved.parent.mkdir()
    shutil.move(model, moved)
    shutil.move(drawn_faces / "val", tmp_path / "elsewhere")
    run_robustness([moved, other], tmp_path / "elsewhere", out, kinds=KINDS)
    assert fresh == [cells] * 14
    both = report_in(out)["models"]
    assert both["run"]["cells"] == first["models"]["first"]["cells"]
    assert set(both) == {"run", "second"}
    fresh.clear()
    run_robustness([moved], tmp_path / "elsewhere", out, kinds=["fog", *KINDS], seed=0)
    assert fresh == [LEVELS] * 14


@pytest.mark.usefixtures("quick")
def test_an_interrupted_run_goes_on(
    model: Path, drawn_faces: Path, tmp_path: Path, fresh: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = command.score_cells

    def stopped(*arguments: Any, **options: Any) -> Iterator[Scored]:
        for number, scored in enumerate(counted(*arguments, **options)):
            if number == 5:
                raise KeyboardInterrupt
            yield scored

    with monkeypatch.context() as patch:
        patch.setattr(command, "score_cells", stopped)
        done = call("robustness", model, drawn_faces / "val", "--out", tmp_path / "out", "--kinds", "jpeg")
    assert done.code == ExitCode.INTERRUPTED
    assert done.error.endswith("stopped; what was done is kept, the same command goes on")
    assert not (tmp_path / "out" / "robustness.json").exists()
    fresh.clear()
    assert call("robustness", model, drawn_faces / "val", "--out", tmp_path / "out", "--kinds", "jpeg").code == 0
    assert fresh == [0] * 5 + [LEVELS + 1] * 9


@pytest.mark.usefixtures("quick")
def test_a_limit_draws_from_both_classes_and_a_larger_one_adds(
    model: Path, drawn_faces: Path, tmp_path: Path, fresh: list[int]
) -> None:
    run_robustness([model], drawn_faces / "val", tmp_path / "out", kinds=["jpeg"], limit=5)
    report = report_in(tmp_path / "out")
    assert sum(report["context"]["counts"].values()) == 5
    assert min(report["context"]["counts"].values()) > 0
    assert report["context"]["drawn"]
    fresh.clear()
    run_robustness([model], drawn_faces / "val", tmp_path / "out", kinds=["jpeg"], limit=8)
    assert sorted(fresh) == [0] * 5 + [LEVELS + 1] * 3


@pytest.mark.usefixtures("quick")
def test_pictures_that_cannot_be_read_are_left_out_and_told(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    pictures = sorted((drawn_faces / "val").glob("*/*"))
    pictures[0].write_bytes(b"")
    asked = ("robustness", model, drawn_faces / "val", "--out", tmp_path / "out", "--kinds", "jpeg")
    done = call(*asked)
    assert done.code == ExitCode.FOUND_WRONG
    assert f"1 of 14 images cannot be read and are left out: {pictures[0]}: empty file" in done.err
    assert report_in(tmp_path / "out")["models"]["first"]["count"] == 13
    assert "1 image cannot be read" in (tmp_path / "out" / "robustness.md").read_text(encoding="utf-8")
    for picture in pictures:
        picture.write_bytes(b"")
    done = call(*asked)
    assert done.code == ExitCode.UNREADABLE
    assert "none of its 14 images can be read" in done.error


@pytest.mark.usefixtures("quick")
def test_models_of_one_name_are_told_apart(model: Path, other: Path, drawn_faces: Path, tmp_path: Path) -> None:
    twin = tmp_path / "elsewhere" / "first.onnx"
    twin.parent.mkdir()
    shutil.move(other, twin)
    run_robustness([model, twin], drawn_faces / "val", tmp_path / "out", kinds=["jpeg"])
    assert set(report_in(tmp_path / "out")["models"]) == {"first", f"first-{sha256_of(twin)[:8]}"}


@pytest.mark.parametrize(
    ("models", "options", "message"),
    [
        (["first.onnx"], {"kinds": ["fog,mist"]}, "--kinds mist: no such degradation; known are blur, "),
        (["first.onnx", "copy.onnx"], {}, "the same model as"),
        (["none.onnx"], {}, "no such model file"),
        (["first.onnx"], {"out": "copy.onnx"}, "is a file"),
        (["first.onnx"], {"data": "none"}, "no such folder or manifest"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    models: list[str], options: dict[str, Any], message: str, model: Path, drawn_faces: Path, tmp_path: Path
) -> None:
    shutil.copy(model, tmp_path / "copy.onnx")
    before = sorted(tmp_path.rglob("*"))
    data, out = tmp_path / options.get("data", "faces/val"), tmp_path / options.get("out", "out")
    with pytest.raises(UserError, match=message) as raised:
        run_robustness([tmp_path / name for name in models], data, out, kinds=options.get("kinds", ()))
    assert "\n" not in str(raised.value)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.usefixtures("quick")
def test_further_columns_come_along(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    rows = [
        f"{p.relative_to(drawn_faces).as_posix()},{p.parent.name},{i % 3},x"
        for i, p in enumerate(sorted((drawn_faces / "val").glob("*/*")))
    ]
    (drawn_faces / "some.csv").write_text("\n".join(["path,gender,race,kind", *rows]), encoding="utf-8")
    run_robustness([model], drawn_faces / "some.csv", tmp_path / "out", kinds=["jpeg"])
    scores = read_scores(tmp_path / "out" / "scores" / "first.parquet")
    assert set(scores.extra) == {"kind", "level", "race", "kind_given"}
    assert (scores.extra["race"][:14] == scores.extra["race"][14:28]).all()
    assert np.unique(scores.extra["kind_given"].astype(str)).tolist() == ["x"]
