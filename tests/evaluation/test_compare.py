"""What `compare` keeps and judges: scores once a model, tables where they overlap, an evaluation by its report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")

from gender_classifier.errors import ExitCode, UnreadableError
from gender_classifier.evaluation import compare as command
from gender_classifier.evaluation.compare import CompareOptions, compare_models
from gender_classifier.evaluation.evaluate import evaluate
from gender_classifier.metrics.scores import Scores, read_scores, write_scores

from ..comparing import compared, metadata, two_models
from ..small_model import save_model


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    return two_models(tmp_path)


def compare(*asked: Path, out: Path, overwrite: bool = False) -> ExitCode:
    return compare_models(asked, CompareOptions(out=out, draws=50, threads=1, overwrite=overwrite))


def test_scores_are_kept_and_one_more_model_costs_only_itself(
    models: tuple[Path, Path], drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, val = tmp_path / "out", drawn_faces / "val"
    other = save_model(tmp_path / "other.onnx", metadata(0.7))
    scored: list[Path] = []
    real = command.score_groups
    monkeypatch.setattr(
        command,
        "score_groups",
        lambda classifier, *rest, **more: (scored.append(classifier.path), real(classifier, *rest, **more))[1],
    )
    assert compare(*models, val, out=out) == ExitCode.FINE
    first = compared(out)
    assert compare(*models, other, val, out=out, overwrite=True) == ExitCode.FINE
    assert scored == [models[0], models[1] / "model.onnx", other]
    assert compared(out)["file"]["values"] == first["file"]["values"]
    picture = next((val / "male").iterdir())
    picture.write_bytes(next((val / "female").iterdir()).read_bytes())
    assert compare(models[0], other, val, out=out, overwrite=True) == ExitCode.FINE
    assert scored[3:] == [models[0], other]  # the images are not the same any more


def test_tables_alone_are_compared_where_they_overlap(
    models: tuple[Path, Path], drawn_faces: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evaluate(models[0], [drawn_faces / "val"], out=tmp_path / "ev", threads=1)
    rows = read_scores(tmp_path / "ev" / "scores.parquet").select(view="identity")
    fewer = rows.take(np.arange(1, len(rows)))
    noisy = Scores(**{**vars(fewer), "logit": fewer.logit + np.random.default_rng(0).normal(0, 0.3, len(fewer))})
    write_scores(noisy, tmp_path / "noisy.csv")
    out = tmp_path / "out"
    compare(tmp_path / "ev", tmp_path / "noisy.csv", out=out)
    said = capsys.readouterr().err
    assert "1 faces that not all of them have are left out" in said
    assert "ev: threshold and calibration as in its report, protocol `as released`" in said
    found = compared(out)
    assert {name: model["threshold"] for name, model in found.items()} == {"ev": -0.1, "noisy": 0.0}
    assert not (out / "changed.png").exists()
    # With the images named, tables and models stand side by side.
    compare(tmp_path / "noisy.csv", models[1], drawn_faces / "val", out=out, overwrite=True)
    assert list(compared(out)) == ["noisy", "run"]
    (tmp_path / "ev" / "report.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"ev/report\.json: not a report that `train` or `evaluate` wrote"):
        compare(tmp_path / "ev", tmp_path / "noisy.csv", out=out, overwrite=True)


def test_names_are_as_short_as_tells_them_apart(tmp_path: Path) -> None:
    places = [tmp_path / "a" / "run" / "model.onnx", tmp_path / "b" / "run" / "model.onnx", tmp_path / "other.onnx"]
    assert list(command._names(places)) == [
        "a/run/model",
        "b/run/model",
        f"{tmp_path.parent.name}/{tmp_path.name}/other",
    ]
    assert list(command._names(places[1:])) == ["model", "other"]
