"""How long to wait before the next attempt."""

from __future__ import annotations

import random


class Backoff:
    """Pauses that double from `first` to `longest` seconds, each shortened at random by up to half.

    The jitter keeps many clients from coming back to a restarted PLC in the same moment.
    """

    def __init__(self, first: float, longest: float) -> None:
        self._first = first
        self._longest = longest
        self.attempts = 0

    def next(self) -> float:
        """Seconds to wait now; counts the attempt."""
        pause = min(self._longest, self._first * 2.0 ** min(self.attempts, 32))
        self.attempts += 1
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load, keeps no secret

    def reset(self) -> None:
        """Start anew: the last attempt succeeded."""
        self.attempts = 0
