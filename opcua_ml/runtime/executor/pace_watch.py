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
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._level = 0.0
        self._calm = 0
        self._since = 0.0

    def is_slow(self, seconds: float) -> bool:
        """Take what a call on the event loop took; whether it is time to leave it."""
        if seconds <= self._limit:
            if self._level:
                self._level = max(0.0, self._level - 1.0)
            return False
        self._level += min(_STEP * seconds / self._limit, _FULL / 2)
        if self._level < _FULL:
            return False
        self._level, self._calm, self._since = 0.0, 0, time.monotonic()
        return True

    def is_quick_again(self, seconds: float) -> bool:
        """Take what a call elsewhere took; whether many in a row, and for a while, were quick enough."""
        self._calm = self._calm + 1 if seconds <= self._limit else 0
        return self._calm >= _CALM_CALLS and time.monotonic() - self._since >= _CALM_SECONDS
