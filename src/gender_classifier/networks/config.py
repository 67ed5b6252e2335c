"""EfficientNet as data: the widths, depths and kernels of its stages, without torch.

Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019, table 1 (B0)
and equation 3 (compound scaling); rounding as in the authors' code and timm.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gender_classifier.config.settings import ModelConfig

SE_RATIO = 0.25
"""Width of a block's gate, as a share of the block's input width."""
DIVISOR = 8
"""Scaled widths are multiples of it."""


@dataclass(frozen=True)
class StageSpec:
    """One row of the paper's table: the blocks of a stage share kernel, expansion and width.

    Example:
        >>> B1.stages[0]
        StageSpec(kernel=3, stride=1, expansion=1, width=16, repeats=2)

    Attributes:
        kernel: side of the depthwise convolution's kernel, 3 or 5.
        stride: of the first block, 1 or 2; the others have 1.
        expansion: channels within a block, as a multiple of its input's; 1: a depthwise-separable block.
        width: channels of the output.
        repeats: blocks in the stage.
    """

    kernel: int
    stride: int
    expansion: int
    width: int
    repeats: int


@dataclass(frozen=True)
class NetworkConfig:
    """The build of a network.

    Example:
        >>> NetworkConfig.scaled(width=1.0, depth=1.1) == B1
        True

    Attributes:
        stem: channels of the first convolution.
        stages: blocks by stage.
        head: channels of the last feature map.
    """

    stem: int
    stages: tuple[StageSpec, ...]
    head: int

    @classmethod
    def scaled(cls, width: float, depth: float) -> NetworkConfig:
        """Scale B0: channels by `width`, blocks a stage by `depth`.

        (1.0, 1.0) is B0, (1.0, 1.1) is B1, (1.1, 1.2) is B2.

        Args:
            width: factor to the channels, above 0.
            depth: factor to the blocks of a stage, above 0.

        Returns:
            The build; channels are rounded to multiples of 8, blocks are rounded up.
        """
        stages = tuple(
            replace(spec, width=_channels(spec.width, width), repeats=math.ceil(depth * spec.repeats))
            for spec in B0.stages
        )
        return cls(_channels(B0.stem, width), stages, _channels(B0.head, width))

    @classmethod
    def of(cls, config: ModelConfig) -> NetworkConfig:
        """Give the network that a run's configuration names.

        Args:
            config: section `model` of the configuration; its `width` and `depth` count.

        Returns:
            The build.
        """
        return cls.scaled(config.width, config.depth)

    @classmethod
    def of_training(cls, training: Mapping[str, Any]) -> NetworkConfig:
        """Give the network that a model file's note on its training names.

        Args:
            training: `training` of the file's metadata; its `network` holds `width` and `depth`.

        Returns:
            The build; B1's where the note names none.
        """
        named = training.get("network")
        return cls.scaled(float(named["width"]), float(named["depth"])) if named else B1

    @property
    def name(self) -> str:
        """timm's name of the network, or `efficientnet` where it has none."""
        return _NAMES.get(self, "efficientnet")

    @property
    def title(self) -> str:
        """The name as texts write it: `EfficientNet-B1`, or `EfficientNet` where it has none."""
        return self.name.replace("efficientnet", "EfficientNet").replace("_b", "-B")

    def within(self, other: NetworkConfig) -> bool:
        """Tell whether each of its layers is one of `other`, which has at most more blocks at the end of a stage.

        Weights of `other` then start it: what a last block with a shortcut adds to its stage is learnt anew.

        Args:
            other: build of the network whose weights are at hand.

        Returns:
            True also where both are the same; False where a stage has more blocks than there, or anything else differs.
        """
        pairs = zip(other.stages, self.stages, strict=True)
        stages = tuple(replace(spec, repeats=min(spec.repeats, own.repeats)) for spec, own in pairs)
        return replace(other, stages=stages) == self

    @property
    def blocks(self) -> int:
        """Blocks of all stages."""
        return sum(spec.repeats for spec in self.stages)


def _channels(count: int, factor: float) -> int:
    """Scaled channels, a multiple of `DIVISOR`, never less than nine tenths of what was asked for."""
    wanted = count * factor
    rounded = max(DIVISOR, int(wanted + DIVISOR / 2) // DIVISOR * DIVISOR)
    return rounded + DIVISOR if rounded < 0.9 * wanted else rounded


B0 = NetworkConfig(
    stem=32,
    stages=(
        StageSpec(kernel=3, stride=1, expansion=1, width=16, repeats=1),
        StageSpec(kernel=3, stride=2, expansion=6, width=24, repeats=2),
        StageSpec(kernel=5, stride=2, expansion=6, width=40, repeats=2),
        StageSpec(kernel=3, stride=2, expansion=6, width=80, repeats=3),
        StageSpec(kernel=5, stride=1, expansion=6, width=112, repeats=3),
        StageSpec(kernel=5, stride=2, expansion=6, width=192, repeats=4),
        StageSpec(kernel=3, stride=1, expansion=6, width=320, repeats=1),
    ),
    head=1280,
)
B1 = NetworkConfig.scaled(width=1.0, depth=1.1)
_NAMES = {B0: "efficientnet_b0", B1: "efficientnet_b1", NetworkConfig.scaled(1.1, 1.2): "efficientnet_b2"}
