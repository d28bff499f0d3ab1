"""In which ranges an output is well, worth a warning, or alarming, taken together from all its alarms."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Value


@dataclass(frozen=True, slots=True)
class OutputRanges:
    """Of one output.

    Attributes:
        warning: low and high limit of what needs no warning; None where nothing limits it. A side without a
            limit is infinite.
        alarm: the same of what needs no alarm.
        off_normal: values of a discrete output that mean a fault.
    """

    warning: tuple[float, float] | None = None
    alarm: tuple[float, float] | None = None
    off_normal: frozenset[Value] = frozenset()

    def with_limits(
        self, low_low: float | None, low: float | None, high: float | None, high_high: float | None
    ) -> OutputRanges:
        """These and the limits of one more alarm: the narrower one of each kind counts."""
        return OutputRanges(
            _narrowed(self.warning, low, high), _narrowed(self.alarm, low_low, high_high), self.off_normal
        )


def _narrowed(
    known: tuple[float, float] | None, low: float | None, high: float | None
) -> tuple[float, float] | None:
    if low is None and high is None:
        return known
    bottom, top = known or (-math.inf, math.inf)
    return max(bottom, -math.inf if low is None else low), min(top, math.inf if high is None else high)
