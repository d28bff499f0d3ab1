"""When monitored items look at their values: one timer for all of them.

Source: OPC UA Part 4, 5.13.1.2 (Sampling interval).
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Sampled(Protocol):
    """What the schedule calls."""

    def sample_due(self, now: float) -> None:
        """The item's time has come; `now` is the loop's time in seconds."""
        ...


class SamplingSchedule:
    """Calls items back at their times, cheaply for many thousands of them.

    Attributes:
        now: the clock, in seconds.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Sampled]] = []
        self._order = itertools.count()
        self._withdrawn: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.now: Callable[[], float] = lambda: asyncio.get_running_loop().time()

    def __len__(self) -> int:
        return len(self._heap) - len(self._withdrawn)

    def at(self, due: float, item: Sampled) -> int:
        """Call `item` once the loop's time is `due`; returns the call's number, for `withdraw`."""
        number = next(self._order)
        heapq.heappush(self._heap, (due, number, item))
        if self._heap[0][1] == number:
            self._arm()
        return number

    def withdraw(self, number: int) -> None:
        """Leave a call out that has not been made yet; memory for it is given back in time."""
        self._withdrawn.add(number)
        if len(self._withdrawn) * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[1] not in self._withdrawn]
            heapq.heapify(self._heap)
            self._withdrawn.clear()

    def stop(self) -> None:
        """Call nobody any more."""
        self._heap.clear()
        self._withdrawn.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(self._heap[0][0], self.run)

    def run(self) -> None:
        """Call those whose time has come."""
        self._timer = None
        now = self.now()
        # The clock may be a tick short of the timer's time; what is due within a millisecond is due.
        while self._heap and self._heap[0][0] <= now + 0.001:
            _, number, item = heapq.heappop(self._heap)
            if number in self._withdrawn:
                self._withdrawn.discard(number)
            else:
                item.sample_due(now)
        if self._heap:
            self._arm()
