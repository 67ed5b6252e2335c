"""The Dockerfile's steps run as written in a fresh environment, as no Docker can be had here; what compose promises.

What an image adds, another base system and its own user, is not tried: the system here is the base.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .test_run import clients

ROOT = Path(__file__).resolve().parents[2]
STEPS = [
    tuple(step.split(" ", 1))
    for step in re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
    if step and not step.startswith("#")
]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["gender-classifier"]


def of(kind: str) -> list[str]:
    """What stands behind steps of a kind."""
    return [rest for name, rest in STEPS if name == kind]


def test_every_step_is_of_a_kind_that_is_tried() -> None:
    assert {name for name, _ in STEPS} == {
        *("FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD")
    }


def test_it_is_slim_not_root_and_in_two_stages() -> None:
    assert [one.split(" ")[0] for one in of("FROM")] == ["python:3.12-slim", "python:3.12-slim"]
    (user,) = of("USER")
    assert int(user.split(":")[0]) > 0
    assert COMPOSE["user"] == user
    copied = [shlex.split(one) for one in of("COPY")]
    assert copied[-1] == ["--from=build", "/opt/venv", "/opt/venv"]
    let_in = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    for source in (name for one in copied[:-1] for name in one[:-1]):
        assert (ROOT / source).exists()
        assert f"!{source}" in let_in


def test_compose_closes_what_it_can() -> None:
    assert COMPOSE["read_only"] is True
    assert COMPOSE["cap_drop"] == ["ALL"]
    assert COMPOSE["security_opt"] == ["no-new-privileges:true"]
    assert all(port.startswith("127.0.0.1:") for port in COMPOSE["ports"])
    (port,) = of("EXPOSE")
    assert COMPOSE["ports"] == [f"127.0.0.1:{port}:{port}"]


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """The folder that stands for `/` after the steps that build: each COPY and RUN of the first stage, in order."""
    if os.environ.get("GENDER_CLASSIFIER_DOCKERFILE") != "1":
        pytest.skip("installs everything anew, as .ci/run does: GENDER_CLASSIFIER_DOCKERFILE=1 asks for it")
    root = tmp_path / "root"
    (root / "opt").mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    # The image's Python is called so too; a machine's own may be `python3` alone.
    (tmp_path / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    work = root
    for name, rest in STEPS[: [name for name, _ in STEPS].index("FROM", 1)]:
        if name == "WORKDIR":
            work = root / rest.lstrip("/")
            work.mkdir(parents=True)
        elif name == "COPY":
            *sources, target = shlex.split(rest)
            for source in sources:
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, work / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, work / target)
        elif name == "RUN":
            command = rest.replace("/opt/", f"{root}/opt/")
            environment = {"PATH": f"{tmp_path / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path)}
            environment |= {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
            done = subprocess.run(command, shell=True, cwd=work, env=environment, capture_output=True, text=True)
            if "Failed to establish a new connection" in done.stderr:
                pytest.skip("no package index can be reached")
            assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    shutil.rmtree(root / "src")  # the second stage has the environment alone
    return root


def test_the_steps_as_written(built: Path, tmp_path: Path) -> None:
    variables = dict(part.split("=", 1) for line in of("ENV") for part in shlex.split(line))
    inside = {
        name: value.replace("/opt/", f"{built}/opt/").replace("$PATH", "/usr/bin:/bin")
        for name, value in variables.items()
    }
    (entry,), (arguments,) = of("ENTRYPOINT"), of("CMD")
    command = [*json.loads(entry), *json.loads(arguments)]
    command[command.index("0.0.0.0")] = "127.0.0.1"  # nothing of a test is open to others
    (check,) = of("HEALTHCHECK")
    ask = json.loads(check[check.index("CMD ") + 4 :])
    unwritable = tmp_path / "nowhere"
    unwritable.mkdir(mode=0o500)
    program = shutil.which(command[0], path=inside["PATH"])
    assert program is not None
    assert Path(program).is_relative_to(built)
    with (tmp_path / "log").open("wb") as log:
        service = subprocess.Popen([program, *command[1:]], cwd=unwritable, env=inside, stderr=log)
    try:
        host, port = clients._address(service, tmp_path / "log")
        clients.wait_ready(host, port)
        healthy = subprocess.run(ask, env=inside, executable=shutil.which(ask[0], path=inside["PATH"]), check=False)
        assert healthy.returncode == 0
        photo = (ROOT / "src" / "gender_classifier" / "examples" / "collins.jpg").read_bytes()
        status, _, body = clients.ask(host, port, "POST", "/v1/faces", photo)
        assert status == 200
        assert json.loads(body)["images"][0]["faces"][0]["label"] == "female"
    finally:
        service.terminate()
        assert service.wait(60) == 0
    assert list(unwritable.iterdir()) == []
    sick = subprocess.run(ask, env=inside, executable=shutil.which(ask[0], path=inside["PATH"]), check=False, stderr=-3)
    assert sick.returncode != 0
