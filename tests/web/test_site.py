"""The site on the disk: whole or not at all, nothing of others replaced, and what it says of the model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from gender_classifier.errors import UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.system.files import sha256_of
from gender_classifier.web import site as module
from gender_classifier.web.runtime import FILES
from gender_classifier.web.site import web

PAGE = Path(module.__file__).with_name("page")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """No archive is needed: its files are empty."""
    monkeypatch.setattr(module, "runtime_files", lambda archive, tell: dict.fromkeys(FILES, b"\0asm"))


@pytest.mark.usefixtures("small")
def test_a_site_is_whole_and_says_what_the_model_is(tmp_path: Path) -> None:
    out = tmp_path / "below" / "site"
    web(out)
    about = json.loads((out / "model" / "model.json").read_text(encoding="utf-8"))
    classifier = GenderClassifier(threads=1)
    rule = DecisionRule.of_model(classifier.metadata)
    assert (about["name"], about["sha256"]) == ("release", sha256_of(classifier.path))
    assert (about["rule"]["threshold"], about["rule"]["band"]) == (rule.threshold, list(rule.band or ()))
    assert about["errors"]["confusion"].keys() == {"tn", "fp", "fn", "tp"}
    assert sha256_of(out / "model" / about["file"]) == about["sha256"]
    assert {path.name for path in (out / "runtime").iterdir()} == set(FILES)
    assert [path.name for path in out.parent.iterdir()] == ["site"]  # nothing is left beside it


@pytest.mark.usefixtures("small")
def test_a_model_without_a_report_has_plain_totals(tmp_path: Path, write_model: Callable[..., Path]) -> None:
    web(tmp_path / "site", write_model())
    about = json.loads((tmp_path / "site" / "model" / "model.json").read_text(encoding="utf-8"))
    assert (about["name"], about["errors"], about["rule"]["band"]) == ("model", None, None)
    assert about["geometry"]["size"] == 32


@pytest.mark.usefixtures("small")
def test_a_site_is_replaced_when_asked_and_another_folder_never(tmp_path: Path) -> None:
    out, other = tmp_path / "site", tmp_path / "other"
    web(out)
    (out / "old.txt").write_text("of an earlier version")
    with pytest.raises(UserError, match="holds a site already; --overwrite replaces it"):
        web(out)
    web(out, overwrite=True)
    assert not (out / "old.txt").exists()
    other.mkdir()
    (other / "index.html").write_text("mine")
    for overwrite in (False, True):
        with pytest.raises(UserError, match="is no site that `web` wrote; choose another name"):
            web(other, overwrite=overwrite)
    assert (other / "index.html").read_text() == "mine"


@pytest.mark.usefixtures("small")
def test_the_working_folder_is_not_replaced_below_a_shell_that_stands_in_it(
    tmp_path: Path, write_model: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    out.mkdir()
    model = write_model()
    monkeypatch.chdir(out)
    for name in (Path(), out, Path("..") / "site"):
        with pytest.raises(UserError, match="is the working folder, which cannot be replaced as a whole; name another"):
            web(name, model)
    web(Path("below"), model)
    assert Path("below/model/model.json").is_file()


@pytest.mark.usefixtures("small")
def test_a_failure_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "site"
    web(out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}

    def full(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "_listed", full)
    with pytest.raises(OSError, match="No space left"):
        web(out, overwrite=True)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


@pytest.mark.usefixtures("small")
def test_the_service_worker_knows_every_small_file_and_another_version_of_a_changed_site(tmp_path: Path) -> None:
    versions = []
    for place in range(2):
        out = tmp_path / str(place)
        web(out)
        listed = json.loads(re.sub(r"^self\.SITE = |;$", "", (out / "files.js").read_text(encoding="utf-8").strip()))
        files = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file()}
        large = {name for name in files if name.endswith((".wasm", ".onnx"))}
        assert set(listed["shell"]) == files - large - {"files.js", "sw.js"} | {"./"}
        versions.append(listed["version"])
    assert versions[0] == versions[1]  # the same files are the same site


def test_modules_name_no_other_server() -> None:
    for path in (path for path in PAGE.rglob("*") if path.suffix in (".js", ".html", ".css")):
        assert not re.search(
            r"(https?:)?//[\w-]+\.\w", re.sub(r"^\s*(//|\*).*$", "", path.read_text("utf-8"), flags=re.M)
        )
