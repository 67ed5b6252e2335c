"""Perceived gender of faces: a training pipeline and a classifier that anyone can use.

"Gender" here is what annotators perceived, in two classes; it says nothing of
how a person identifies.
"""

from __future__ import annotations

__version__ = "0.1.0"

CLASS_NAMES: tuple[str, str] = ("female", "male")
"""Names by label: 0 = female, 1 = male (the positive class)."""
