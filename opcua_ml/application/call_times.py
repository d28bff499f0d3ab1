"""What a version's calls take of the processor and by the clock, while somebody watches over it."""

from __future__ import annotations

import time
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from opcua_ml.application.ports import QuickExecutor, TellingExecutor
from opcua_ml.application.quick import quick_of
from opcua_ml.application.timed import timed
from opcua_ml.domain.batch_counts import BatchCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row

_KEPT: Final = 1024
_USUAL: Final = 0.1
"""Quantile of the waits that counts as what each call waits: pauses of the machine are longer, and fewer."""


class OwnTimes(NamedTuple):
    """Of calls, in seconds.

    Attributes:
        processor: 99th percentile of the processor's time.
        wait: what each call takes beside that, as its tenth that waits least does.
    """

    processor: float
    wait: float


class CallTimes:
    """The last calls, each with both times per row.

    Attributes:
        count: calls since the last `clear`.
    """

    def __init__(self) -> None:
        self.count = 0
        self._calls: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    def add(self, seconds: float, processor: float) -> None:
        """Take what a row took by the clock and of the processor."""
        self._calls.append((seconds, processor))
        self.count += 1

    def clear(self) -> None:
        """Begin anew."""
        self.count = 0
        self._calls.clear()

    def own(self) -> OwnTimes:
        """What is the version's own; of no calls nothing."""
        if not self._calls:
            return OwnTimes(0.0, 0.0)
        seconds, processor = np.array(self._calls).T
        return OwnTimes(
            float(np.percentile(processor, 99)), max(0.0, float(np.quantile(seconds - processor, _USUAL)))
        )


class MeasuredExecutor:
    """An executor whose calls are timed; see `Executor`, `QuickExecutor` and `TellingExecutor`.

    Attributes:
        executor: computes.
        times: takes what its calls took.
    """

    def __init__(self, executor: Executor, times: CallTimes) -> None:
        self.executor = executor
        self._quick: QuickExecutor = quick_of(executor)
        self.times = times

    @property
    def inline(self) -> bool:
        """See `Executor`."""
        return self.executor.inline

    @property
    def backend(self) -> str:
        """See `Executor`."""
        return self.executor.backend

    @property
    def waiting(self) -> QueueState | None:
        """See `Executor`."""
        return self.executor.waiting

    @property
    def batches(self) -> BatchCounts:
        """See `TellingExecutor`."""
        return self.executor.batches if isinstance(self.executor, TellingExecutor) else BatchCounts()

    @property
    def place(self) -> str:
        """See `TellingExecutor`."""
        return self.executor.place if isinstance(self.executor, TellingExecutor) else ""

    @property
    def one_row(self) -> Callable[[Row], Row] | None:
        """See `QuickExecutor`."""
        one_row = self._quick.one_row
        return None if one_row is None else partial(self._one_row, one_row)

    @property
    def concern(self) -> float:
        """See `QuickExecutor`."""
        return self._quick.concern

    def took(self, seconds: float) -> None:
        """See `QuickExecutor`."""
        self._quick.took(seconds)

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See `Executor`."""
        found = timed(self.executor.predict, rows)
        self._note(found, len(rows))
        return found.rows

    async def run(self, rows: Sequence[Row]) -> Computation:
        """See `Executor`."""
        found = await self.executor.run(rows)
        self._note(found, len(rows))
        return found

    def close(self) -> None:
        """See `Executor`."""
        self.executor.close()

    def _one_row(self, one_row: Callable[[Row], Row], row: Row) -> Row:
        began, busy = time.perf_counter(), time.thread_time()
        found = one_row(row)
        busy = time.thread_time() - busy
        self.times.add(time.perf_counter() - began, busy)
        return found

    def _note(self, found: Computation, rows: int) -> None:
        if rows:
            self.times.add(found.seconds / rows, found.processor / rows)
