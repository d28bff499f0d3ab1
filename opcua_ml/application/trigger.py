"""When a model's inputs are joined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

LEADING, REQUEST_ID, DONE_ID, CLIENT_HEARTBEAT = -1, -2, -3, -4
"""Keys, among the places of inputs, of tags that are none: one that leads, and the words of a handshake."""


class TriggerKind(StrEnum):
    """When a vector is taken."""

    CHANGE = "change"
    LEADING = "leading"
    PERIOD = "period"


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a model's inputs are joined.

    Attributes:
        kind: at any change, at a change of one leading tag, or at a period.
        debounce: seconds to wait after the first change, so that one scan's changes make one vector.
        period: seconds between two vectors, for the kind PERIOD.
        leading: place of the leading input, or LEADING for a tag that is no input.
        longest_pause: seconds without a change of the leading tag after which outputs are Bad; None for any.
    """

    kind: TriggerKind = TriggerKind.CHANGE
    debounce: float = 0.02
    period: float = 1.0
    leading: int = LEADING
    longest_pause: float | None = None


class PeriodGrid:
    """Moments at multiples of a period after the first one: none is ever moved by a late one.

    Args:
        period: in seconds.
        start: on the clock that `next_after` is given, in seconds.

    Attributes:
        next: the coming moment.
        missed: moments that had passed before anybody came to them.
    """

    def __init__(self, period: float, start: float) -> None:
        self._period = period
        self.next = start + period
        self.missed = 0

    def take(self, now: float) -> None:
        """The coming moment has been reached; those that passed since are counted and left out."""
        late = max(0, int((now - self.next) / self._period))
        self.missed += late
        self.next += (late + 1) * self._period
