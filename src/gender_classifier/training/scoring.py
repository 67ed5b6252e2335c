"""Logits of unchanged images from a torch network: what each epoch is judged by."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from gender_classifier.config.settings import ThresholdConfig
from gender_classifier.data.datasets import Sample
from gender_classifier.data.reading import scoring_batches
from gender_classifier.errors import FoundWrongError
from gender_classifier.metrics.classification import metrics_at
from gender_classifier.metrics.thresholds import sweep
from gender_classifier.networks.normalise import normalise
from gender_classifier.training.distributed import Processes
from gender_classifier.training.loss import FocalLoss


@torch.inference_mode()
def score(
    model: nn.Module,
    samples: Sequence[Sample],
    size: int,
    fit: str,
    device: torch.device,
    group: Processes | None = None,
) -> NDArray[np.float32]:
    """Compute the logits of unchanged images in full precision; each process scores its share of them.

    Args:
        model: in either mode; it is left as it was.
        samples: any.
        size: of the input, pixels.
        fit: how an image that is not square becomes so.
        device: where the model is.
        group: processes that share the work; None: this one alone.

    Returns:
        float32 (N,), in the order of `samples`; all of them in every process.
    """
    group = group or Processes()
    was_training = model.training
    model.eval()
    parts = [np.empty(0, np.float32)]
    for pictures, _labels in scoring_batches(samples[group.rank :: group.world], size, fit):
        logits = model(normalise(torch.from_numpy(pictures).to(device)))
        parts.append(logits.float().cpu().numpy())
    model.train(was_training)
    return group.interleave(np.concatenate(parts), len(samples))


def finite(logits: NDArray[np.float32], split: str, epoch: int) -> NDArray[np.float32]:
    """Refuse logits of a network that came to nothing: no metric can be computed from them.

    Args:
        logits: of a split, of any shape.
        split: its name.
        epoch: after which they were computed, from 0.

    Returns:
        The same logits.

    Raises:
        FoundWrongError: one of them is no finite number, or there is none.
    """
    if not logits.size or not np.isfinite(logits).all():
        raise FoundWrongError(
            f"the network's answer on `{split}` is not finite at epoch {epoch + 1}: lower optimizer.rate"
        )
    return logits


def judge(
    labels: NDArray[np.int64], logits: NDArray[np.float32], criterion: FocalLoss, config: ThresholdConfig
) -> dict[str, float]:
    """Compute loss and metrics of one split.

    The metrics hold at the threshold that a sweep of these scores chooses, or at 0.5 with the sweep off.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,).
        criterion: the loss.
        config: of the threshold.

    Returns:
        `loss`, `threshold` (a probability), and the metrics of `metrics.classification.metrics_at`.
    """
    loss = criterion(torch.from_numpy(logits), torch.from_numpy(labels).float()).item()
    if config.enabled:
        swept = sweep(labels, logits, config.metric, config.precision)
        cut, threshold = swept.logit, swept.probability
    else:
        cut, threshold = 0.0, 0.5
    return {"loss": loss, **metrics_at(labels, logits, cut), "threshold": threshold}
