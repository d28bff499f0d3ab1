"""A queue as it stands: its size, its policy, and what it let go."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Overflow(StrEnum):
    """What goes when a queue is full."""

    OLDEST_GOES = "the oldest goes"
    NEWEST_IS_REFUSED = "the newest is refused"
    NEWEST_REPLACES = "the newest replaces what waits"


@dataclass(frozen=True, slots=True)
class QueueState:
    """A queue at one moment.

    Attributes:
        name: as clients see it.
        size: how many may wait.
        policy: what goes when it is full.
        depth: how many wait now.
        dropped: how many went, since the service's start.
    """

    name: str
    size: int
    policy: Overflow
    depth: int = 0
    dropped: int = 0
