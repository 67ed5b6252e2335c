"""Mean of a run's weights and those of finished models: one network in place of several."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gender_classifier.errors import UserError
from gender_classifier.model_files.registry import is_name
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import InitReport, load_initial
from gender_classifier.system.files import find


@dataclass(frozen=True)
class ModelAverage:
    """Finished models whose weights are averaged with a run's, each counting the same.

    Models that were trained on from the same weights often lie so near each other that the mean of their weights
    is right more often than any of them (Wortsman et al. 2022, "Model soups", section 3.1, uniform soup). It
    costs nothing in use. Batch-norm statistics are averaged too.

    Example:
        >>> network = nn.Linear(1, 1, bias=False)
        >>> others = ModelAverage({"weight": torch.tensor([[3.0]])}, [InitReport("a.onnx", "", "timm", 1, [], [])])
        >>> nn.init.constant_(network.weight, 1.0).item()
        1.0
        >>> others.with_weights_of(network).weight.item()  # (1 + 3) / 2
        2.0

    Attributes:
        sums: the models' tensors, added up, float32 on the CPU, by name.
        reports: what was read of each model.
    """

    sums: dict[str, Tensor]
    reports: list[InitReport]

    @classmethod
    def read(cls, network: EfficientNet, models: Sequence[str]) -> ModelAverage:
        """Read finished models.

        Args:
            network: of the architecture that all must have; it is not changed.
            models: model files (`.onnx`), weights files, or names of models that come with the package; one at least.

        Returns:
            Their sums.

        Raises:
            UnreadableError: no such file, or not weights.
            UserError: weights of another network.
        """
        sums: dict[str, Tensor] = {}
        reports = []
        for model in models:
            filled = copy.deepcopy(network).cpu()
            report = load_initial(filled, model if is_name(model) else find(model))
            if report.missing or report.left_over:
                raise UserError(
                    f"average.models: {model} is another network than the run's: {len(report.missing)} tensors "
                    f"missing, {len(report.left_over)} left over; set model.depth and model.width as it has them"
                )
            for name, value in filled.state_dict().items():
                if value.is_floating_point():
                    sums[name] = sums[name] + value if name in sums else value.clone()
            reports.append(report)
        return cls(sums, reports)

    @torch.no_grad()
    def with_weights_of(self, network: nn.Module) -> nn.Module:
        """Make the network whose weights are the mean of all.

        Args:
            network: the run's; it is not changed.

        Returns:
            A copy on the same device, in the same mode.
        """
        mean = copy.deepcopy(network)
        for name, value in mean.state_dict().items():
            if name in self.sums:
                value.add_(self.sums[name].to(value)).div_(len(self.reports) + 1)
        return mean

    def described(self) -> list[dict[str, Any]]:
        """Give each model's name, SHA-256 and tensors, as plain values for the log."""
        return [report.to_dict() for report in self.reports]


def read_models(
    network: EfficientNet,
    models: Sequence[str],
    begun_with: Sequence[dict[str, Any]] | None,
    tell: Callable[[str], None],
) -> ModelAverage | None:
    """Read the models that a run is averaged with, and tell of each.

    Args:
        network: of the run.
        models: setting `average.models`.
        begun_with: what the log of a run that goes on says of them; None: the run begins.
        tell: is called with one line.

    Returns:
        None where there are none.

    Raises:
        UnreadableError: no such file, or not weights.
        UserError: weights of another network, or a run that goes on began with other files.
    """
    if not models:
        return None
    others = ModelAverage.read(network, models)
    if begun_with is None:
        for report in others.reports:
            tell(f"averaged with {report.source}: {report.used} tensors")
    elif [one["sha256"] for one in begun_with] != [report.sha256 for report in others.reports]:
        raise UserError(
            f"average.models: {', '.join(models)}: not the files any more that the run began with; put those back"
        )
    return others
