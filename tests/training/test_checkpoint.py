"""Checkpoints are whole or not there."""

import os
from pathlib import Path

import pytest
import torch

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.training import checkpoint


def tensors(value: float) -> dict[str, torch.Tensor]:
    return {"a": torch.full((3, 2), value), "b": torch.tensor(7), "empty": torch.zeros(0, 2)}


def test_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    checkpoint.write_tensors(path, tensors(1.5), {"epoch": 3, "best": float("inf")})
    got, state = checkpoint.read_tensors(path)
    assert state == {"epoch": 3, "best": float("inf")}
    assert all(torch.equal(got[key], value) for key, value in tensors(1.5).items())
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text"])
def test_falls_back_to_the_one_before(tmp_path: Path, damage: str) -> None:
    checkpoint.save_run(tmp_path, tensors(1.0), {"epoch": 1})
    checkpoint.save_run(tmp_path, tensors(2.0), {"epoch": 2})
    last = checkpoint.checkpoint_path(tmp_path, checkpoint.LAST)
    data = bytearray(last.read_bytes())
    if damage == "flip":
        data[-5] ^= 0x40
    last.write_bytes({"cut": data[:-7], "flip": data, "empty": b"", "text": b"hello" * 9}[damage])
    got, state, passed = checkpoint.load_run(tmp_path)
    assert state["epoch"] == 1
    assert got["a"][0, 0] == 1.0
    assert len(passed) == 1
    assert "last.safetensors" in passed[0]


def test_killed_between_the_two_renames(tmp_path: Path) -> None:
    checkpoint.save_run(tmp_path, tensors(1.0), {"epoch": 1})
    last = checkpoint.checkpoint_path(tmp_path, checkpoint.LAST)
    os.replace(last, checkpoint.checkpoint_path(tmp_path, checkpoint.PREVIOUS))
    assert checkpoint.load_run(tmp_path)[1]["epoch"] == 1


def test_nothing_to_resume_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no checkpoint"):
        checkpoint.load_run(tmp_path)


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.safetensors"
    checkpoint.write_tensors(path, tensors(1.0), {})

    def full(_tensors: object, target: Path, _metadata: object) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(UserError, match="No space left"):
        checkpoint.write_tensors(path, tensors(2.0), {})
    assert checkpoint.read_tensors(path)[0]["a"][0, 0] == 1.0
    assert [p.name for p in tmp_path.iterdir()] == ["x.safetensors"]


def test_optimizer_state_goes_through() -> None:
    def trained(steps: int) -> tuple[torch.nn.Linear, torch.optim.Optimizer]:
        torch.manual_seed(0)
        model = torch.nn.Linear(3, 1)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
        for _ in range(steps):
            step(model, optimizer)
        return model, optimizer

    def step(model: torch.nn.Linear, optimizer: torch.optim.Optimizer) -> None:
        optimizer.zero_grad()
        model(torch.ones(2, 3)).square().sum().backward()
        optimizer.step()

    model, optimizer = trained(3)
    flat, groups = checkpoint.flatten_optimizer(optimizer)
    flat = {key: value.clone() for key, value in flat.items()}  # as a file would hold them
    other, fresh = trained(0)
    other.load_state_dict(model.state_dict())
    checkpoint.restore_optimizer(fresh, flat, groups)
    step(model, optimizer)
    step(other, fresh)
    assert torch.equal(model.weight, other.weight)
