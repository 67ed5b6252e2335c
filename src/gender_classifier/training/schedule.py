"""The learning-rate schedule: one cycle, or constant for comparison."""

from __future__ import annotations

import math

import torch
from torch.optim.lr_scheduler import LambdaLR, LRScheduler, OneCycleLR

from gender_classifier.config.settings import ScheduleConfig


def build_schedule(optimizer: torch.optim.Optimizer, config: ScheduleConfig, steps: int) -> LRScheduler:
    """Give a schedule over `steps` optimizer steps whose peak is each group's own rate.

    Source of one-cycle: Smith and Topin, "Super-Convergence", 2018; cosine annealing, momentum untouched.

    Args:
        optimizer: whose rates follow it.
        config: of the schedule.
        steps: of the whole run.

    Returns:
        The schedule; its `step` is called after each step of the optimizer.
    """
    if config.name == "constant":
        return LambdaLR(optimizer, lambda _step: 1.0)
    total, warm = max(2, steps), config.warm_share
    if warm * total == 1:  # torch would divide by the zero steps that it takes from the start to the peak
        warm = math.nextafter(warm, 1) * (1 + 1e-9)
    return OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=total,
        pct_start=warm,
        anneal_strategy="cos",
        cycle_momentum=False,
        div_factor=config.start_divisor,
        final_div_factor=config.end_divisor,
    )
