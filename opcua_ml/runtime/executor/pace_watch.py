"""Whether a model on the event loop still is as quick as it was at the start, and whether it is so again."""

from __future__ import annotations

import time

_FULL = 80.0
_STEP = 8.0  # ten calls over the limit in a row, or more than one in nine for long
_CALM_CALLS, _CALM_SECONDS = 200, 10.0


class PaceWatch:
    """A leaking bucket: slow calls fill it, each by how slow it is, quick ones let it leak.

    A single pause of the machine fills half of it at most.

    Args:
        limit: seconds that a call may take.

    Attributes:
        concern: `is_slow` need not be asked of a call that took no longer: the limit, or 0 until it is empty.
    """

    def __init__(self, limit: float) -> None:
        self.concern = self._limit = limit
        self._level = 0.0
        self._calm = 0
        self._since = 0.0

    def is_slow(self, seconds: float) -> bool:
        """Take what a call on the event loop took; whether it is time to leave it."""
        if seconds <= self._limit:
            if self._level:
                self._level = max(0.0, self._level - 1.0)
            self.concern = 0.0 if self._level else self._limit
            return False
        self._level += min(_STEP * seconds / self._limit, _FULL / 2)
        self.concern = 0.0
        if self._level < _FULL:
            return False
        self._level, self._calm, self._since = 0.0, 0, time.monotonic()
        self.concern = self._limit
        return True

    def is_quick_again(self, seconds: float) -> bool:
        """Take what a call elsewhere took; whether many in a row, and for a while, were quick enough."""
        self._calm = self._calm + 1 if seconds <= self._limit else 0
        return self._calm >= _CALM_CALLS and time.monotonic() - self._since >= _CALM_SECONDS
