"""Limits of a number, with the hysteresis that keeps a noisy one from fluttering around them.

Source: OPC UA Part 9, 5.8.18 (LimitAlarmType: limits and their deadbands).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class Limit(StrEnum):
    """Names of the standard's limit states, the worse ones first."""

    HIGH_HIGH = "HighHigh"
    LOW_LOW = "LowLow"
    HIGH = "High"
    LOW = "Low"

    @property
    def is_high(self) -> bool:
        """Whether it is passed upwards."""
        return self in (Limit.HIGH_HIGH, Limit.HIGH)


@dataclass(frozen=True, slots=True)
class LimitBand:
    """Limits that a value should stay within.

    Attributes:
        limits: those that are set; a value that is equal to one is within it.
        hysteresis: how far within a limit, in its unit, a value must come back before it counts as within.
    """

    limits: tuple[tuple[Limit, float], ...]
    hysteresis: float = 0.0
    _signed: tuple[tuple[float, float], ...] = field(init=False, repr=False)
    _none: tuple[bool, ...] = field(init=False, repr=False)
    _inner: tuple[float, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare what each value is held against: most are within all limits, and were so before."""
        highs = [at for limit, at in self.limits if limit.is_high]
        lows = [at for limit, at in self.limits if not limit.is_high]
        signed = tuple((1.0 if limit.is_high else -1.0, at) for limit, at in self.limits)
        object.__setattr__(self, "_signed", signed)
        object.__setattr__(self, "_none", (False,) * len(signed))
        object.__setattr__(self, "_inner", (max(lows, default=-math.inf), min(highs, default=math.inf)))

    def passed(self, value: float, before: Sequence[bool]) -> tuple[bool, ...]:
        """Per limit, whether it is passed.

        Args:
            value: one that is no number passes nothing new and returns from nothing.
            before: what this function gave for the value before.
        """
        low, high = self._inner
        if low <= value <= high and before == self._none:
            return self._none
        back = -self.hysteresis
        return tuple(
            [
                # «Not», as a value that is NaN has not come back.
                not sign * (value - at) <= back if held else sign * (value - at) > 0
                for (sign, at), held in zip(self._signed, before, strict=True)
            ]
        )
