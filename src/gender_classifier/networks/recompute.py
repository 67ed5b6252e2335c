"""Computing a part of the network once more in the backward pass, in place of keeping all of its maps.

Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint


def recomputed(part: nn.Module, x: Tensor) -> Tensor:
    """Compute a part's output now, and the maps that its gradients need in the backward pass.

    Chance falls as the first time, and running statistics of batch norm move once.

    Args:
        part: in training mode; it changes nothing but its batch norms' statistics.
        x: its input.

    Returns:
        Its output.

    Example:
        >>> norm = nn.BatchNorm1d(1)
        >>> recomputed(norm, Tensor([[0.0], [2.0]]).requires_grad_()).sum().backward()
        >>> round(float(norm.running_mean), 4)  # a tenth of the mean, the default momentum
        0.1
    """

    def passes() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _statistics_stay(part)

    output: Tensor = checkpoint(part, x, use_reentrant=False, context_fn=passes)
    return output


@contextmanager
def _statistics_stay(part: nn.Module) -> Iterator[None]:
    """Batch norms still normalise by the batch, but leave their running statistics alone.

    These counted the batch in the first pass; twice a step they would move nearly twice as far.
    """
    norms = [module for module in part.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    kept = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
    # Without statistics a norm would keep fewer tensors for its gradient than the first time, which torch refuses.
    for norm in norms:
        norm.momentum, norm.num_batches_tracked = 0.0, None
    try:
        yield
    finally:
        for norm, momentum, batches in kept:
            norm.momentum, norm.num_batches_tracked = momentum, batches
