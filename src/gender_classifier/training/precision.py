"""Mixed precision: autocast, and on CUDA a gradient scaler for float16."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from gender_classifier.errors import UserError

_DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Precision:
    """How forward and backward are computed on a device.

    Source: Micikevicius et al., "Mixed Precision Training", ICLR 2018, section 3.2 (loss scaling).

    Example:
        >>> precision = Precision("auto", torch.device("cpu"))
        >>> precision.dtype, precision.scales
        (torch.float32, False)

    Args:
        name: `auto` is float16 with a scaler on CUDA and float32 on the CPU; or a dtype's name.
        device: where the network is.

    Raises:
        UserError: bfloat16 on a CPU that has no instructions for it.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        if name == "auto":
            name = "float16" if device.type == "cuda" else "float32"
        if name == "bfloat16" and device.type == "cpu" and not torch.cpu._is_avx512_bf16_supported():
            raise UserError("train.precision=bfloat16: this processor has no bfloat16 instructions; use float32")
        self.dtype = _DTYPES[name]
        self.device = device
        self.scaler = torch.amp.GradScaler(device.type, enabled=self.scales)

    @property
    def scales(self) -> bool:
        """Whether losses are scaled, and steps with overflown gradients skipped."""
        return self.dtype is torch.float16

    def autocast(self) -> torch.autocast:
        """Give the context for the forward pass."""
        return torch.autocast(self.device.type, self.dtype, enabled=self.dtype is not torch.float32)

    def step(
        self,
        loss: Tensor,
        parameters: Iterable[nn.Parameter],
        optimizer: torch.optim.Optimizer,
        clip_norm: float,
    ) -> bool:
        """Go backward, unscale and clip the gradients, and let the optimizer step.

        Args:
            loss: of the batch.
            parameters: whose gradients are clipped.
            optimizer: takes the step.
            clip_norm: largest norm of all gradients; 0: no clipping.

        Returns:
            False where the scaler skipped the step, since gradients had overflown.
        """
        self.scaler.scale(loss).backward()
        if clip_norm > 0.0:
            # The norm that is clipped must be that of the true gradients, not of the scaled ones.
            self.scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(list(parameters), clip_norm)
        before = self.scaler.get_scale()
        self.scaler.step(optimizer)
        self.scaler.update()
        return self.scaler.get_scale() >= before

    def state(self) -> dict[str, Any]:
        """Give the scaler's state, plain values; empty where nothing is scaled."""
        return self.scaler.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        """Take up a scaler's state.

        Args:
            state: as `state` gives it; an empty one changes nothing.
        """
        if self.scales and state:
            self.scaler.load_state_dict(state)
