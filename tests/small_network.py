"""A narrow network of the same build, for tests of what surrounds it: thousands of weights, not millions."""

from gender_classifier.networks.config import NetworkConfig

WIDTH, DEPTH = 0.1, 0.6
NARROW = NetworkConfig.scaled(WIDTH, DEPTH)
NARROW_CHANGES = (f"model.width={WIDTH}", f"model.depth={DEPTH}")
"""As `--set` of `train` takes them."""
