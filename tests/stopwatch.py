"""Time by the clock, without the time for which a thread stood in the queue for a processor.

On a busy machine that is what others have taken from it; what is left is what the claim of a test is about:
how long something takes that may run. Linux counts that for each thread; elsewhere the clock alone counts.
"""

from __future__ import annotations

import os
from pathlib import Path
from time import monotonic


class Stopwatch:
    """Begins at once.

    Args:
        processes: those whose first threads may wait for a processor at no cost, beside our own first one.
            They should work one after the other, as time that two of them wait at once is taken off twice.
    """

    def __init__(self, *processes: int) -> None:
        numbers = (os.getpid(), *processes)
        self._threads = [Path(f"/proc/{number}/task/{number}/schedstat") for number in numbers]
        self._queued = [0.0 for _ in self._threads]
        self.restart()

    def restart(self) -> None:
        """From here on."""
        self._begun = monotonic()
        self._queued_before = sum(self._waited())

    @property
    def seconds(self) -> float:
        """Since the beginning; of a process that has ended its last look counts."""
        taken = monotonic() - self._begun
        return max(0.0, taken - (sum(self._waited()) - self._queued_before))

    def _waited(self) -> list[float]:
        """Seconds that each has stood in the queue (proc(5), Documentation/scheduler/sched-stats.rst)."""
        for place, thread in enumerate(self._threads):
            try:
                self._queued[place] = int(thread.read_text().split()[1]) / 1e9
            except (OSError, IndexError):
                continue
        return self._queued
