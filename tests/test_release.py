"""What a release says of itself agrees: version, citation, changelog, supported versions, what a public host runs."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

import gender_classifier

REPOSITORY = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SUPPORTED = [c.rsplit(" ", 1)[1] for c in PROJECT["classifiers"] if re.search(r"Python :: 3\.\d+$", c)]


def read(path: str) -> Any:
    return yaml.safe_load((REPOSITORY / path).read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version_and_whole() -> None:
    citation = read("CITATION.cff")
    assert citation["version"] == gender_classifier.__version__
    assert {"cff-version", "message", "title", "authors"} <= set(citation)  # what the format asks for
    assert citation["license"] == PROJECT["license"]
    assert all(ref["type"] and ref["title"] and ref["authors"] for ref in citation["references"])


def test_the_changelog_tells_of_this_version() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[(.+?)\](?: - (\d{4}-\d{2}-\d{2}))?$", text, re.MULTILINE)
    assert headings[0][0] == "Unreleased"
    released = [name for name, date in headings if date]
    assert released[:1] in ([], [gender_classifier.__version__])
    told = re.findall(r"^## \[.+?\].*?\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert len(re.findall(r"^- ", told[1 if released else 0], re.MULTILINE)) > 10


def test_supported_versions_are_the_same_everywhere() -> None:
    assert SUPPORTED == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={SUPPORTED[0]}"
    workflow = read(".github/workflows/ci.yml")
    assert workflow["jobs"]["all"]["strategy"]["matrix"]["python"] == SUPPORTED
    for name in ("README.md", "SECURITY.md"):
        assert f"Python {SUPPORTED[0]} to {SUPPORTED[-1]}" in (REPOSITORY / name).read_text(encoding="utf-8")


def test_the_workflow_runs_what_there_is() -> None:
    text = (REPOSITORY / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    assert "bash .ci/run" in text
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    script = (REPOSITORY / ".ci" / "run").read_text(encoding="utf-8")
    for target in [*re.findall(r"make ([a-z-]+)", text), *re.findall(r"^step ([a-z-]+)", script, re.MULTILINE)]:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert "step dist" in script
    assert read(".github/workflows/ci.yml")["permissions"] == {"contents": "read"}


WITHOUT_ASKING = {"README.md", "LICENSE", "pyproject.toml", ".gitignore", "build"}
"""What hatchling takes into every source archive, and the folder that tests make themselves."""


def named_in_tests() -> set[str]:
    """What tests look for in the repository: names at its top."""
    text = "".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "tests").rglob("*.py"))
    told = re.findall(r'(?:REPOSITORY|ROOT|parents\[2\]) / "([^"/]+)', text) + re.findall(r'\bread\("([^"/]+)', text)
    assert {"Dockerfile", ".ci", ".github", "weights", "src"} <= set(told)
    return set(told)


def test_the_source_archive_holds_what_tests_and_readers_need() -> None:
    pyproject = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
    included = pyproject["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/src", "/tests", "/docs", "/SECURITY.md", "/CITATION.cff"} <= set(included)
    assert [name for name in included if not (REPOSITORY / name.lstrip("/")).exists()] == []
    assert "/weights/README.md" in included
    assert "/weights" not in included  # the starting weights are too large
    assert named_in_tests() - {name.split("/")[1] for name in included} - WITHOUT_ASKING == set()


@pytest.mark.parametrize("name", ["SECURITY.md", "CITATION.cff", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_the_readme_leads_to(name: str) -> None:
    assert f"]({name})" in (REPOSITORY / "README.md").read_text(encoding="utf-8")
