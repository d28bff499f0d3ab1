"""When monitored items look at their values: one timer for all of them.

Source: OPC UA Part 4, 5.13.1.2 (Sampling interval).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import Protocol


class Sampled(Protocol):
    """What the schedule calls."""

    def sample_due(self, now: float) -> None:
        """The item's time has come; `now` is the loop's time in seconds."""
        ...


class SamplingSchedule:
    """Calls items back at their times, cheaply for many thousands of them."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Sampled]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: float, item: Sampled) -> None:
        """Call `item` once the loop's time is `due`."""
        heapq.heappush(self._heap, (due, next(self._order), item))
        if self._heap[0][2] is item:
            self._arm()

    def stop(self) -> None:
        """Call nobody any more."""
        self._heap.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._heap[0][0], self._run)

    def _run(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        # The clock may be a tick short of the timer's time; what is due within a millisecond is due.
        while self._heap and self._heap[0][0] <= now + 0.001:
            item = heapq.heappop(self._heap)[2]
            item.sample_due(now)
        if self._heap:
            self._arm()
