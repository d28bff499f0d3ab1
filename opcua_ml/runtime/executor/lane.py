"""One thread that makes one call after another, with a bounded number of calls before it."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TYPE_CHECKING

from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import InferenceOverloaded, WorkerUnavailable
from opcua_ml.domain.queue_state import Overflow, QueueState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.domain.row import Row

    Job = tuple[Future[Computation], Sequence[Row]]

JOIN_SECONDS = 5.0


class Lane:
    """Calls of one model in the order in which they came.

    Args:
        name: of the thread.
        compute: makes one call; runs in the lane's thread alone.
        size: calls that may be unanswered at a time; one more is refused and counted.
        between: runs after each call, before the next one is waited for.
    """

    def __init__(
        self,
        name: str,
        compute: Callable[[Sequence[Row]], list[Row]],
        size: int,
        between: Callable[[], None] = lambda: None,
    ) -> None:
        self.refused = 0
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
            InferenceOverloaded: as many calls are unanswered as the lane takes.
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
        while (job := self._jobs.get()) is not None:
            self._answer(*job)
            self._between()

    def _answer(self, future: Future[Computation], rows: Sequence[Row]) -> None:
        if not future.set_running_or_notify_cancel():
            self._count_down()
            return
        try:
            found = self._refuse_or_compute(rows)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the caller's and not this thread's
            self._count_down()
            future.set_exception(error)
        else:
            self._count_down()
            future.set_result(found)

    def _refuse_or_compute(self, rows: Sequence[Row]) -> Computation:
        if self._is_closed:
            raise _closed()
        started = time.perf_counter()
        outputs = self._compute(rows)
        return Computation(outputs, time.perf_counter() - started)

    def _count_down(self) -> None:
        # Before the answer is given: who gets it may call again at once.
        with self._lock:
            self._unanswered -= 1


def _closed() -> WorkerUnavailable:
    return WorkerUnavailable("the model was closed")
