"""A flag that has to hold for a while before it counts, so that a flutter raises no alarm."""

from __future__ import annotations


class DelayedFlag:
    """True once it was seen true for `on_delay` without a break, false again after `off_delay` of false.

    Source: OPC UA Part 9, 5.8.2 (OnDelay, OffDelay).

    Args:
        on_delay, off_delay: in seconds; 0 for at once.
        value: at first.
    """

    __slots__ = ("_off_delay", "_on_delay", "due", "value")

    def __init__(self, on_delay: float = 0.0, off_delay: float = 0.0, *, value: bool = False) -> None:
        self._on_delay = on_delay
        self._off_delay = off_delay
        self.value = value
        self.due: float | None = None
        """When it changes, if nothing else is seen before; None for never."""

    def see(self, raw: bool, now: float) -> bool:
        """The flag at `now`, a time in seconds that never goes back, at which `raw` was seen."""
        self.pass_time(now)
        if raw == self.value:
            self.due = None
        elif self.due is None:
            self.due = now + (self._on_delay if raw else self._off_delay)
            self.pass_time(now)
        return self.value

    def interrupt(self) -> None:
        """Nothing can be seen any more: a delay that runs starts anew with what is seen next."""
        self.due = None

    def pass_time(self, now: float) -> bool:
        """The flag at `now`, where nothing new was seen."""
        if self.due is not None and now >= self.due:
            self.value = not self.value
            self.due = None
        return self.value
