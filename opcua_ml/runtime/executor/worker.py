"""Off the event loop: a queue per model, whose calls run in its thread or in a process of their own."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.application.timed import timed
from opcua_ml.domain.errors import InferenceFailed, PackageError
from opcua_ml.runtime.executor.batching import ONE_BY_ONE
from opcua_ml.runtime.executor.process import ModelProcess
from opcua_ml.runtime.executor.worker_queue import WorkerQueue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.batch_counts import BatchCounts
    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.queue_state import QueueState
    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.contract.model import Model, Origin
    from opcua_ml.runtime.executor.batching import Batching


class _Worker:
    """What both kinds have in common; see application.ports.Executor.

    Attributes:
        backend: «onnx», «scikit-learn».
        place: where calls run, in words.
    """

    inline = False

    def __init__(self, backend: str, place: str, queue: WorkerQueue) -> None:
        self.backend = backend
        self.place = place
        self._queue = queue

    @property
    def refused(self) -> int:
        """Calls that the queue did not take."""
        return self._queue.refused

    @property
    def batches(self) -> BatchCounts:
        """How calls that waited were taken together."""
        return self._queue.batches

    @property
    def waiting(self) -> QueueState | None:
        """The calls that wait."""
        return self._queue.state

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Outputs per row; blocks until the worker has made them.

        Raises:
            InferenceFailed: the model failed, or the worker ended.
            InferenceOverloaded: as many calls wait as the queue takes.
        """
        return self._queue.submit(rows).result().rows

    async def run(self, rows: Sequence[Row]) -> Computation:
        """Outputs per row and the model's own time, while the event loop goes on.

        Raises:
            InferenceFailed: the model failed, or the worker ended; it is replaced by itself.
            InferenceOverloaded: as many calls wait as the queue takes.
        """
        return await asyncio.wrap_future(self._queue.submit(rows))


class ThreadExecutor(_Worker):
    """One thread: for models that let go of the interpreter's lock while they compute, as ONNX does."""

    def __init__(self, model: Model, queue_size: int, place: str, batching: Batching = ONE_BY_ONE) -> None:
        queue = WorkerQueue("predict-in-thread", partial(timed, model.predict), queue_size, batching=batching)
        super().__init__(model.backend, place, queue)

    def close(self) -> None:
        """End the thread after the call that runs; those that wait fail."""
        self._queue.close()


class ProcessExecutor(_Worker):
    """One process, which loads the model itself: for models that hold the interpreter's lock.

    Args:
        process: of the model, not started yet; once it is closed, from any thread, it does not start.
        queue_size: calls that may be unanswered.
        place: in words.
        batching: which calls that wait are made together.

    Raises:
        PackageError, InferenceFailed: the model can't be loaded there.
    """

    def __init__(
        self,
        process: ModelProcess,
        backend: str,
        queue_size: int,
        place: str,
        *,
        batching: Batching = ONE_BY_ONE,
    ) -> None:
        self._process = process
        try:
            self._process.start()
        except (InferenceFailed, PackageError):
            self._process.close()
            self._process.reap()
            raise
        revive = self._process.revive
        queue = WorkerQueue("predict-in-process", self._process.predict, queue_size, revive, batching)
        super().__init__(backend, place, queue)

    def close(self) -> None:
        """End the process at once; calls that run or wait fail."""
        self._queue.close(self._process.close)
        self._process.reap()


class ProcessPlan(NamedTuple):
    """How a model's process is made and started, when it is wanted.

    Attributes:
        origin: of the model.
        queue_size: calls that may be unanswered.
        call_timeout: seconds after which a call's process is taken for hung, and replaced.
    """

    origin: Origin
    backend: str
    queue_size: int
    call_timeout: float

    def made(self) -> ModelProcess:
        """The process, not started: who holds it can end its start."""
        return ModelProcess(self.origin, self.call_timeout)

    def executor(
        self, process: ModelProcess, place: str = "", batching: Batching = ONE_BY_ONE
    ) -> ProcessExecutor:
        """Start the process; see `ProcessExecutor`. Blocks."""
        return ProcessExecutor(process, self.backend, self.queue_size, place, batching=batching)
