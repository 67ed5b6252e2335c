"""schemathesis calls the running service as its OpenAPI document says, and as it does not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ..running import environment
from .test_run import clients

HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
# A value that the document allows may still be one that the model cannot serve: a share that it does not reach, a name
# that no model has. That is 422, which the document names.
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 422]
"""


@pytest.mark.parametrize("keyed", [False, True])
def test_the_service_is_what_its_document_says(
    keyed: bool, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("schemathesis")
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    (tmp_path / "config.toml").write_text(CONFIG)
    (tmp_path / "key").write_text("0123456789abcdef")
    named = ("--key-file", tmp_path / "key") if keyed else ()
    brought = ("--header", "Authorization: Bearer 0123456789abcdef") if keyed else ()
    log = tmp_path / "log"
    with clients.served("--model", model, *named, log=log) as (host, port, _):
        command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(tmp_path / "config.toml"), "run"]
        command += [f"http://{host}:{port}/openapi.json", "--checks", "all", "-n", "25", "--seed", "1", *brought]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert "6 selected / 6 total" in done.stdout
    assert "Traceback" not in log.read_text(errors="replace")
