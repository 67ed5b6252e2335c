"""Networks as data: B0 and its scaled kin, as the paper and timm have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.config.settings import ModelConfig
from gender_classifier.networks.config import B0, B1, DIVISOR, NetworkConfig


@pytest.mark.parametrize(
    ("width", "depth", "name", "blocks", "stem", "head", "last"),
    [
        (1.0, 1.0, "efficientnet_b0", 16, 32, 1280, 320),
        (1.0, 1.1, "efficientnet_b1", 23, 32, 1280, 320),
        (1.1, 1.2, "efficientnet_b2", 23, 32, 1408, 352),
        (1.2, 1.4, "efficientnet", 26, 40, 1536, 384),  # B3, which has no name here
    ],
)
def test_scaled_as_in_the_paper(
    width: float, depth: float, name: str, blocks: int, stem: int, head: int, last: int
) -> None:
    network = NetworkConfig.scaled(width, depth)
    assert (network.name, network.blocks, network.stem, network.head) == (name, blocks, stem, head)
    assert network.stages[-1].width == last
    assert [stage.kernel for stage in network.stages] == [stage.kernel for stage in B0.stages]


@given(st.floats(0.05, 4), st.floats(0.1, 4))
def test_widths_are_multiples_and_no_tenth_is_lost(width: float, depth: float) -> None:
    network = NetworkConfig.scaled(width, depth)
    for scaled, plain in zip(network.stages, B0.stages, strict=True):
        assert scaled.width % DIVISOR == 0
        assert scaled.width >= 0.9 * plain.width * width
        assert scaled.repeats >= max(1, depth * plain.repeats)


def test_a_run_or_a_model_file_names_its_network() -> None:
    assert NetworkConfig.of(ModelConfig(width=1.1, depth=1.2)).name == "efficientnet_b2"
    assert NetworkConfig.of_training({"network": {"width": 1.0, "depth": 1.0}}) == B0
    assert NetworkConfig.of_training({"recipe": "quick"}) == B1  # files of before networks were named


def test_a_shallower_network_lies_within_a_deeper_one_of_the_same_width() -> None:
    b2 = NetworkConfig.scaled(1.1, 1.2)
    assert B0.within(B1)
    assert B1.within(B1)
    assert not any((B1.within(B0), b2.within(B1), B1.within(b2)))


def test_the_title_is_the_name_as_texts_write_it() -> None:
    assert [network.title for network in (B0, B1, NetworkConfig.scaled(1.2, 1.4))] == [
        "EfficientNet-B0",
        "EfficientNet-B1",
        "EfficientNet",
    ]
