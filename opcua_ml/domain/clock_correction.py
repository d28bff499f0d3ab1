"""How far another clock is off, from measurements that each know it within bounds only."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

_AGREEING = 6
"""Measurements in a row that it takes to move the offset."""
_COARSEST = 2.0
"""Seconds: no clock steps by more, so that who is further off has been set."""


@dataclass(slots=True)
class ClockCorrection:
    """An offset that stays as it is while the measurements bear it out, so that it adds no jitter to times.

    Attributes:
        offset: the other clock minus ours, in seconds; None before the first measurement.
    """

    offset: float | None = None
    _within: float = inf
    _jitter: float = 0.0
    _against: list[float] = field(default_factory=list)
    _is_new: bool = False

    def begin(self) -> None:
        """A new session: the next measurement counts at once, as the clock may have been set meanwhile."""
        self._against.clear()
        self._is_new = True

    def measured(self, offset: float, within: float) -> None:
        """The offset has been measured, and lies no more than `within` seconds from that.

        It is taken where it is much more exact than the one in use. Where both can't be true it is taken when
        the measurements from then on agree: then one of the clocks has been set, or has drifted. Where they
        contradict each other as well, the other clock is coarser than it looks: it is that much less exact.
        """
        if self.offset is None or within < self._within / 2:
            self._take(offset, within)
        elif abs(offset - self.offset) <= within + self._within + self._jitter:
            self._against.clear()
        elif self._is_new:
            self._take(offset, within)
        else:
            self._against.append(offset)
            if len(self._against) == _AGREEING:
                self._judge(self.offset, within)
        self._is_new = False

    def _judge(self, present: float, within: float) -> None:
        """Move to those that contradict the offset in use, or learn from them how coarse the clock is."""
        least, most = min(self._against), max(self._against)
        apart = [abs(one - present) for one in self._against]
        is_aside = least > present or most < present
        if is_aside and (most - least <= 2 * within or min(apart) > _COARSEST):
            self._take((least + most) / 2, within)
        else:
            self._jitter = min(max(apart), _COARSEST)
            self._against.clear()

    def _take(self, offset: float, within: float) -> None:
        self.offset, self._within = offset, within
        self._against.clear()
