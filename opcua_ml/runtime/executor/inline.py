"""On the event loop, for models that are quicker than a change of thread, as long as they are."""

from __future__ import annotations

import logging
import threading
import time
from functools import partial
from math import inf
from typing import TYPE_CHECKING

from opcua_ml.application.timed import timed
from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.errors import InferenceFailed, PackageError
from opcua_ml.runtime.contract.model import LoadedModel, SingleRows
from opcua_ml.runtime.executor.switches import voluntary_switches
from opcua_ml.runtime.executor.worker import ThreadExecutor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import Model
    from opcua_ml.runtime.executor.pace_watch import PaceWatch
    from opcua_ml.runtime.executor.process import ModelProcess
    from opcua_ml.runtime.executor.worker import ProcessExecutor, ProcessPlan

_LOG = logging.getLogger("opcua_ml.executor")


class InlineExecutor:
    """Calls the model where it is called; see application.ports.Executor.

    A model that becomes slow leaves the event loop for a thread, or for a process once that has started, and
    comes back when it is quick again.

    Args:
        model: quick enough for the event loop, one row at a time.
        inline_rows: rows that one call may have there; more go to a thread.
        queue_size: calls that may wait for that thread.
        place: in words.
        watch: of what calls take; None for one who never leaves the event loop.
        process: for a model that holds the interpreter's lock.

    Attributes:
        inline: whether calls run on the event loop now.
        one_row, concern: see `QuickExecutor`; `concern` is infinite while calls are watched anyway.
    """

    def __init__(
        self,
        model: Model,
        inline_rows: int,
        queue_size: int,
        place: str,
        *,
        watch: PaceWatch | None = None,
        process: ProcessPlan | None = None,
    ) -> None:
        self.inline = True
        self.backend = model.backend
        self._name = model.card.name if isinstance(model, LoadedModel) else "a model"
        self.place = self._place = place
        self.inline_rows = inline_rows
        self._watch = watch
        self._switches = voluntary_switches()
        self._plan = process
        self._process: ProcessExecutor | None = None
        self._starting: tuple[ModelProcess, threading.Thread] | None = None
        self._one_row = model.one_row() if isinstance(model, SingleRows) else _one_of_many(model)
        self.one_row: Callable[[Row], Row] | None = self._one_row
        self.concern = inf if watch is None else watch.limit
        self._model = model
        self._queue_size = queue_size
        self._thread: ThreadExecutor | None = None

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """See application.ports.Executor; from the event loop alone."""
        watch = self._watch
        if watch is not None and watch.watches:
            return self._watched(rows, watch)
        started = time.perf_counter()
        found = self._compute(rows)
        seconds = (time.perf_counter() - started) / max(len(rows), 1)
        if seconds > self.concern:
            self.took(seconds)
        return found

    def took(self, seconds: float) -> None:
        """See `QuickExecutor`: from now on calls are measured by the processor's time, too."""
        watch = self._watch
        if watch is not None and not watch.watches and self.inline:
            watch.wake(seconds)
            self.one_row, self.concern = partial(self._watched_row, watch), inf

    def _compute(self, rows: Sequence[Row]) -> list[Row]:
        return [self._one_row(rows[0])] if len(rows) == 1 else self._model.predict(rows)

    def _watched_row(self, watch: PaceWatch, row: Row) -> Row:
        return self._watched((row,), watch)[0]

    def _watched(self, rows: Sequence[Row], watch: PaceWatch) -> list[Row]:
        before = self._switches()
        found, count = timed(self._compute, rows), max(len(rows), 1)
        has_waited = self._switches() > before
        is_slow = watch.is_slow(found.seconds / count, found.processor / count, has_waited=has_waited)
        if not watch.watches and self.inline:
            self.one_row, self.concern = self._one_row, watch.limit
        if is_slow and self.inline:
            self._leave()
        return found.rows

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
        if not self.inline:
            return await self._elsewhere(rows)
        if len(rows) <= self.inline_rows:
            return timed(self.predict, rows)
        return await self._own_thread().run(rows)

    def close(self) -> None:
        """End the thread and the process, where they were started."""
        if self._starting is not None:
            process, starter = self._starting
            process.close()  # else its start might take as long as loading may
            starter.join()
        for worker in (self._thread, self._process):
            if worker is not None:
                worker.close()

    def _own_thread(self) -> ThreadExecutor:
        if self._thread is None:
            self._thread = ThreadExecutor(self._model, self._queue_size, self.place)
        return self._thread

    def _leave(self) -> None:
        """Let no further call run on the event loop."""
        self.inline, self.one_row = False, None
        self.place = f"off the event loop, as calls take longer than at the start; before: {self._place}"
        _LOG.warning(
            "%s became too slow for the event loop, and is called elsewhere until it is quick again; "
            "at the start it was %s",
            self._name,
            self._place,
        )
        if self._plan is not None and self._starting is None:
            process = self._plan.made()
            start = partial(self._bring, self._plan, process)
            self._starting = process, threading.Thread(target=start, name="start-process", daemon=True)
            self._starting[1].start()

    def _bring(self, plan: ProcessPlan, process: ModelProcess) -> None:
        try:
            self._process = plan.executor(process)
        except (InferenceFailed, PackageError) as error:
            if not process.is_closed:
                _LOG.warning("calls stay in a thread, as their process does not start: %s", error)

    async def _elsewhere(self, rows: Sequence[Row]) -> Computation:
        found = await (self._process or self._own_thread()).run(rows)
        watch = self._watch
        count = max(len(rows), 1)
        is_quick = watch is not None and watch.is_quick_again(found.seconds / count, found.processor / count)
        if is_quick and not self.inline:
            self.inline, self.place, self.one_row = True, self._place, self._one_row
            _LOG.info("%s is quick again and is called on the event loop: %s", self._name, self._place)
        return found


def _one_of_many(model: Model) -> Callable[[Row], Row]:
    return lambda row: model.predict((row,))[0]
