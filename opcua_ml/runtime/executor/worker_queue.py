"""One thread that makes one call after another, or several that wait together; only so many may wait."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from itertools import islice
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from opcua_ml.domain.batch_counts import BatchCounts
from opcua_ml.domain.errors import InferenceFailed, InferenceOverloaded, WorkerUnavailable
from opcua_ml.domain.queue_state import Overflow, QueueState
from opcua_ml.runtime.executor.batching import ONE_BY_ONE, Batching

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.row import Row

    Job = tuple[Future[Computation], Sequence[Row]]

JOIN_SECONDS = 5.0
_MOST_LOST = 2  # workers that the calls of one batch may cost, until the others are refused


class WorkerQueue:
    """Calls of one model in the order in which they came.

    Args:
        name: of the thread.
        compute: makes one call and tells what it took; runs in the queue's thread alone.
        size: calls that may be unanswered at a time; one more is refused and counted.
        between: runs after each call, before the next one is waited for.
        batching: which calls that wait are made together.

    Attributes:
        refused: calls that were not taken.
        batches: how calls were taken together.
    """

    def __init__(
        self,
        name: str,
        compute: Callable[[Sequence[Row]], Computation],
        size: int,
        between: Callable[[], None] = lambda: None,
        batching: Batching = ONE_BY_ONE,
    ) -> None:
        self.refused = 0
        self.batches = BatchCounts()
        self._batching = batching
        self._held: Job | None = None
        self._compute = compute
        self._size = size
        self._between = between
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()  # bounded by the count in submit()
        self._lock = threading.Lock()
        self._unanswered = 0
        self._is_closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def state(self) -> QueueState:
        """How many calls wait now, the one that runs among them, and how many were refused."""
        return QueueState(
            "Calls", self._size, Overflow.NEWEST_IS_REFUSED, min(self._unanswered, self._size), self.refused
        )

    def submit(self, rows: Sequence[Row]) -> Future[Computation]:
        """The answer to come.

        Raises:
            InferenceOverloaded: as many calls are unanswered as the queue takes.
            InferenceFailed: it was closed.
        """
        future: Future[Computation] = Future()
        with self._lock:
            if self._is_closed:
                raise _closed()
            if self._unanswered >= self._size:
                self.refused += 1
                raise InferenceOverloaded(
                    "too many predictions wait for this model",
                    found=self._unanswered,
                    wanted=f"fewer than {self._size}",
                )
            self._unanswered += 1
            self._jobs.put((future, rows))
        return future

    def close(self, stop: Callable[[], None] = lambda: None) -> None:
        """Fail the calls that wait, and end the thread once the call that runs is done.

        Args:
            stop: makes the call that runs end soon, where something can.
        """
        with self._lock:
            if self._is_closed:
                return
            self._is_closed = True
        self._jobs.put(None)
        stop()
        self._thread.join(JOIN_SECONDS)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            jobs = [one for one in self._gathered(job) if self._begins(one)]
            if len(jobs) > 1:
                self._answer_together(jobs)
            elif jobs:
                self._answer(*jobs[0])
            self._between()

    def _next(self) -> Job | None:
        held, self._held = self._held, None
        return held or self._jobs.get()

    def _gathered(self, first: Job) -> list[Job]:
        """This call and those that wait behind it, or come in time, as far as one batch takes their rows."""
        jobs, room = [first], self._batching.rows - len(first[1])
        end = time.monotonic() + self._batching.wait
        while room > 0:
            try:
                job = self._jobs.get(timeout=max(0.0, end - time.monotonic()))
            except Empty:
                break
            if job is None:
                self._jobs.put(None)
                break
            room -= len(job[1])
            if room < 0:
                self._held = job
                break
            jobs.append(job)
        return jobs

    def _begins(self, job: Job) -> bool:
        """Whether somebody still waits for it."""
        if job[0].set_running_or_notify_cancel():
            return True
        self._count_down()
        return False

    def _answer_together(self, jobs: Sequence[Job]) -> None:
        """Make one call of several, and each alone where that fails: no row spoils those of others."""
        try:
            found = self._refuse_or_compute([row for _, rows in jobs for row in rows])
            parts = _parts(found, [len(rows) for _, rows in jobs])
        except BaseException:  # noqa: BLE001 - each call alone tells its own error
            self._answer_each(jobs)
            return
        for (future, _), part in zip(jobs, parts, strict=True):
            self._count_down()
            future.set_result(part)

    def _answer_each(self, jobs: Sequence[Job]) -> None:
        lost = 0
        for future, rows in jobs:
            if lost >= _MOST_LOST:
                self._count_down()
                future.set_exception(WorkerUnavailable("the worker ended too often", found=f"{lost} times"))
                continue
            self._between()
            lost += self._answer(future, rows)

    def _answer(self, future: Future[Computation], rows: Sequence[Row]) -> bool:
        """Whether the worker was lost over it."""
        try:
            found = self._refuse_or_compute(rows)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's and not this thread's
            self._count_down()
            future.set_exception(error)
            return isinstance(error, WorkerUnavailable)
        self._count_down()
        future.set_result(found)
        return False

    def _refuse_or_compute(self, rows: Sequence[Row]) -> Computation:
        if self._is_closed:
            raise _closed()
        found = self._compute(rows)
        self.batches = BatchCounts(self.batches.batches + 1, self.batches.rows + len(rows))
        return found

    def _count_down(self) -> None:
        # Before the answer is given: who gets it may call again at once.
        with self._lock:
            self._unanswered -= 1


def _parts(whole: Computation, counts: Sequence[int]) -> list[Computation]:
    """Each call's own rows; all of them took the whole time."""
    if len(whole.rows) != sum(counts):
        raise InferenceFailed("the model returned another number of rows", found=len(whole.rows))
    rows = iter(whole.rows)
    return [whole._replace(rows=list(islice(rows, count))) for count in counts]


def _closed() -> WorkerUnavailable:
    return WorkerUnavailable("the model was closed")
