"""One-cycle against its closed form, and the same curve after a resume."""

import math

import pytest
import torch

from gender_classifier.config.settings import ScheduleConfig
from gender_classifier.training.schedule import build_schedule


def closed_form(step: int, steps: int, peak: float, config: ScheduleConfig) -> float:
    start, end = peak / config.start_divisor, peak / config.start_divisor / config.end_divisor
    turn = config.warm_share * steps - 1
    if step <= turn:
        low, high, share = start, peak, step / turn
    else:
        low, high, share = peak, end, (step - turn) / (steps - 1 - turn)
    return high + (low - high) * (1 + math.cos(math.pi * share)) / 2


def optimizer() -> torch.optim.Optimizer:
    groups = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": rate} for rate in (1e-2, 1e-4)]
    return torch.optim.AdamW(groups)


def walk(opt: torch.optim.Optimizer, schedule: torch.optim.lr_scheduler.LRScheduler, steps: int) -> list[list[float]]:
    rates = []
    for _ in range(steps):
        rates.append([group["lr"] for group in opt.param_groups])
        opt.step()
        schedule.step()
    return rates


def test_equals_the_closed_form() -> None:
    config, opt = ScheduleConfig(warm_share=0.3), optimizer()
    for step, rates in enumerate(walk(opt, build_schedule(opt, config, 100), 99)):
        for rate, peak in zip(rates, (1e-2, 1e-4), strict=True):
            assert rate == pytest.approx(closed_form(step, 100, peak, config), rel=1e-9)


def test_resuming_continues_the_curve() -> None:
    whole_opt = optimizer()
    whole = walk(whole_opt, build_schedule(whole_opt, ScheduleConfig(), 60), 59)
    first = optimizer()
    schedule = build_schedule(first, ScheduleConfig(), 60)
    walk(first, schedule, 25)
    second = optimizer()
    resumed = build_schedule(second, ScheduleConfig(), 60)
    second.load_state_dict(first.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    assert walk(second, resumed, 34) == whole[25:]


def test_constant_stays() -> None:
    opt = optimizer()
    assert walk(opt, build_schedule(opt, ScheduleConfig(name="constant"), 10), 9) == [[1e-2, 1e-4]] * 9


@pytest.mark.parametrize("share", [0.1, 0.25, 1 / 3, 0.5, 0.9])
def test_few_steps_have_a_rate_each(share: float) -> None:
    for steps in range(1, 13):
        opt = optimizer()
        rates = walk(opt, build_schedule(opt, ScheduleConfig(warm_share=share), steps), max(2, steps) - 1)
        assert all(0 < rate <= peak * (1 + 1e-9) for row in rates for rate, peak in zip(row, (1e-2, 1e-4), strict=True))
