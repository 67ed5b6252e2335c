"""The moving average of weights: warm-up, length, batch-norm statistics."""

import pytest
import torch
from torch import nn

from gender_classifier.config.settings import AverageConfig
from gender_classifier.training.average import WeightAverage, average_decay


def network() -> nn.Module:
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4))


def test_decay_warms_up_and_fits_the_run() -> None:
    config = AverageConfig(horizon=0.1)
    assert average_decay(config, 0, 300) == pytest.approx(0.1)
    # A tenth of 300 steps is 30: 0.999 would remember more than three such runs.
    assert average_decay(config, 10_000, 300) == pytest.approx(1 - 1 / 30)
    assert average_decay(config, 10**7, 10**7) == config.max_decay


def test_follows_the_recurrence_in_weights_and_statistics() -> None:
    torch.manual_seed(0)
    model, config = network(), AverageConfig()
    average = WeightAverage(model, config, 100)
    expected = {key: value.clone() for key, value in model.state_dict().items()}
    for step in range(5):
        with torch.no_grad():
            for value in model.state_dict().values():
                if value.is_floating_point():
                    value.add_(torch.rand_like(value))
        average.update(model)
        decay = average_decay(config, step, 100)
        for key, value in model.state_dict().items():
            if value.is_floating_point():
                expected[key] = decay * expected[key] + (1 - decay) * value
    for key, value in average.module.state_dict().items():
        torch.testing.assert_close(value, expected[key].to(value.dtype))
    assert not torch.equal(average.module[1].running_var, model[1].running_var)


def test_averaged_weights_need_no_gradient() -> None:
    average = WeightAverage(network(), AverageConfig(), 10)
    assert not any(p.requires_grad for p in average.module.parameters())
