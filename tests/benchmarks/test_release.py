"""The release benchmark: what is done to images, what is counted, and what is printed."""

from __future__ import annotations

import csv
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.corruptions.image import KINDS
from gender_classifier.images.resize import fit
from gender_classifier.metrics.classification import wilson
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    ModelMetadata,
    ThresholdPart,
    TtaPart,
)

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
Picture = NDArray[np.uint8]


@pytest.fixture(scope="module", autouse=True)
def path() -> Iterator[None]:
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


class ByBrightness:
    """Stands for a model: the brighter the crop, the more male."""

    def __init__(self, path: Path, threads: int | None = None, **metadata: Any) -> None:
        self.path = path
        given = {"input_size": 64, "threshold": ThresholdPart(logit=0.5), **metadata}
        self.metadata = ModelMetadata(**given)

    def score_crops(self, crops: Picture, views: Sequence[str] = ("identity",), batch_size: int = 32) -> Any:
        assert crops.shape[1:] == (self.metadata.input_size,) * 2 + (3,)
        logits = (crops.mean(axis=(1, 2, 3)) - 128.0) / 16.0
        # The second view is brighter by one, so that it matters which are averaged.
        return np.stack([logits + i for i in range(len(views))]).astype(np.float32)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"not read")
    return file


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Test 1 to 24 and valid 1 to 6; women, the first in the file, are dark; every sixth image is wrong."""
    rows = []
    for split, count in (("test", 24), ("valid", 6)):
        for number in range(1, count + 1):
            gender = ("female", "male")[number % 2]
            bright = (gender == "male") != (number % 6 == 0)
            name = f"{split}/{gender}/{number}.png"
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (224, 224), (160,) * 3 if bright else (90,) * 3).save(tmp_path / name)
            race, age = ("White", "Black")[number > 12], ("3-9", "20-29")[number % 3 > 0]
            rows.append({"path": name, "split": split, "gender": gender, "race": race, "age": age})
    file = tmp_path / "manifest.csv"
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["path"]))
    return file


def bench(model: Path, manifest: Path | None = None, limit: int | None = None, **metadata: Any) -> Any:
    return module("_release_bench").Bench(ByBrightness(model, **metadata), manifest, limit=limit)


def photo(seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    return np.asarray(Image.fromarray(rng.integers(0, 256, (7, 7, 3), np.uint8)).resize((224, 224), 3), np.uint8)


def test_pictures_are_taken_by_number_not_in_the_manifests_order(model: Path, manifest: Path) -> None:
    taken = bench(model, manifest, limit=4).samples["test"]
    assert [Path(s.name).stem for s in taken] == ["1", "2", "3", "4"]
    assert [s.label for s in taken] == [1, 0, 1, 0]


def test_a_smaller_face_is_averaged_and_comes_back_at_the_networks_size() -> None:
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[::2] = 200
    small = module("_release_pictures").reduced(28, 96)(picture, 0)
    assert small.shape == (96, 96, 3)
    assert np.abs(small.astype(int) - 100).max() <= 1  # without a low-pass filter stripes of 0 or 200 are left


def test_chance_of_a_degradation_is_a_function_of_number_and_kind() -> None:
    degraded = module("_release_pictures").degraded
    picture = photo()
    for kind in ("noise", "occlusion"):
        first, other = degraded(kind, 64)(picture, 3), degraded(kind, 64)(picture, 4)
        np.testing.assert_array_equal(degraded(kind, 64)(picture, 3), first)
        assert (first != other).any()


def test_the_peers_changes() -> None:
    changes = module("_release_pictures").PEERS_CHANGES
    picture = photo()
    changed = {name: change(picture) for name, change in changes.items()}
    np.testing.assert_array_equal(changed["clean"], picture)
    assert abs(changed["brightness × 0.3"].mean() - 0.3 * picture.mean()) < 0.5
    assert all(c.shape == picture.shape and c.dtype == np.uint8 for c in changed.values())
    point = np.zeros((224, 224, 3), np.uint8)
    point[112, 112] = 255
    row = changes["blur σ 3"](np.repeat(point[112:113], 224, axis=0))[112, :, 0].astype(float)
    x = np.arange(224)
    mean = (row * x).sum() / row.sum()
    assert np.sqrt((row * (x - mean) ** 2).sum() / row.sum()) == pytest.approx(3.0, abs=0.15)
    assert len({c.tobytes() for c in changed.values()}) == len(changes)


@pytest.mark.parametrize("size", [224, 128, 96])
def test_an_untouched_framing_is_the_plain_resize(size: int) -> None:
    picture = photo()
    framed = module("_release_pictures").framed(size)(picture, 0)
    assert np.abs(framed.astype(int) - fit(picture, size)).max() <= 1


def spot(size: int, **how: float) -> NDArray[np.float64]:
    """Where a bright spot right of the middle and above it lands, in shares of the side from the middle."""
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[84:92, 144:152] = 255  # its middle is at (147.5, 87.5): 36 right of (111.5, 111.5) and 24 above
    framed = module("_release_pictures").framed(size, **how)(picture, 0)[..., 0].astype(float)
    y, x = np.mgrid[:size, :size]
    return np.array([(framed * x).sum(), (framed * y).sum()]) / framed.sum() / size - (size - 1) / 2 / size


@pytest.mark.parametrize("size", [224, 112])
def test_framing_moves_the_face(size: int) -> None:
    here = np.array([36.0, -24.0]) / 224
    np.testing.assert_allclose(spot(size), here, atol=2e-3)
    np.testing.assert_allclose(spot(size, right=0.1), here + np.array([0.1, 0.0]), atol=2e-3)
    np.testing.assert_allclose(spot(size, down=-0.15), here - np.array([0.0, 0.15]), atol=2e-3)
    np.testing.assert_allclose(spot(size, scale=1.25), 1.25 * here, atol=2e-3)
    # Clockwise a quarter turn brings what is right of the middle below it.
    np.testing.assert_allclose(spot(size, degrees=90.0), [-here[1], here[0]], atol=2e-3)


def test_batches_come_in_order() -> None:
    made = module("_release_bench").ahead(lambda start: np.full(1, start, np.uint8), range(0, 100, 32))
    assert [int(batch[0]) for batch in made] == [0, 32, 64, 96]


def test_rates() -> None:
    rates = module("_release_bench").rates
    labels, logits = np.array([0, 0, 0, 1, 1]), np.array([-1.0, -1.0, 1.0, 1.0, 1.0])
    found = rates(labels, logits, 0.0)
    assert (found["count"], found["right"], found["accuracy"]) == (5, 4, 0.8)
    assert found["interval"] == list(wilson(4, 5))
    assert found["men_minus_women"] == pytest.approx(1 / 3)
    women = rates(labels[:3], logits[:3], 0.0)
    assert women["recall_male"] is women["men_minus_women"] is women["roc_auc"] is None


def test_unanswered_are_those_within_the_band(model: Path) -> None:
    b = bench(model, calibration=CalibrationPart(scale=2.0, offset=0.0))
    labels, logits = np.array([1, 0, 1, 0]), np.array([3.0, 0.1, -0.1, -3.0])
    found = module("_release_parts").answered(b, labels, logits, "single", (0.2, 0.8))
    assert (found["unanswered"], found["count"], found["accuracy"]) == (0.5, 2, 1.0)
    none = module("_release_parts").answered(b, labels, logits, "single", (0.0, 1.0))
    assert (none["unanswered"], none["accuracy"]) == (1.0, None)


def test_views_are_averaged_and_have_their_own_threshold(model: Path, manifest: Path) -> None:
    b = bench(model, manifest, tta=TtaPart(views=["hflip", "zoom_in"], threshold_logit=2.0))
    found = b.modes(b.test.pictures)
    np.testing.assert_allclose(found["tta"] - found["single"], 1.5, atol=1e-6)
    assert (b.cut("single"), b.cut("tta")) == (0.5, 2.0)


def test_groups(model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = module("_release_parts")
    monkeypatch.setattr(parts, "SMALLEST_GROUP", 4)
    found = parts.groups(bench(model, manifest))
    # Of each six in a row one is wrong: a woman, number 6, 12, …, at an age of 3-9.
    assert {row["group"]: row["accuracy"] for row in found["races"]} == pytest.approx(
        {"White": 10 / 12, "Black": 10 / 12}
    )
    assert found["spread"] == 0.0
    assert [row["group"] for row in found["ages"]] == ["3-9", "20-29"]
    assert found["worst"]["count"] >= 4
    assert found["worst"]["accuracy"] == min(r["accuracy"] for r in found["intersections"] if r["count"] >= 4)
    assert [(row["group"], row["accuracy"]) for row in found["children"]] == [("3-9", 0.5)]
    assert min(row["accuracy"] for row in found["intersections"]) == 0.0  # of two: too few to be called the worst


def test_degradations_are_compared_with_the_same_pictures(model: Path, manifest: Path) -> None:
    b = bench(model, manifest)
    b.degrade_limit = 5
    found = module("_release_parts").degradations(b)
    assert [row["kind"] for row in found["rows"]] == list(KINDS)
    assert {row["count"] for row in found["rows"]} == {5} == {found["clean"]["count"]}
    assert found["clean"]["accuracy"] == 1.0  # the first that is wrong is the sixth
    assert found["kept"] == pytest.approx(np.mean([row["accuracy"] for row in found["rows"]]))
    assert found["kept"] < 1.0


def test_facecom_takes_the_central_square_where_no_face_is(
    model: Path, tmp_path: Path, astronaut: NDArray[np.uint8]
) -> None:
    for gender, picture in (("female", astronaut), ("male", np.full((120, 90, 3), 255, np.uint8))):
        (tmp_path / "val" / gender).mkdir(parents=True)
        Image.fromarray(picture).save(tmp_path / "val" / gender / "1.png")
    b = bench(model)
    b.facecom, b.threads = tmp_path / "val", 1
    found = module("_release_parts").facecom(b)
    assert found["no_face"] == ["male/1.png"]
    assert found["modes"]["single"]["recall_male"] == 1.0
    assert found["modes"]["single"]["count"] == 2


@pytest.mark.parametrize(
    ("value", "most", "verdict"),
    [
        (0.957, False, "stretch"),
        (0.94, False, "yes"),
        (0.96 - 0.02, False, "yes"),
        (0.925, False, "short by 1.50 points"),
        (None, False, "–"),
        (0.02, True, "stretch"),
        (0.97, True, "over by 3.00 points"),
    ],
)
def test_verdict(value: float | None, most: bool, verdict: str) -> None:
    asked = module("_release_tables").Asked("accuracy", "fairface", 0.94, 0.02 if most else 0.957, lambda f: 0.0, most)
    assert asked.verdict(value) == verdict


def run(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **options: Any
) -> tuple[str, str]:
    script = module("release")
    monkeypatch.setattr(script, "GenderClassifier", ByBrightness)
    script.main(model, **options)
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_everything_is_printed_and_written(
    model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = model.parent / "reports" / "release.json"
    printed, progress = run(model, monkeypatch, capsys, fairface=manifest, framing_limit=3, degrade_limit=3, out=out)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert list(report["parts"]) == [name for name in module("_release_parts").PARTS if name != "facecom"]
    assert progress.count(" s\n") == 6
    asked = {row["figure"]: row for row in report["asked"]}
    assert len(asked) == len(module("_release_tables").ASKED) - 1  # FACECOM's is not measured
    accuracy = asked["FairFace test, accuracy, single view"]
    assert (accuracy["value"], accuracy["asked"]) == (20 / 24, 0.94)
    line = "| FairFace test, accuracy, single view | 83.33 % | at least 94.00 % | 95.70 % | short by 10.67 points |"
    assert line in printed.splitlines()
    columns = 0
    for text in printed.splitlines():  # each table's rows are as wide as its heading
        count = text.count("|")
        assert count == columns or not columns or not count
        columns = count
    rows = report["parts"]["framing"]["rows"]
    assert len(rows) == 7 + 7 + 5 + 7
    assert len({row["accuracy"] for row in rows if row["amount"] in (0.0, 1.0)}) == 1


def test_the_band_is_looked_at_on_valid_and_test(model: Path, manifest: Path) -> None:
    b = bench(model, manifest, uncertain_band=(0.2, 0.8), tta=TtaPart(views=["identity", "hflip"]))
    found = module("_release_parts").fairface(b)
    assert [(row["split"], row["mode"]) for row in found["band"]["rows"]] == [
        ("valid", "single"),
        ("valid", "tta"),
        ("test", "single"),
        ("test", "tta"),
    ]
    table = module("_release_tables").TABLES["fairface"](found)
    assert any("valid | single view" in line for line in table)


def test_a_part_alone(
    model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed, _progress = run(model, monkeypatch, capsys, fairface=manifest, only=["peers"], limit=2)
    assert "## Beside the peers" in printed
    assert "## By race" not in printed
    assert "at most 2 images" in printed


def test_other_parts_of_the_same_model_and_options_stay(
    model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = model.parent / "release.json"
    run(model, monkeypatch, capsys, fairface=manifest, only=["framing"], limit=2, out=out)
    printed, _progress = run(model, monkeypatch, capsys, fairface=manifest, only=["peers"], limit=2, out=out)
    assert "## Beside the peers" in printed
    assert list(json.loads(out.read_text(encoding="utf-8"))["parts"]) == ["peers", "framing"]
    run(model, monkeypatch, capsys, fairface=manifest, only=["peers"], limit=3, out=out)
    assert list(json.loads(out.read_text(encoding="utf-8"))["parts"]) == ["peers"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"only": ["colour"]}, "--only colour: no such part; known are fairface,"),
        ({"only": ["facecom"]}, "--facecom: images are needed for facecom"),
        ({}, "--fairface: images are needed"),
    ],
)
def test_wrong_use_is_one_line(
    options: dict[str, Any],
    message: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        run(model, monkeypatch, capsys, **options)
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1


def test_it_needs_no_torch() -> None:
    code = "import release, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, check=True)
