"""A monitored item written down plainly: lists, no bytes, no shortcuts, to hold a server against."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OVERFLOW = 0x0480
DISABLED, SAMPLING, REPORTING = range(3)
STATUS, STATUS_VALUE, STATUS_VALUE_TIMESTAMP = range(3)


class Held(NamedTuple):
    """A variable's value. Timestamps are counted in ticks."""

    kind: str
    content: Any
    status: int
    source: int | None
    server: int | None


@dataclass
class ReferenceItem:
    """One item by the letter of Part 4, 5.13.1, 7.21 and 7.22.2."""

    handle: int
    size: int
    discard_oldest: bool
    trigger: int
    band: float
    timestamps: int
    interval: int = 0
    mode: int = DISABLED
    due: int = 0
    waits: Held | None = None
    last: Held | None = None
    queue: list[Held] = field(default_factory=list)
    offered: bool = False
    linked: list[ReferenceItem] = field(default_factory=list)

    def written(self, value: Held, now: int) -> None:
        """The variable was written; it is looked at, or waits for the end of the sampling interval."""
        if self.mode == DISABLED:
            return
        if self.interval and now < self.due:
            self.waits = value
            return
        self.due = now + self.interval
        self.sample(value)

    def pass_time(self, now: int) -> None:
        """The moment at which what waits is due may have come."""
        if self.waits is not None and self.due <= now:
            self.due += self.interval
            value, self.waits = self.waits, None
            self.sample(value)

    def sample(self, value: Held) -> None:
        """Look at the variable."""
        if self.mode == DISABLED or not self.is_change(value):
            return
        self.last = value
        self.push(self.stamped(value))
        if self.mode == REPORTING:
            self.offered = True
        for item in self.linked:
            if item.mode == SAMPLING and item.queue:
                item.offered = True

    def is_change(self, value: Held) -> bool:
        """Whether the filter lets the value pass."""
        last = self.last
        if last is None or last.status >> 16 != value.status >> 16:
            return True
        if self.trigger == STATUS:
            return False
        if last.kind != value.kind:
            return True
        if self.band > 0:
            return moved(last.content, value.content, self.band)
        if not same(last.content, value.content):
            return True
        return self.trigger == STATUS_VALUE_TIMESTAMP and last.source != value.source

    def push(self, value: Held) -> None:
        """Queue it, or lose one and mark the gap."""
        if len(self.queue) < self.size:
            self.queue.append(value)
        elif self.size == 1:
            self.queue = [value]
        elif self.discard_oldest:
            self.queue = [*self.queue[1:], value]
            self.queue[0] = marked(self.queue[0])
        else:
            self.queue[-1] = marked(value)

    def resize(self, size: int, *, discard_oldest: bool) -> None:
        """Another queue; what does not fit is lost as in an overflow."""
        self.size, self.discard_oldest = size, discard_oldest
        if len(self.queue) <= size:
            return
        self.queue = self.queue[-size:] if discard_oldest else self.queue[:size]
        if size > 1:
            edge = 0 if discard_oldest else -1
            self.queue[edge] = marked(self.queue[edge])

    def sample_every(self, interval: int, now: int) -> None:
        """Another sampling interval, which may bring the next look forward."""
        self.interval = interval
        self.due = min(self.due, now + interval)

    def set_mode(self, mode: int, present: Held, now: int) -> None:
        """Part 4, 5.13.4."""
        before, self.mode = self.mode, mode
        if mode == DISABLED:
            self.queue = []
            self.waits = None
        elif before == DISABLED:
            self.last = None
            self.due = now + self.interval
            self.sample(present)
        self.offered = mode == REPORTING and bool(self.queue)

    def publish(self) -> list[Held]:
        """What goes into the next message."""
        if not self.offered:
            return []
        taken, self.queue, self.offered = self.queue, [], False
        return taken

    def stamped(self, value: Held) -> Held:
        """With the timestamps asked for: source, server, both or neither."""
        return value._replace(
            source=value.source if self.timestamps in (0, 2) else None,
            server=value.server if self.timestamps in (1, 2) else None,
        )


def marked(value: Held) -> Held:
    """With the Overflow bit."""
    return value._replace(status=value.status | OVERFLOW)


def same(one: Any, other: Any) -> bool:
    """Equal, or both not a number."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(*pair) for pair in zip(one, other, strict=True))
    both_nan = isinstance(one, float) and isinstance(other, float) and math.isnan(one) and math.isnan(other)
    return both_nan or bool(one == other)


def moved(one: Any, other: Any, band: float) -> bool:
    """Whether two numbers, or any pair of two arrays, are farther apart than the band."""
    if isinstance(one, list) and isinstance(other, list):
        if len(one) != len(other):
            return True
        return any(moved(*pair, band) for pair in zip(one, other, strict=True))
    numbers = all(isinstance(value, int | float) for value in (one, other))
    if not numbers or any(math.isnan(value) for value in (one, other)):
        return not same(one, other)
    return bool(one != other and abs(other - one) > band)
