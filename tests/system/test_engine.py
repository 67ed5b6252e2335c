"""How onnxruntime is opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.system.engine import open_session


def test_threads_that_wait_sleep(write_model: Callable[..., Path]) -> None:
    for session in (open_session(write_model(), 2), GenderClassifier(write_model())._session):
        options = session.get_session_options()
        assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
    assert open_session(write_model().read_bytes(), 2).get_session_options().intra_op_num_threads == 2
