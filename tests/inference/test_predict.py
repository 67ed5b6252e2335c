"""What `predict` refuses before a model is opened. The whole of it: `tests/cli/test_predict.py`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UserError
from gender_classifier.inference import predict as command
from gender_classifier.inference.predict import PredictOptions, _check_folders, predict


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"resume": True}, "--resume goes on with an --out file; name it"),
        ({"out": "a.csv", "faces_only": True, "annotate": "shown"}, "leave it out with --faces-only"),
        ({"out": "a.csv", "faces_only": True, "min_face": 1}, "--min-face: no faces are sought with --faces-only"),
        ({"out": "a.csv", "faces_only": True, "rotate": False}, "--no-rotate: no faces are sought with --faces-only"),
        ({"faces_only": True, "detector": "gone", "rotate": False}, "--detector, --no-rotate: no faces are sought"),
        ({"out": "a.txt"}, "a.txt"),
        ({"out": "there.csv"}, "is there already; --overwrite replaces it"),
        ({"out": "there.csv", "resume": True}, "no interrupted prediction beside it to go on with"),
        ({"out": "a.csv", "crops": "there.csv"}, "is a file; a folder is needed"),
        ({"out": "a.csv", "crops": "x", "explain": "./x"}, "--crops and --explain would write over one another"),
    ],
)
def test_options_that_cannot_go_together(
    given: dict[str, Any], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("there.csv").touch()
    options = PredictOptions(**{name: Path(v) if isinstance(v, str) else v for name, v in given.items()})
    with pytest.raises(UserError) as caught:
        predict(["a.jpg"], options)
    assert said in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["there.csv"]


def test_what_is_written_lies_where_no_images_are_sought(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "sub").mkdir(parents=True)
    full = tmp_path / "full"
    full.mkdir()
    (full / "a.txt").touch()
    paths = [photos / "a.jpg"]

    def refused(**given: Any) -> str:
        with pytest.raises(UserError) as caught:
            _check_folders([str(photos)], paths, PredictOptions(**given))
        return str(caught.value)

    for folder in (photos, tmp_path, photos / "." / "sub" / ".."):
        assert "lies where images are sought" in refused(crops=folder)
    assert "lies where images are sought" in refused(crops=photos / "sub", recursive=True)
    assert "is not empty; --overwrite replaces" in refused(annotate=full)
    _check_folders([str(photos)], paths, PredictOptions(annotate=full, overwrite=True))
    _check_folders([str(photos)], paths, PredictOptions(crops=photos / "sub", explain=tmp_path / "new"))


def test_what_cannot_be_read_for_the_journal_is_no_fault_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> Any:
        raise FileNotFoundError(2, "No such file or directory", "yunet.onnx")

    monkeypatch.setattr(command, "_settings", gone)
    given: Any = None
    with pytest.raises(FileNotFoundError, match=r"yunet\.onnx"):
        command._to_file(given, {}, PredictOptions(), tmp_path / "a.csv", given, {})
