"""Limits of a number, with the hysteresis that keeps a noisy one from fluttering around them.

Source: OPC UA Part 9, 5.8.18 (LimitAlarmType: limits and their deadbands).
"""

from __future__ import annotations

from dataclasses import dataclass
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

    def passed(self, value: float, before: Sequence[bool]) -> tuple[bool, ...]:
        """Per limit, whether it is passed.

        Args:
            value: one that is no number passes nothing new and returns from nothing.
            before: what this function gave for the value before.
        """
        return tuple(
            [
                self._is_passed(limit, at, value, held)
                for (limit, at), held in zip(self.limits, before, strict=True)
            ]
        )

    def _is_passed(self, limit: Limit, at: float, value: float, held: bool) -> bool:
        beyond = value - at if limit.is_high else at - value
        if held:
            # «Not», as a value that is NaN has not come back.
            return not beyond <= -self.hysteresis
        return beyond > 0
