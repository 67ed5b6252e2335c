"""Binary focal loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gender_classifier.config.settings import LossConfig


class FocalLoss(nn.Module):
    """Binary focal loss on logits, averaged over the batch.

    Source: Lin et al., "Focal Loss for Dense Object Detection", ICCV 2017, equation 5:
    `-alpha_t (1 - p_t)^gamma log p_t`. With `gamma` 0 and `alpha` 0.5 it is half of
    binary cross-entropy.

    Example:
        >>> loss = FocalLoss(gamma=0.0, alpha=0.5)
        >>> round(float(loss(torch.zeros(3), torch.tensor([0.0, 1.0, 1.0]))), 4)  # half of log 2
        0.3466

    Args:
        gamma: focusing; 0 weighs all images alike.
        alpha: weight of the positive class (male), 0 to 1; the negative class has `1 - alpha`.
        label_smoothing: share of the other class in each target, 0 to 0.5.
    """

    def __init__(self, gamma: float = 2.0, alpha: float = 0.5, label_smoothing: float = 0.0) -> None:
        super().__init__()
        self.gamma, self.alpha, self.label_smoothing = gamma, alpha, label_smoothing

    def each(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Compute the loss of each image.

        Args:
            logits: float (N,), positive for male.
            labels: float (N,), 0 female, 1 male.

        Returns:
            float (N,), 0 or more.
        """
        positive = labels * (1.0 - self.label_smoothing) + (1.0 - labels) * self.label_smoothing
        return positive * self.alpha * self._term(logits) + (1.0 - positive) * (1.0 - self.alpha) * self._term(-logits)

    def _term(self, toward: Tensor) -> Tensor:
        # Both factors from log-sigmoids, so that neither overflows nor loses its last digits at large logits.
        return -torch.exp(self.gamma * F.logsigmoid(-toward)) * F.logsigmoid(toward)

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Average the images' losses over the batch.

        Args:
            logits: as for `each`.
            labels: as for `each`.

        Returns:
            float ().
        """
        return self.each(logits, labels).mean()


def build_loss(config: LossConfig, women: float) -> FocalLoss:
    """Make the loss that the configuration names.

    `alpha: auto` is the share of women among the images as they are drawn, 0.5 with the balanced sampler: by it the
    rarer class weighs more, as with few women the positive class (male) gets their small share. The share in train
    would correct twice what a sampler corrects already.

    Args:
        config: section `loss` of the configuration.
        women: share of women among the images that the sampler draws, 0 to 1 (`EpochBatches.share_of_women`).

    Returns:
        Focal loss; with `name: bce` its `gamma` is 0, which makes it cross-entropy.
    """
    alpha = women if config.alpha == "auto" else float(config.alpha)
    gamma = config.gamma if config.name == "focal" else 0.0
    return FocalLoss(gamma, alpha, config.label_smoothing)
