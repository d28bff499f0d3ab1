"""Calls that wait for a worker are computed together, and nobody notices but by the clock."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from opcua_ml.application.timed import timed
from opcua_ml.domain.computation import Computation
from opcua_ml.domain.errors import InferenceFailed, WorkerUnavailable
from opcua_ml.domain.row import Row
from opcua_ml.runtime.contract.model import LoadedModel
from opcua_ml.runtime.executor import ExecutorSettings, executor_for
from opcua_ml.runtime.executor.batching import Batching, batching_of
from opcua_ml.runtime.executor.worker import ProcessExecutor
from opcua_ml.runtime.executor.worker_queue import WorkerQueue
from tests.unit.runtime.executor.busy import FATAL, busy_model

SLOW = 0.1
BAD = -1.0
TOGETHER = Batching(rows=8)


class Adder:
    """Adds one, call by call as its gate lets it; fails on -1, alone or among others."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.begun = threading.Event()
        self.calls: list[int] = []

    def __call__(self, rows: Sequence[Row]) -> list[Row]:
        """One row out per row in."""
        self.begun.set()
        self.gate.acquire()
        self.calls.append(len(rows))
        if any(row[0] == BAD for row in rows):
            raise InferenceFailed("a bad row")
        return [(row[0] + 1.0,) for row in rows]  # type: ignore[operator]


@pytest.fixture
def adder() -> Adder:
    """Lets nothing through yet."""
    return Adder()


@pytest.fixture
def queue(adder: Adder) -> Iterator[WorkerQueue]:
    """Whose first call has begun and waits in the model."""
    made = WorkerQueue("test", partial(timed, adder), 64, batching=TOGETHER)
    made.submit([(0.0,)])
    assert adder.begun.wait(30)
    yield made
    adder.gate.release(1000)
    made.close()


def outcome(future: Future[Computation]) -> object:
    """The rows of a call, or its error."""
    error = future.exception(10)
    return error if error is not None else future.result().rows


def test_calls_that_wait_are_computed_together_in_their_order(queue: WorkerQueue, adder: Adder) -> None:
    """Each gets its own rows, and the counters tell."""
    futures = [queue.submit([(float(number),)]) for number in range(1, 6)]
    futures.append(queue.submit([(6.0,), (7.0,)]))
    adder.gate.release(2)
    assert [outcome(one) for one in futures] == [
        *([(number + 1.0,)] for number in range(1, 6)),
        [(7.0,), (8.0,)],
    ]
    assert adder.calls == [1, 7]
    assert (queue.batches.batches, queue.batches.rows, queue.batches.mean) == (2, 8, 4.0)
    assert queue.state.depth == 0


def test_a_batch_takes_no_more_rows_than_it_may(queue: WorkerQueue, adder: Adder) -> None:
    """What does not fit is the next one's, and a call that is larger than any batch goes alone."""
    sizes = [5, 4, 20, 1]
    futures = [queue.submit([(1.0,)] * size) for size in sizes]
    adder.gate.release(5)
    assert [outcome(one) for one in futures] == [[(2.0,)] * size for size in sizes]
    assert adder.calls == [1, 5, 4, 20, 1]


def test_one_bad_row_fails_its_own_call_alone(queue: WorkerQueue, adder: Adder) -> None:
    """The others are computed again, each for itself."""
    futures = [queue.submit([(value,)]) for value in (1.0, BAD, 3.0)]
    adder.gate.release(5)
    first, bad, last = map(outcome, futures)
    assert (first, last) == ([(2.0,)], [(4.0,)])
    assert isinstance(bad, InferenceFailed)
    assert adder.calls == [1, 3, 1, 1, 1]


def test_who_has_given_up_is_left_out(queue: WorkerQueue, adder: Adder) -> None:
    """And no longer counts as waiting."""
    futures = [queue.submit([(value,)]) for value in (1.0, 2.0, 3.0)]
    assert futures[1].cancel()
    adder.gate.release(2)
    assert (outcome(futures[0]), outcome(futures[2])) == ([(2.0,)], [(4.0,)])
    assert adder.calls == [1, 2]
    assert queue.state.depth == 0


def test_closing_fails_what_waits_whatever_it_would_have_been_computed_with(
    queue: WorkerQueue, adder: Adder
) -> None:
    """Also the call that a batch had no room for."""
    futures = [queue.submit([(1.0,)] * size) for size in (7, 3, 1)]
    closing_now = threading.Event()
    closer = threading.Thread(target=queue.close, args=[closing_now.set])
    closer.start()
    assert closing_now.wait(30)
    adder.gate.release(1000)
    closer.join()
    assert [type(outcome(one)) for one in futures] == [WorkerUnavailable] * 3


def test_a_worker_may_wait_for_further_calls(adder: Adder) -> None:
    """As long as configured, and no longer once the batch is full."""
    adder.gate.release(1000)
    with closing(
        WorkerQueue("test", partial(timed, adder), 64, batching=Batching(rows=3, wait=30.0))
    ) as queue:
        futures = [queue.submit([(float(number),)]) for number in range(3)]
        assert [outcome(one) for one in futures] == [[(number + 1.0,)] for number in range(3)]
        assert adder.calls == [3]


@pytest.fixture(scope="module")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Takes 100 ms for a call, however many rows are in it."""
    return busy_model(tmp_path_factory.mktemp("slow"), 0.0, waits=SLOW)


async def test_a_slow_model_answers_many_callers_in_the_time_of_few(slow_model: LoadedModel) -> None:
    """Twenty calls at once take two calls of the model; the one whose row is fatal fails alone."""
    executor = executor_for(slow_model)
    assert isinstance(executor, ProcessExecutor)
    with closing(executor):
        assert "up to 64 rows that wait are computed together" in executor.place
        started = time.perf_counter()
        found = await asyncio.gather(*(executor.run([(float(n), 0.0)]) for n in range(20)))
        assert [one.rows for one in found] == [[(float(n),)] for n in range(20)]
        assert time.perf_counter() - started < 10 * SLOW
        assert executor.batches.batches < 10
        values = (1.0, FATAL, 3.0)
        met = await asyncio.gather(*(executor.run([(n, 0.0)]) for n in values), return_exceptions=True)
        assert isinstance(met[1], WorkerUnavailable)
        assert [one.rows for one in met if isinstance(one, Computation)] == [[(1.0,)], [(3.0,)]]


class Crowded:
    """A model whose answers depend on how many rows it is given."""

    def __init__(self, model: LoadedModel) -> None:
        self._model = model
        self.golden, self.signature, self.backend, self.origin = (
            *(model.golden, model.signature),
            *(model.backend, model.origin),
        )

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Off by as much as there are others."""
        return [(row[0] + len(rows) - 1.0,) for row in self._model.predict(rows)]  # type: ignore[operator]


def test_a_model_that_answers_otherwise_in_company_is_asked_row_by_row(tmp_path: Path) -> None:
    """And so is one that gains nothing, or for which nobody wants it."""
    model = busy_model(tmp_path, 0.001)
    assert batching_of(Crowded(model), 64, 0.0).rows == 1
    assert "other answers" in batching_of(Crowded(model), 64, 0.0).why
    assert batching_of(model, 64, 0.5) == Batching(64, 0.5, "up to 64 rows that wait are computed together")
    assert batching_of(model, 1, 0.5).rows == 1
    settings = ExecutorSettings(inline_budget=0.0, batch_rows=1)
    with closing(executor_for(model, settings)) as executor:
        assert "one by one, as configured" in executor.place  # type: ignore[attr-defined]
