"""What the plant asks of the station: operating points that change at random, seeded moments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import pi, sin
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


class OperatingPoint(IntEnum):
    """Operating points of the station, as the tag ``PumpStation.OperatingPoint`` shows them."""

    Stopped = 0
    Low = 1
    Normal = 2
    High = 3
    Manual = 4


POINT_FLOWS = {OperatingPoint.Low: 80.0, OperatingPoint.Normal: 100.0, OperatingPoint.High: 120.0}
"""Demand in m³/h of each automatic operating point."""

_SHORTEST_DWELL = 90.0
_LONGEST_DWELL = 300.0
_SWING = 2.5
_SWING_PERIOD = 240.0


@dataclass(slots=True)
class DemandProfile:
    """Demand in m³/h over time: steps between operating points with a slow swing on top."""

    random: np.random.Generator
    ramp: float
    point: OperatingPoint = OperatingPoint.Normal
    base: float = POINT_FLOWS[OperatingPoint.Normal]
    manual: float | None = None
    next_change: float = -1.0

    def __post_init__(self) -> None:
        """Draw the length of the first operating point."""
        self.next_change = self._dwell()

    def _dwell(self) -> float:
        return float(self.random.uniform(_SHORTEST_DWELL, _LONGEST_DWELL))

    def update(self, time: float, step: float) -> float:
        """Demand at ``time`` (s since the start of the run), ``step`` seconds after the last call."""
        if time >= self.next_change:
            others = [point for point in POINT_FLOWS if point is not self.point]
            self.point = others[int(self.random.integers(len(others)))]
            self.next_change = time + self._dwell()
        target = POINT_FLOWS[self.point] if self.manual is None else self.manual
        limit = self.ramp * step
        self.base += min(limit, max(-limit, target - self.base))
        if self.manual is not None:
            return self.base
        return self.base + _SWING * sin(2.0 * pi * time / _SWING_PERIOD)
