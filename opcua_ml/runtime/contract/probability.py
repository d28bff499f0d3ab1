"""What a model may call a probability."""

from __future__ import annotations

from typing import Final

ROUNDING: Final = 1e-4
"""Farther from 0 to 1 than this is no rounding but another thing than a probability."""


def as_probability(value: float) -> float:
    """From 0 to 1: sums over trees in single precision miss the ends by their rounding.

    Raises:
        ValueError: it is farther away than rounding, or not a number.
    """
    if 0.0 <= value <= 1.0:
        return value
    if -ROUNDING <= value <= 1.0 + ROUNDING:
        return 0.0 if value < 0.0 else 1.0
    raise ValueError(f"a probability of {value}")
