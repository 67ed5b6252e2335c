"""The examples of docstrings do what they say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

import gender_classifier

SOURCE = Path(gender_classifier.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
    for path in SOURCE.rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)
NEEDS = {"gender_classifier.networks": "torch", "gender_classifier.training": "torch"}
NEEDS |= {"gender_classifier.server": "fastapi", "gender_classifier.video": "av"}


@pytest.mark.parametrize("name", MODULES)
def test_examples_of(name: str) -> None:
    for room, extra in NEEDS.items():
        if name.startswith(room):
            pytest.importorskip(extra)
    module = importlib.import_module(name)
    found = doctest.testmod(module, optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0
    assert sum(len(test.examples) for test in doctest.DocTestFinder().find(module)) > 0  # some only show
