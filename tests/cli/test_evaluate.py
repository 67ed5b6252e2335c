"""`evaluate` through the command line: its options arrive, and without images a run's own report is made again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gender_classifier.evaluation import evaluate as evaluation

from ..running import call


def test_every_option_arrives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}

    def evaluate(source: Path, data: list[Path], **options: Any) -> None:
        given.update(source=source, data=data, **options)

    monkeypatch.setattr(evaluation, "evaluate", evaluate)
    flags = ("--no-tta", "--skip-unreadable", "--photos", "--overwrite")
    named = ("--out", "judged", "--threads", "2", "--prior", "male=0.77", "--corrections", "labels.csv")
    assert call("evaluate", "run", "a", "b.csv", *flags, *named).code == 0
    assert given == {
        "source": Path("run"),
        "data": [Path("a"), Path("b.csv")],
        "out": Path("judged"),
        "tta": False,
        "skip_unreadable": True,
        "threads": 2,
        "prior": "male=0.77",
        "corrections": Path("labels.csv"),
        "photos": True,
        "overwrite": True,
    }
    given.clear()
    assert call("evaluate", "run", "a").code == 0
    assert (given["tta"], given["out"], given["overwrite"]) == (None, None, False)


@pytest.mark.parametrize("option", ["--skip-unreadable", "--overwrite"])
def test_options_that_would_do_nothing_are_refused(tmp_path: Path, option: str) -> None:
    done = call("evaluate", tmp_path, option)
    assert (done.code, "--skip-unreadable and --overwrite go with images" in done.error) == (2, True)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--corrections", "labels.csv"), "--corrections goes with images to evaluate on"),
        (("--out", "judged"), "--out, --tta, --prior and --photos go with images"),
        (("--photos",), "go with images to evaluate on"),
    ],
)
def test_a_run_s_own_images_take_no_options_of_others(tmp_path: Path, options: tuple[str, ...], message: str) -> None:
    pytest.importorskip("torch")
    done = call("evaluate", tmp_path, *options)
    assert (done.code, message in done.error) == (2, True)
