"""What an engineer lets a written value do: how far, how fast, and what stands for it where there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Value

STEP = 0.1
"""Seconds between two steps of a value on its way: what a rate allows in this time is one step."""


class Limit(IntEnum):
    """Which way a value is held back: the limit bits of a StatusCode with its info type (Part 4, 7.39.1)."""

    NONE = 0
    LOW = 0x0500
    HIGH = 0x0600


@dataclass(frozen=True, slots=True)
class WriteLimits:
    """Of one output that is written to a tag; in the output's unit.

    Attributes:
        low, high: least and greatest value that is written; None for any.
        rate: most change per second; None for any.
        dead_band: a change that is not greater is not written.
        safe_value: written in place of an output that is Bad, and when nothing more will be written; None
            for nothing.
    """

    low: float | None = None
    high: float | None = None
    rate: float | None = None
    dead_band: float = 0.0
    safe_value: Value | None = None

    @property
    def shapes(self) -> bool:
        """Whether a good value may be written as another one, or not at all."""
        return self.low is not None or self.high is not None or self.rate is not None or self.dead_band > 0


class Shaped(NamedTuple):
    """A value to write.

    Attributes:
        value: within the limits.
        limit: which way it is held back.
        is_on_its_way: whether the rate alone holds it back, so that another step follows.
    """

    value: float
    limit: Limit
    is_on_its_way: bool


class WriteShaper:
    """Holds the values of one output within its limits, by what its tag has taken before.

    Args:
        limits: of the output.
    """

    def __init__(self, limits: WriteLimits) -> None:
        self._limits = limits
        self._last: float | None = None
        self._status: int | None = None

    def shaped(self, value: float, status: int) -> Shaped | None:
        """What to write for a value; None where the tag's own is near enough and of the same quality."""
        limits, last = self._limits, self._last
        target, limit = value, Limit.NONE
        if limits.low is not None and value < limits.low:
            target, limit = limits.low, Limit.LOW
        elif limits.high is not None and value > limits.high:
            target, limit = limits.high, Limit.HIGH
        is_same = last is not None and self._status == status | limit
        if is_same and last is not None and limits.dead_band and abs(target - last) <= limits.dead_band:
            return None
        if limits.rate is None or last is None:
            return Shaped(target, limit, is_on_its_way=False)
        step = limits.rate * STEP
        reached = min(max(target, last - step), last + step)
        if reached == target:
            return Shaped(target, limit, is_on_its_way=False)
        return Shaped(reached, Limit.HIGH if target > reached else Limit.LOW, is_on_its_way=True)

    def took(self, value: float, status: int) -> None:
        """The tag holds this now, with this StatusCode."""
        self._last, self._status = value, status

    def start_from(self, value: float | None) -> None:
        """What the tag holds before anything was written in this session; None where that is not known."""
        self._last, self._status = value, None
