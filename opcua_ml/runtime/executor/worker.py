"""Off the event loop: one thread or one process per model, with a bounded queue before it."""

from __future__ import annotations

import asyncio
from concurrent.futures import BrokenExecutor, Executor, Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import InferenceFailed, InferenceOverloaded
from opcua_ml.runtime.executor.process import predict_there, process_pool

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.domain.row import Row
    from opcua_ml.runtime.model import Model, Origin


class _Worker:
    """What both kinds have in common; see application.ports.Executor."""

    inline = False

    def __init__(self, backend: str, queue_size: int) -> None:
        self.backend = backend
        self._queue_size = queue_size
        self._waiting = 0

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Outputs per row; blocks until the worker has made them.

        Raises:
            InferenceFailed: the model failed, or the worker ended.
        """
        try:
            return self._submit(rows).result()
        except BrokenExecutor as error:
            raise self._ended(error) from error

    async def run(self, rows: Sequence[Row]) -> list[Row]:
        """Outputs per row, while the event loop goes on.

        Raises:
            InferenceFailed: the model failed, or the worker ended; the next call has a new one.
            InferenceOverloaded: as many calls wait as the queue takes.
        """
        if self._waiting >= self._queue_size:
            raise InferenceOverloaded(
                "too many predictions wait for this model",
                found=self._waiting,
                wanted=f"fewer than {self._queue_size}",
            )
        self._waiting += 1
        try:
            return await asyncio.wrap_future(self._submit(rows))
        except BrokenExecutor as error:
            raise self._ended(error) from error
        finally:
            self._waiting -= 1

    def _submit(self, rows: Sequence[Row]) -> Future[list[Row]]:
        raise NotImplementedError

    def _ended(self, error: BrokenExecutor) -> InferenceFailed:
        raise NotImplementedError


class ThreadExecutor(_Worker):
    """One thread: for models that let go of the interpreter's lock while they compute, as ONNX does."""

    def __init__(self, model: Model, queue_size: int) -> None:
        super().__init__(model.backend, queue_size)
        self._model = model
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=f"predict-{model.signature.names[0]}")

    def close(self) -> None:
        """End the thread; the call that runs is waited for, those that wait are given up."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, rows: Sequence[Row]) -> Future[list[Row]]:
        return self._pool.submit(self._model.predict, rows)

    def _ended(self, error: BrokenExecutor) -> InferenceFailed:
        return InferenceFailed("the thread of the model ended", found=str(error))


class ProcessExecutor(_Worker):
    """One process, which loads the model itself: for models that hold the interpreter's lock.

    A process that ends takes the calls in flight with it; the next call starts another.
    """

    def __init__(self, origin: Origin, backend: str, queue_size: int) -> None:
        super().__init__(backend, queue_size)
        self._origin = origin
        self._pool: Executor = process_pool(origin)
        self._is_closed = False

    def close(self) -> None:
        """End the process; the call that runs is waited for, those that wait are given up."""
        self._is_closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(self, rows: Sequence[Row]) -> Future[list[Row]]:
        try:
            return self._pool.submit(predict_there, list(rows))
        except BrokenExecutor:
            self._replace()
            return self._pool.submit(predict_there, list(rows))

    def _ended(self, error: BrokenExecutor) -> InferenceFailed:
        self._replace()
        return InferenceFailed(
            "the process of the model ended; the next call has a new one", found=str(error)
        )

    def _replace(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        if not self._is_closed:
            self._pool = process_pool(self._origin)
