"""The model file whose logits are computed by hand."""

from ..inference.conftest import write_model

__all__ = ["write_model"]
