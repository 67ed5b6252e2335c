"""Several processes that train as one (started by `torchrun`); one process is the common case.

Two processes give what one gives, within float tolerance: they share batch-norm statistics,
dropout masks (`networks.efficientnet.BatchDropout`) and the batch's images. Two things they do each for its own slice
of the batch, and then the result is another, as good a one: mixup and CutMix pair the images of a slice, and a further
label that some images lack is averaged over those of a slice that have it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx
from torch.nn.parallel import DistributedDataParallel

from gender_classifier.networks.efficientnet import BatchDropout


@dataclass(frozen=True)
class Processes:
    """This process's place among those that train together.

    Example:
        >>> Processes().writes, Processes(rank=1, world=2).writes
        (True, False)

    Attributes:
        rank: number of this process, from 0.
        world: how many there are.
        local_rank: number of this process on its machine, and of the GPU that it takes.
    """

    rank: int = 0
    world: int = 1
    local_rank: int = 0

    @classmethod
    def from_environment(cls) -> Processes:
        """Read the place that `torchrun` gave this process; the only one where `torchrun` did not start it."""
        rank, world, local = (int(os.environ.get(name, "0")) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
        return cls(rank, max(1, world), local)

    @property
    def writes(self) -> bool:
        """Whether this process writes files and speaks to the terminal; exactly one does."""
        return self.rank == 0

    def interleave(self, own: NDArray[Any], total: int) -> NDArray[Any]:
        """Gather what each process made of the items `rank::world` into one array.

        Args:
            own: (n, ...), this process's part; alone, all of it.
            total: items of all processes.

        Returns:
            (total, ...), in the order of the items; the same in every process.
        """
        if self.world == 1:
            return own
        parts: list[NDArray[Any]] = [own] * self.world
        dist.all_gather_object(parts, own)
        whole = np.empty((total, *own.shape[1:]), own.dtype)
        for rank, part in enumerate(parts):
            whole[rank :: self.world] = part
        return whole

    def concatenate(self, own: NDArray[Any]) -> NDArray[Any]:
        """Gather each process's rows, one process after the other.

        Args:
            own: (n, ...), this process's rows; how many may differ from process to process.

        Returns:
            (sum of all n, ...), in the order of ranks; the same in every process.
        """
        if self.world == 1:
            return own
        parts: list[NDArray[Any]] = [own] * self.world
        dist.all_gather_object(parts, own)
        return np.concatenate(parts)

    def agree(self, flag: bool) -> bool:
        """Ask all processes whether something is so for any of them.

        Args:
            flag: whether it is so here.

        Returns:
            The same answer in every process.
        """
        if self.world == 1:
            return flag
        flags = [flag] * self.world
        dist.all_gather_object(flags, flag)
        return any(flags)

    def barrier(self) -> None:
        """Wait until every process is here."""
        if self.world > 1:
            dist.barrier()


@contextmanager
def processes(device: str) -> Iterator[Processes]:
    """Join the group that `torchrun` started, and leave it at the end of the block; or be alone.

    Args:
        device: type of the device that trains: `cuda` (the processes talk by NCCL) or another (by gloo).

    Yields:
        This process's place.
    """
    place = Processes.from_environment()
    if place.world == 1:
        yield Processes()
        return
    dist.init_process_group("nccl" if device == "cuda" else "gloo")
    try:
        yield place
    finally:
        dist.destroy_process_group()


class _SumOverAll(torch.autograd.Function):
    """The sum of all processes' tensors, in each of them; gradients are summed likewise.

    torch's own function for this is deprecated, and what it names instead is private.
    """

    @staticmethod
    def forward(_ctx: FunctionCtx, own: Tensor) -> Tensor:
        whole = own.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(whole)
        return whole

    @staticmethod
    def backward(_ctx: FunctionCtx, *gradients: Tensor) -> Tensor:
        # Each process's loss depends on this process's tensor.
        return _SumOverAll.forward(_ctx, gradients[0])


def _over_all(mean: Tensor, variance: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance (C,) of all processes' values from each one's own, all of equal count.

    From means and variances, not from sums of squares, whose difference loses digits where the mean is large
    (Chan, Golub and LeVeque, "Updating Formulae and a Pairwise Algorithm", 1979).
    """
    # A sum of rows that are zero but for one process's own gathers them, with gradients.
    rows = mean.new_zeros(dist.get_world_size(), 2, len(mean))
    rows[dist.get_rank()] = torch.stack([mean, variance])
    gathered: Tensor = _SumOverAll.apply(rows)  # type: ignore[no-untyped-call]
    means, variances = gathered.unbind(1)
    return means.mean(0), variances.mean(0) + means.var(0, correction=0)


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch norm over the images of all processes, on any device (torch's own needs a GPU)."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalise by mean and variance over all processes' images; in evaluation mode by the running ones.

        Args:
            x: float (N, C, H, W), this process's images, as many as in each other process.

        Returns:
            float, shape and dtype of `x`.
        """
        if not self.training:
            return super().forward(x)
        assert self.running_mean is not None
        assert self.running_var is not None
        # Under autocast `x` has half the digits, too few for moments and for statistics that move a little a step.
        exact = x if x.dtype == torch.float64 else x.float()
        count = x.numel() // x.shape[1] * dist.get_world_size()
        mean, variance = _over_all(exact.mean((0, 2, 3)), exact.var((0, 2, 3), correction=0))
        with torch.no_grad():
            momentum = self.momentum or 0.0
            self.running_mean.lerp_(mean, momentum)
            self.running_var.lerp_(variance * (count / (count - 1)), momentum)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (exact * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]).to(x.dtype)


def _share_batch_norm(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.BatchNorm2d):
            if not child.weight.requires_grad:
                continue  # frozen: its statistics stay as they are
            shared = SharedBatchNorm2d(child.num_features, child.eps, child.momentum)
            shared.load_state_dict(child.state_dict())
            setattr(module, name, shared.to(child.weight))  # its device and dtype
        else:
            _share_batch_norm(child)


def share(model: nn.Module, group: Processes, device: torch.device) -> nn.Module:
    """Make the network one that the processes of `group` train together.

    Args:
        model: the network; its batch norms, unless frozen, and its dropout are made shared in place.
        group: the processes.
        device: where this one trains.

    Returns:
        `model` itself where this process is alone, else `model` wrapped in torch's DistributedDataParallel.
    """
    if group.world == 1:
        return model
    _share_batch_norm(model)
    for module in model.modules():
        if isinstance(module, BatchDropout):
            module.rank, module.world = group.rank, group.world
    return DistributedDataParallel(model, device_ids=[device.index] if device.type == "cuda" else None)
