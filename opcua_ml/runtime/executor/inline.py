"""On the event loop, for models that are quicker than a change of thread."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.computation import Computation
from opcua_ml.runtime.executor.worker import ThreadExecutor
from opcua_ml.runtime.model import SingleRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.model import Model


class InlineExecutor:
    """Calls the model where it is called; see application.ports.Executor.

    Args:
        model: quick enough for the event loop, one row at a time.
        inline_rows: rows that one call may have there; more go to a thread.
        queue_size: calls that may wait for that thread.
        place: in words.
    """

    inline = True

    def __init__(self, model: Model, inline_rows: int, queue_size: int, place: str) -> None:
        self.backend = model.backend
        self.place = place
        self.inline_rows = inline_rows
        self._one_row = model.one_row() if isinstance(model, SingleRows) else None
        self._model = model
        self._queue_size = queue_size
        self._thread: ThreadExecutor | None = None

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See application.ports.Executor; from the event loop alone."""
        if self._one_row is not None and len(rows) == 1:
            return [self._one_row(rows[0])]
        return self._model.predict(rows)

    @property
    def refused(self) -> int:
        """Calls with many rows that the thread's queue did not take."""
        return self._thread.refused if self._thread else 0

    @property
    def batches(self) -> BatchCounts:
        """How the calls of the thread were taken together."""
        return self._thread.batches if self._thread else BatchCounts()

    @property
    def waiting(self) -> QueueState | None:
        """The calls with many rows that wait for the thread; None as long as there is none."""
        return self._thread.waiting if self._thread else None

    async def run(self, rows: Sequence[Row]) -> Computation:
        """Outputs per row and the model's own time: here where there are few rows, else in a thread.

        The thread starts at its first call.

        Raises:
            InferenceFailed: the model failed.
            InferenceOverloaded: as many calls wait for the thread as its queue takes.
        """
        if len(rows) <= self.inline_rows:
            started = time.perf_counter()
            outputs = self.predict(rows)
            return Computation(outputs, time.perf_counter() - started)
        if self._thread is None:
            self._thread = ThreadExecutor(self._model, self._queue_size, self.place)
        return await self._thread.run(rows)

    def close(self) -> None:
        """End the thread, where one was started."""
        if self._thread is not None:
            self._thread.close()
