"""How far another clock is off, from measurements that each know it within bounds only."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf


@dataclass(slots=True)
class ClockCorrection:
    """An offset that stays as it is while the measurements bear it out, so that it adds no jitter to times.

    Attributes:
        offset: the other clock minus ours, in seconds; None before the first measurement.
    """

    offset: float | None = None
    _within: float = inf

    def measured(self, offset: float, within: float) -> None:
        """The offset has been measured, and lies no more than `within` seconds from that.

        It is taken where it is more exact than the one in use, or where both can't be true: then one of the
        clocks has been set, or has drifted.
        """
        is_contradicted = self.offset is None or abs(offset - self.offset) > within + self._within
        if is_contradicted or within < self._within:
            self.offset, self._within = offset, within
