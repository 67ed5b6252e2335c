"""What a training step minimises: the labels' loss, other models' answers, further labels, over mixed images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from gender_classifier.config.settings import Config, SoftLabelsConfig
from gender_classifier.networks.heads import AuxiliaryHeads
from gender_classifier.training.loading import Batch
from gender_classifier.training.loss import FocalLoss


class Objective:
    """The loss of a batch.

    Example:
        >>> objective = Objective(Config(), FocalLoss(gamma=0.0), AuxiliaryHeads(1280, []))
        >>> batch = Batch(torch.empty(1), torch.ones(1), torch.empty(1, 0), torch.tensor([torch.nan]))
        >>> round(float(objective(torch.zeros(1), [], batch)), 4)  # half of log 2
        0.3466

    Args:
        config: of the run; the weights of the parts count.
        criterion: of gender's labels.
        heads: of further labels; may have none.
    """

    def __init__(self, config: Config, criterion: FocalLoss, heads: AuxiliaryHeads) -> None:
        self.soft, self.further = config.soft_labels, config.auxiliary.weight
        self.criterion, self.heads = criterion, heads

    def __call__(self, logits: Tensor, further: Sequence[Tensor], batch: Batch, share: float = 1.0) -> Tensor:
        """Compute the mean loss of a batch.

        Args:
            logits: of gender, float (N,).
            further: of each further head, float (N, classes).
            batch: what is to be learnt.
            share: of each image's own labels; the rest is that of its partner's, the image at the same place from the
                batch's end (`training.mixing.mix`).

        Returns:
            float (), 0 or more.
        """
        own = self._plain(logits, further, batch)
        if share == 1.0:
            return own
        partners = batch._replace(**{name: getattr(batch, name).flip(0) for name in ("labels", "targets", "soft")})
        return share * own + (1.0 - share) * self._plain(logits, further, partners)

    def _plain(self, logits: Tensor, further: Sequence[Tensor], batch: Batch) -> Tensor:
        loss = self.criterion.each(logits, batch.labels)
        if self.soft.scores:
            loss = with_soft_labels(loss, logits, batch.soft, self.soft)
        total = loss.mean()
        return total + self.further * self.heads.loss(further, batch.targets) if further else total


def with_soft_labels(loss: Tensor, logits: Tensor, soft: Tensor, config: SoftLabelsConfig) -> Tensor:
    """Blend the labels' loss of each image with that of other models' answers.

    Theirs is cross-entropy at a temperature T, times T squared, so that its gradient does not shrink with T (Hinton et
    al. 2015, section 2); halved, as focal loss at alpha 0.5 is half of cross-entropy. An image without an answer keeps
    its label's loss.

    Args:
        loss: of the labels, float (N,).
        logits: of the network, float (N,).
        soft: probability of male at the temperature, float (N,); NaN where there is none.
        config: weight and temperature.

    Returns:
        float (N,).
    """
    known = ~torch.isnan(soft)
    wanted = torch.where(known, soft, torch.zeros_like(soft))
    answers = F.binary_cross_entropy_with_logits(logits / config.temperature, wanted, reduction="none")
    blended = (1.0 - config.weight) * loss + config.weight * 0.5 * config.temperature**2 * answers
    return torch.where(known, blended, loss)
