"""Further heads on the network's features, for training alone: they are dropped on export.

Source: Caruana, "Multitask Learning", Machine Learning 28, 1997; for gender beside race and age on FairFace,
Kärkkäinen and Joo, WACV 2021, section 4 (one network, all three).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from gender_classifier.networks.efficientnet import EfficientNet


class AuxiliaryHeads(nn.ModuleList):
    """A linear layer a column, from pooled features to class logits.

    Example:
        >>> [head.out_features for head in AuxiliaryHeads(1280, [7, 9])]
        [7, 9]

    Args:
        width: pooled features of an image.
        classes: how many each column has; empty: no heads.
    """

    def __init__(self, width: int, classes: Sequence[int]) -> None:
        super().__init__(nn.Linear(width, count) for count in classes)

    def loss(self, logits: Sequence[Tensor], targets: Tensor) -> Tensor:
        """Average the columns' cross-entropy, each divided by that of a head that knows nothing.

        Such a head finds all classes equally likely: its loss is the logarithm of their number.

        Args:
            logits: a tensor (N, classes) a column; at least one.
            targets: int64 (N, columns); -1 where unknown, which counts for nothing.

        Returns:
            float (), 0 or more; 1 for heads that know nothing.
        """
        losses = []
        for each, wanted in zip(logits, targets.unbind(1), strict=True):
            known = (wanted >= 0).sum().clamp(min=1)
            total = F.cross_entropy(each.float(), wanted, ignore_index=-1, reduction="sum")
            guess = each.new_tensor(float(each.shape[1])).float().log()
            losses.append(total / known / guess)
        return sum(losses[1:], losses[0]) / len(losses)


class WithAuxiliary(nn.Module):
    """The network and its further heads, as one module for processes that train together.

    Args:
        network: of gender.
        heads: their width is the network's `config.head`.
    """

    def __init__(self, network: EfficientNet, heads: AuxiliaryHeads) -> None:
        super().__init__()
        self.network, self.heads = network, heads

    def forward(self, x: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Compute the logits of gender and of the further heads.

        Args:
            x: normalised RGB images, float (N, 3, H, W).

        Returns:
            Gender's, float (N,), and each head's, float (N, classes).
        """
        features = self.network.feature_map(x)
        pooled = features.mean((2, 3))
        return self.network.logits(features), [head(pooled) for head in self.heads]
