"""Whether a model on the event loop still is as quick as it was at the start, and whether it is so again."""

from __future__ import annotations

import time

_FULL = 80.0
_STEP = 8.0  # ten calls over the limit in a row, or more than one in nine for long
_LONGEST_WAIT = _FULL / 8  # eight long waits in a row
WATCHED_CALLS = 20  # after a slow one: more than one in nine comes again among them
_CALM_CALLS, CALM_SECONDS = 200, 10.0


class PaceWatch:
    """Leaking buckets: slow calls fill them, each by how slow it is, quick ones let them leak.

    What counts as slow is the processor's time of the calling thread, so that no pause of the machine does.
    A call that took long by the clock alone was paused, or waited of its own accord: as locks and files make
    calls wait now and then, only waits in one call after another are the model's.

    The processor's time is dear to read, so it is measured only from a call on that took long by the clock;
    of that call itself it is not known, and the next one tells what it was.

    Args:
        limit: seconds that a call may take.

    Attributes:
        watches: whether calls are to be measured and given to `is_slow`; else those alone that take longer
            than the limit are to be given to `wake`.
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.watches = False
        self._level = 0.0
        self._waits = 0.0
        self._doubted = 0.0
        self._left = 0
        self._calm = 0
        self._since = 0.0

    def wake(self, seconds: float) -> None:
        """Watch from now on, as a call took so long by the clock."""
        self.watches, self._left = True, WATCHED_CALLS
        self._doubted = self._weight(seconds)

    def is_slow(self, seconds: float, processor: float, *, has_waited: bool) -> bool:
        """Take what a call on the event loop took, by both clocks; whether it is time to leave it.

        Args:
            seconds: that it took.
            processor: seconds of them in which its thread computed.
            has_waited: whether it gave up the processor of its own accord.
        """
        if processor > self.limit:
            self._level += self._weight(processor) + self._doubted
        else:
            self._level = max(0.0, self._level - 1.0)
            is_wait = has_waited and seconds > self.limit
            self._waits = self._waits + min(_STEP * seconds / self.limit, _LONGEST_WAIT) if is_wait else 0.0
        self._doubted = 0.0
        self._left = WATCHED_CALLS if seconds > self.limit else self._left - 1
        self.watches = self._left > 0 or self._level > 0
        if max(self._level, self._waits) < _FULL:
            return False
        self._level = self._waits = 0.0
        self._calm, self._since, self.watches = 0, time.monotonic(), False
        return True

    def is_quick_again(self, seconds: float, processor: float) -> bool:
        """Take what a call elsewhere took; whether enough were quick, and for a while.

        The machine may pause one call in nine. One that computed for longer begins the count anew.
        """
        if seconds <= self.limit:
            self._calm += 1
        else:
            self._calm = 0 if processor > self.limit else max(0, self._calm - int(_STEP))
        return self._calm >= _CALM_CALLS and time.monotonic() - self._since >= CALM_SECONDS

    def _weight(self, seconds: float) -> float:
        return min(_STEP * seconds / self.limit, _FULL / 2)
