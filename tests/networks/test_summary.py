"""The summary is counted, and the counts are the known ones."""

import re

import pytest
import torch
from torch import Tensor, nn

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.networks.config import B0, B1, NetworkConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.show import summary
from gender_classifier.networks.summary import mermaid, summarise


def test_rows_at_224() -> None:
    rows = summarise(224)
    assert [row.stage for row in rows] == ["stem", *(f"stage {i}" for i in range(1, 8)), "head", "classifier"]
    assert [row.repeats for row in rows[1:8]] == [2, 3, 3, 4, 4, 5, 2]
    assert [row.shape[-1] for row in rows[:-1]] == [112, 112, 56, 28, 14, 14, 7, 7, 7]
    assert [row.shape[0] for row in rows] == [32, 16, 24, 40, 80, 112, 192, 320, 1280, 1]
    assert sum(row.parameters for row in rows) == 6_514_465
    stem, *_, head, classifier = rows
    assert stem.macs == 32 * 112 * 112 * 3 * 9
    assert head.macs == 1280 * 320 * 7 * 7
    assert (classifier.macs, classifier.parameters) == (1280, 1281)
    # The paper gives 0.7 billion for B1 at its own 240 pixels.
    assert 0.62e9 < sum(row.macs for row in summarise(240)) < 0.74e9


@pytest.mark.parametrize("config", [B0, B1, NetworkConfig.scaled(0.25, 0.4), NetworkConfig.scaled(1.1, 1.2)])
@pytest.mark.parametrize("size", [32, 97, 128, 224])
def test_the_arithmetic_is_what_torch_counts_on_the_real_modules(config: NetworkConfig, size: int) -> None:
    with torch.device("meta"):  # shapes without values: no time
        model, pictures = EfficientNet(config=config).eval(), torch.empty(1, 3, size, size)
    macs: dict[nn.Module, int] = {}

    def count(module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        macs[module] = output.numel() * module.weight[0].numel()

    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.register_forward_hook(count)
    shapes = [tuple(output.shape[1:]) for output in model.stage_outputs(pictures)]
    model(pictures)
    parts = [[model.conv_stem, model.bn1], *([b] for b in model.blocks), [model.conv_head, model.bn2]]
    parts.append([model.classifier])
    rows = summarise(size, config)
    assert [row.shape for row in rows] == [*shapes, (1,)]
    assert [row.parameters for row in rows] == [sum(p.numel() for m in part for p in m.parameters()) for part in parts]
    assert [row.macs for row in rows] == [sum(macs.get(m, 0) for p in part for m in p.modules()) for part in parts]


def test_odd_sizes_round_up() -> None:
    assert [row.shape[-1] for row in summarise(225)[:-1]] == [113, 113, 57, 29, 15, 15, 8, 8, 8]


def test_diagram_has_the_shapes_and_one_way_through() -> None:
    text = mermaid(summarise(224), 224)
    assert text.startswith("flowchart TB\n")
    boxes = dict(re.findall(r'^    (\w+)\["(.+)"\]$', text, re.MULTILINE))
    chain = text.splitlines()[-1].strip().split(" --> ")
    assert chain == list(boxes)
    assert chain == ["input", "stem", *(f"stage{i}" for i in range(1, 8)), "head", "pool", "dropout", "logit"]
    assert boxes["input"].endswith("3 x 224 x 224")
    assert boxes["stem"].endswith("32 x 112 x 112")
    assert "5 blocks" in boxes["stage6"]
    assert boxes["head"].endswith("1280 x 7 x 7")


def test_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert summary(128) == ExitCode.FINE
    shown = capsys.readouterr().out
    assert "6,514,465" in shown
    assert "1280×4×4" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert summary(128, as_mermaid=True) == ExitCode.FINE
    assert "1280 x 4 x 4" in capsys.readouterr().out


def test_a_size_that_cannot_work_is_one_line() -> None:
    with pytest.raises(UserError, match="--size 8: between 32 and 2048"):
        summary(8)
