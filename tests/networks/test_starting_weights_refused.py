"""Starting weights that are refused in one line: code in a pickle, no weights at all, another network's."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save, save_file
from torch import Tensor

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import load_initial, read_weights

from .others_weights import source

__all__ = ["source"]  # the fixture


class Evil:
    """Unpickling makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str, str]]:
        return open, (str(self.path), "w")


@pytest.mark.parametrize("write", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_a_pickle_that_would_run_code_is_refused_and_runs_none(
    write: Callable[[Any, Path], Any], source: dict[str, Tensor], tmp_path: Path
) -> None:
    path = tmp_path / "evil.pth"
    write({"state_dict": source, "extra": Evil(tmp_path / "proof")}, path)
    with pytest.raises(UnreadableError, match=r"evil\.pth: ") as caught:
        read_weights(path)
    assert not (tmp_path / "proof").exists()
    assert "\n" not in str(caught.value)
    assert "weights_only" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pth", b""),
        ("text.pth", b"hello"),
        ("empty.safetensors", b""),
        ("text.safetensors", b"<html>log in</html>"),
        ("none.safetensors", save({})),
        ("short.safetensors", save({"a": torch.zeros(100)})[:-5]),
    ],
)
def test_files_that_hold_no_weights_are_one_line(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableError, match=name) as caught:
        read_weights(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"it is a folder: of a run name .*model\.onnx$"):
        read_weights(tmp_path)
    with pytest.raises(UnreadableError, match="no such weights file"):
        load_initial(EfficientNet(), tmp_path / "none.pth")


def spoil_shape(tensors: dict[str, Tensor]) -> None:
    tensors["blocks.1.0.conv_pw.weight"] = torch.zeros(144, 16, 1, 1)


def drop(tensors: dict[str, Tensor]) -> None:
    for key in [k for k in tensors if k.startswith("blocks.6.1.se.")]:
        tensors[f"strange.{key}"] = tensors.pop(key)


def infinite(tensors: dict[str, Tensor]) -> None:
    tensors["bn1.running_var"] = tensors["bn1.running_var"].clone().fill_(float("inf"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (
            spoil_shape,
            r"1 tensors of another shape, for example blocks\.1\.0\.conv_pw\.weight is 144 x 16 x 1 x 1, not",
        ),
        (drop, r"4 keys missing \(blocks\.6\.1\.se\.conv_expand\.bias, .*\.\.\.\), 4 unknown \(strange\."),
        (infinite, r"1 tensors hold infinite values or none \(bn1\.running_var\)"),
    ],
)
def test_weights_of_another_network_are_refused_whole(
    spoil: Callable[[dict[str, Tensor]], None], message: str, source: dict[str, Tensor], tmp_path: Path
) -> None:
    tensors = dict(source)
    spoil(tensors)
    save_file(tensors, tmp_path / "x.safetensors")
    model = EfficientNet()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    with pytest.raises(UserError, match=message) as caught:
        load_initial(model, tmp_path / "x.safetensors")
    assert "\n" not in str(caught.value)
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
