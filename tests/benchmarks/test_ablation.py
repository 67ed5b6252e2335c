"""The ablation trains what differs, and reads what would come out the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from gender_classifier.runs.folder import RunFolder

from .conftest import module

pytest.importorskip("torch")


def ended(run: Path, reason: str) -> None:
    run.mkdir()
    lines = [{"kind": "start"}, {"kind": "end", "reason": reason}]
    RunFolder(run).log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def test_a_run_that_was_not_stopped_early_is_that_without_stopping(tmp_path: Path) -> None:
    ablation = module("ablation")
    ended(tmp_path / "all-techniques-0", "finished")
    ended(tmp_path / "all-techniques-1", "early stopping")
    folders = [ablation.folder_of(tmp_path, "no early stopping", seed).name for seed in (0, 1)]
    assert folders == ["all-techniques-0", "no-early-stopping-1"]


def test_thresholds_alone_need_no_training(tmp_path: Path) -> None:
    ablation = module("ablation")
    names = [name for name in ablation.VARIANTS if name != "no early stopping"]
    own = {name for name in names if "all-techniques" not in str(ablation.folder_of(tmp_path, name, 0))}
    assert set(names) - own == {"all techniques", "threshold 0.5"}


def test_each_variant_is_judged_by_its_own_threshold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ablation = module("ablation")
    asked: list[dict[str, Any]] = []

    def trained(data: Path, run: Path, **how: Any) -> str:
        asked.append({"run": run.name, **how})
        return run.name

    monkeypatch.setattr(ablation, "trained", trained)
    monkeypatch.setattr(ablation, "row", lambda *_: None)
    monkeypatch.setattr(ablation, "epochs_of", lambda _: 8)
    monkeypatch.setattr(ablation, "line", lambda name, *_: name)
    ablation.main(
        tmp_path, tmp_path, init="none", seeds=2, config="facecom", changes=[], only=["threshold 0.5", "Adam"]
    )
    assert [call["run"] for call in asked] == [
        "all-techniques-0", "all-techniques-1", "all-techniques-0", "all-techniques-1", "Adam-0", "Adam-1",
    ]  # fmt: skip
    assert [call["judged"] for call in asked[::2]] == [[], ["threshold.enabled=false"], []]
    assert asked[-1]["changes"] == ["optimizer.name=adam"]


def test_runs_that_are_kept_are_not_trained_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ablation = module("ablation")
    asked: list[str] = []

    def trained(data: Path, run: Path, **how: Any) -> str:
        asked.append(run.name)
        return run.name

    def row(report: str, protocol: str, split: str, tta: str) -> Any:
        accuracy = {"disabled": 0.9, "enabled": 0.95}[tta] + int(report[-1]) / 100
        return ablation.Figures(accuracy=accuracy, recall_female=0.8, balanced_accuracy=accuracy, roc_auc=0.97)

    monkeypatch.setattr(ablation, "trained", trained)
    monkeypatch.setattr(ablation, "row", row)
    monkeypatch.setattr(ablation, "epochs_of", lambda run: 8 - int(run.name[-1]))
    keep = tmp_path / "kept.json"

    def table(seeds: int, config: str = "facecom") -> None:
        ablation.main(tmp_path, tmp_path, "none", seeds, config, changes=[], only=["Adam"], keep=keep)

    table(1)
    assert asked == ["all-techniques-0", "Adam-0"]
    table(2)
    assert asked[2:] == ["all-techniques-1", "Adam-1"]
    table(2)
    assert len(asked) == 4
    first, second = ablation.Kept.read(keep).runs["all-techniques-1"]
    assert (first.accuracy, second.accuracy) == (0.91, 0.96)
    assert ablation.Kept.read(keep).epochs["all-techniques-1"] == 7
    with pytest.raises(typer.BadParameter, match="name another file"):
        table(2, config="quick")


def test_a_run_that_was_stopped_early_has_fewer_epochs(tmp_path: Path) -> None:
    ablation = module("ablation")
    (tmp_path / "run").mkdir()
    lines = [{"kind": "start"}, {"kind": "step"}, {"kind": "epoch"}, {"kind": "step"}, {"kind": "epoch"}]
    lines.append({"kind": "end"})
    RunFolder(tmp_path / "run").log.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    assert ablation.epochs_of(tmp_path / "run") == 2


def test_the_table_shows_mean_epochs_before_the_differences(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ablation = module("ablation")
    figures = ablation.Figures(accuracy=0.9, recall_female=0.8, balanced_accuracy=0.85, roc_auc=0.97)
    monkeypatch.setattr(ablation, "trained", lambda *_, **__: None)
    monkeypatch.setattr(ablation, "row", lambda *_: figures)
    monkeypatch.setattr(ablation, "epochs_of", lambda run: {"Adam-0": 3, "Adam-1": 6}.get(run.name, 8))
    ablation.main(tmp_path, tmp_path, "none", 2, "facecom", changes=[], only=["Adam"])
    header, _, full, _, adam = capsys.readouterr().out.splitlines()
    assert [cell.strip() for cell in header.split("|")][6:8] == ["epochs", "difference in balanced accuracy"]
    assert [[cell.strip() for cell in row.split("|")][6] for row in (full, adam)] == ["8.0", "4.5"]
