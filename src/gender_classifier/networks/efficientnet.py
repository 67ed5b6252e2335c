"""EfficientNet with one output, in timm's key layout; B1 unless another configuration is handed to it.

Source: Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019.
State-dict keys equal those of timm's `efficientnet_b1` with `num_classes=1`,
so that weights can be exchanged in both directions without renaming.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gender_classifier.networks.config import (
    B1,
    SE_RATIO,
    NetworkConfig,
    StageSpec,
)
from gender_classifier.networks.recompute import recomputed

# SiLU is never in place: its gradient needs its input, which autograd would then copy first.


def _conv(inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)


class BatchDropout(nn.Module):
    """Dropout over a batch that several processes share: each draws the whole mask and takes its part.

    With the same seed in every process, what they drop together is what one process would drop.
    Attributes `rank` and `world` say which part this process has; one process has all of it.

    Example:
        >>> BatchDropout(0.5).eval()(torch.ones(2)).tolist()
        [1.0, 1.0]
    """

    def __init__(self, rate: float) -> None:
        super().__init__()
        self.rate = rate
        self.rank, self.world = 0, 1

    def _mask(self, x: Tensor, shape: tuple[int, ...]) -> Tensor:
        keep = 1.0 - self.rate
        count = x.shape[0]
        mask = torch.empty(count * self.world, *shape, dtype=x.dtype, device=x.device).bernoulli_(keep)
        return mask[self.rank * count : (self.rank + 1) * count].div_(keep)

    def forward(self, x: Tensor) -> Tensor:
        """Set values to 0 by chance and divide the others by the share that is kept; in evaluation mode change nothing.

        Args:
            x: float (N, ...), this process's images.

        Returns:
            float, shape of `x`.
        """
        if not self.training or self.rate == 0.0:
            return x
        return x * self._mask(x, tuple(x.shape[1:]))


class DropPath(BatchDropout):
    """Stochastic depth: drops a block's residual branch for whole samples.

    Source: Huang et al., "Deep Networks with Stochastic Depth", ECCV 2016, section 3.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Drop whole images' branches by chance, as `BatchDropout` drops values; `x` is float (N, C, H, W)."""
        if not self.training or self.rate == 0.0:
            return x
        return x * self._mask(x, (1, 1, 1))


class SqueezeExcite(nn.Module):
    """Channel gates from globally pooled features (Hu et al., CVPR 2018, section 3)."""

    def __init__(self, channels: int, squeezed: int) -> None:
        super().__init__()
        self.conv_reduce = nn.Conv2d(channels, squeezed, 1)
        self.act = nn.SiLU()
        self.conv_expand = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Scale each channel by its gate, a number between 0 and 1.

        Args:
            x: float (N, channels, H, W).

        Returns:
            float, shape of `x`.
        """
        # A mean's gradient is a whole map of one value a channel, written out; a sum's is a view. Autocast sums
        # float16 in float32, where a sum over 112 x 112 places could overflow.
        gate = x.sum((2, 3), keepdim=True) / (x.shape[2] * x.shape[3])
        return x * torch.sigmoid(self.conv_expand(self.act(self.conv_reduce(gate))))


class DepthwiseSeparable(nn.Module):
    """Block of the first stage: depthwise convolution, gate, pointwise projection.

    Args:
        inputs: channels of the input.
        spec: of the stage.
        stride: of this block; 1 but for a stage's first.
        drop_path: probability of dropping the block's branch for an image while training.
    """

    def __init__(self, inputs: int, spec: StageSpec, stride: int, drop_path: float) -> None:
        super().__init__()
        self.conv_dw = _conv(inputs, inputs, spec.kernel, stride, groups=inputs)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.act = nn.SiLU()
        self.se = SqueezeExcite(inputs, max(1, int(inputs * SE_RATIO)))
        self.conv_pw = _conv(inputs, spec.width)
        self.bn2 = nn.BatchNorm2d(spec.width)
        self.drop_path = DropPath(drop_path)
        self.residual = stride == 1 and inputs == spec.width

    def forward(self, x: Tensor) -> Tensor:
        """Compute the block's output.

        Args:
            x: float (N, inputs, H, W).

        Returns:
            float (N, `spec.width`, H/stride, W/stride), sides rounded up.
        """
        y: Tensor = self.se(self.act(self.bn1(self.conv_dw(x))))
        y = self.bn2(self.conv_pw(y))
        return x + self.drop_path(y) if self.residual else y


class InvertedResidual(nn.Module):
    """MBConv: expansion, depthwise convolution, gate, linear projection; made with what `DepthwiseSeparable` takes.

    Source: Sandler et al., "MobileNetV2", CVPR 2018, section 3.3, with
    squeeze-and-excitation as in EfficientNet. The gate squeezes to a quarter of the
    block's *input* width, not of the expanded width.
    """

    def __init__(self, inputs: int, spec: StageSpec, stride: int, drop_path: float) -> None:
        super().__init__()
        middle = inputs * spec.expansion
        self.conv_pw = _conv(inputs, middle)
        self.bn1 = nn.BatchNorm2d(middle)
        self.conv_dw = _conv(middle, middle, spec.kernel, stride, groups=middle)
        self.bn2 = nn.BatchNorm2d(middle)
        self.act = nn.SiLU()
        self.se = SqueezeExcite(middle, max(1, int(inputs * SE_RATIO)))
        self.conv_pwl = _conv(middle, spec.width)
        self.bn3 = nn.BatchNorm2d(spec.width)
        self.drop_path = DropPath(drop_path)
        self.residual = stride == 1 and inputs == spec.width

    def forward(self, x: Tensor) -> Tensor:
        """Compute the block's output.

        Args:
            x: float (N, inputs, H, W).

        Returns:
            float (N, `spec.width`, H/stride, W/stride), sides rounded up.
        """
        y: Tensor = self.act(self.bn1(self.conv_pw(x)))
        y = self.se(self.act(self.bn2(self.conv_dw(y))))
        y = self.bn3(self.conv_pwl(y))
        return x + self.drop_path(y) if self.residual else y


class EfficientNet(nn.Module):
    """EfficientNet, B1 unless told otherwise: RGB faces in, one gender logit out.

    Example:
        >>> network = EfficientNet(config=NetworkConfig.scaled(0.1, 0.6)).eval()
        >>> tuple(network(torch.zeros(2, 3, 64, 64)).shape)
        (2,)

    Args:
        dropout: probability of dropping a pooled feature before the classifier, 0 to 1.
        drop_path: stochastic depth, 0 to 1. It grows from block to block by this divided by their number, from 0 at the
            first; so the last one has less: of 0.1 in B1, with 23 blocks, 0.0957.
        grad_checkpointing: recompute each stage in the backward pass (less memory, about a third slower).
        config: widths and depths; B1's, or another's.
    """

    def __init__(
        self,
        dropout: float = 0.4,
        drop_path: float = 0.0,
        grad_checkpointing: bool = False,
        config: NetworkConfig = B1,
    ) -> None:
        super().__init__()
        self.config = config
        self.conv_stem = _conv(3, config.stem, 3, 2)
        self.bn1 = nn.BatchNorm2d(config.stem)
        self.act = nn.SiLU()
        self.blocks = _stages(config, drop_path)
        self.conv_head = _conv(config.stages[-1].width, config.head)
        self.bn2 = nn.BatchNorm2d(config.head)
        self.dropout = BatchDropout(dropout)
        self.classifier = nn.Linear(config.head, 1)
        self.grad_checkpointing = grad_checkpointing
        self.apply(_initialise)

    def start_residuals_at_zero(self) -> None:
        """Make each block with a shortcut the identity, for training without starting weights.

        The network then begins shallow, and the first steps teach it something. Source: Goyal et al.,
        "Accurate, Large Minibatch SGD", 2017, section 5.1.
        """
        for block in self.modules():
            if isinstance(block, DepthwiseSeparable | InvertedResidual) and block.residual:
                last = block.bn2 if isinstance(block, DepthwiseSeparable) else block.bn3
                nn.init.zeros_(last.weight)

    def stage_outputs(self, x: Tensor) -> list[Tensor]:
        """Compute the maps of all layers: of the stem, of each stage, and of the head.

        Args:
            x: as for `forward`.

        Returns:
            Nine maps, float (N, channels, height, width), finest first: H/2 high after the stem, H/32 at the end.
        """
        x = self.act(self.bn1(self.conv_stem(x)))
        outputs = [x]
        for stage in self.blocks:
            recompute = self.grad_checkpointing and self.training
            x = recomputed(stage, x) if recompute else stage(x)
            outputs.append(x)
        outputs.append(self.act(self.bn2(self.conv_head(x))))
        return outputs

    def feature_map(self, x: Tensor) -> Tensor:
        """Compute the last feature map.

        Args:
            x: as for `forward`.

        Returns:
            float (N, `config.head`, H/32, W/32), sides rounded up; B1 has 1280 channels.
        """
        return self.stage_outputs(x)[-1]

    def logits(self, features: Tensor) -> Tensor:
        """Compute the logits from a feature map.

        Args:
            features: as `feature_map` gives them.

        Returns:
            float (N,); positive means male.
        """
        pooled: Tensor = self.dropout(features.mean((2, 3)))
        logits: Tensor = self.classifier(pooled)
        return logits.squeeze(1)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the logits of images.

        Args:
            x: normalised RGB images, float (N, 3, H, W) (`networks.normalise`).

        Returns:
            float (N,); positive means male.
        """
        return self.logits(self.feature_map(x))


def _stages(config: NetworkConfig, drop_path: float) -> nn.Sequential:
    stages: list[nn.Module] = []
    inputs, index = config.stem, 0
    for spec in config.stages:
        block = DepthwiseSeparable if spec.expansion == 1 else InvertedResidual
        blocks = []
        for repeat in range(spec.repeats):
            stride = spec.stride if repeat == 0 else 1
            blocks.append(block(inputs, spec, stride, drop_path * index / config.blocks))
            inputs, index = spec.width, index + 1
        stages.append(nn.Sequential(*blocks))
    return nn.Sequential(*stages)


def _initialise(module: nn.Module) -> None:
    # Fan-out normal for convolutions, as in the TensorFlow reference and timm; grouped ones by their own fan.
    if isinstance(module, nn.Conv2d):
        kernel = module.kernel_size[0] * module.kernel_size[1]
        nn.init.normal_(module.weight, 0.0, (2.0 / (kernel * module.out_channels // module.groups)) ** 0.5)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.Linear):
        bound = module.in_features**-0.5
        nn.init.uniform_(module.weight, -bound, bound)
        nn.init.zeros_(module.bias)
