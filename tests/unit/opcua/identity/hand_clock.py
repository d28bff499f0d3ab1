"""A clock that the tests move."""

from __future__ import annotations


class HandClock:
    """Monotonic seconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """The time shown."""
        return self.now
