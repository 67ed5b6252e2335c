"""AdamW with a learning rate for each layer of depth, falling from the classifier to the stem."""

from __future__ import annotations

from itertools import chain
from typing import Any

import torch
from torch import nn

from gender_classifier.config.settings import OptimizerConfig
from gender_classifier.networks.config import B0
from gender_classifier.networks.efficientnet import EfficientNet

LAYERS: tuple[str, ...] = ("stem", *(f"stage{i + 1}" for i in range(len(B0.stages))), "head", "classifier")
"""Layers from the input to the output; each has a learning rate of its own."""


def layer_of(parameter: str) -> str:
    """Give the layer that a parameter belongs to.

    Args:
        parameter: its name in the network, `blocks.3.1.conv_pw.weight` say.

    Returns:
        One of `LAYERS`; a further head counts to the `classifier`.
    """
    if parameter.startswith("blocks."):
        return f"stage{int(parameter.split('.')[1]) + 1}"
    if parameter.startswith("classifier."):
        return "classifier"
    return "head" if parameter.startswith(("conv_head.", "bn2.")) else "stem"


def layer_rates(config: OptimizerConfig) -> dict[str, float]:
    """Compute the peak learning rate of each layer: `layer_decay` from one to the one below, never under the floor.

    Source: Howard and Ruder, "Universal Language Model Fine-tuning", ACL 2018, section 3.2
    (discriminative fine-tuning), with the geometric form of Clark et al., ELECTRA, ICLR 2020.

    Args:
        config: section `optimizer` of the configuration; `rate` is the classifier's.

    Returns:
        Rates by name, in the order of `LAYERS`.
    """
    depth = len(LAYERS) - 1
    return {
        layer: config.rate * max(config.layer_floor, config.layer_decay ** (depth - i))
        for i, layer in enumerate(LAYERS)
    }


def build_optimizer(model: nn.Module, config: OptimizerConfig, heads: nn.Module | None = None) -> torch.optim.Optimizer:
    """Make AdamW (or Adam) with two groups a layer: weights, and norms and biases, which do not decay.

    Args:
        model: the network; parameters that take no gradient are left out.
        config: kind, rates and decay.
        heads: further ones, which learn at the classifier's rate; None: none.

    Returns:
        The optimizer, its groups from stem to classifier. Each carries `layer` (its name) and `lr` (the layer's peak
        rate).
    """
    rates = layer_rates(config)
    groups: dict[tuple[str, bool], list[nn.Parameter]] = {}
    further = heads.named_parameters(prefix="classifier.further") if heads is not None else ()
    for name, parameter in chain(model.named_parameters(), further):
        if parameter.requires_grad:
            groups.setdefault((layer_of(name), parameter.ndim > 1), []).append(parameter)
    options: list[dict[str, Any]] = [
        {
            "params": parameters,
            "layer": layer,
            "lr": rates[layer],
            "weight_decay": config.weight_decay if decays else 0.0,
        }
        for (layer, decays), parameters in sorted(
            groups.items(), key=lambda item: (LAYERS.index(item[0][0]), item[0][1])
        )
    ]
    kind = torch.optim.AdamW if config.name == "adamw" else torch.optim.Adam
    return kind(options, fused=True)  # one pass over each tensor in place of ten


def frozen_modules(model: EfficientNet, layers: int) -> list[nn.Module]:
    """List the modules of the first `layers` of `LAYERS` that have weights or statistics.

    Args:
        model: the network.
        layers: how many, from the stem: 0 to 9.

    Returns:
        From the stem upwards; a stage is one module.
    """
    stem: list[nn.Module] = [model.conv_stem, model.bn1]
    groups = [stem, *([stage] for stage in model.blocks), [model.conv_head, model.bn2]]
    return list(chain.from_iterable(groups[:layers]))


def freeze(model: EfficientNet, layers: int) -> None:
    """Stop the first `layers` from learning; to be called again after each `model.train()`.

    Their batch norms keep their statistics and work as in inference: a network's low layers change least, hold most
    of the activations, and then need no backward pass (Brock et al., "FreezeOut", 2017, section 1).

    Args:
        model: the network.
        layers: how many of `LAYERS`, from the stem.
    """
    for module in frozen_modules(model, layers):
        module.requires_grad_(False).eval()


def rates_by_layer(optimizer: torch.optim.Optimizer) -> dict[str, float]:
    """Read the learning rates in force now.

    Args:
        optimizer: as `build_optimizer` makes it.

    Returns:
        Rates by layer, from stem to classifier; a frozen layer has none.
    """
    return {group["layer"]: float(group["lr"]) for group in optimizer.param_groups}
