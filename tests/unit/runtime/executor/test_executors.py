"""Where calls run, and what a slow, hung or dying model does to others."""

import asyncio
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from opcua_ml.domain.errors import HashMismatch, InferenceFailed, InferenceOverloaded, WorkerUnavailable
from opcua_ml.domain.row import Row
from opcua_ml.runtime.contract.model import LoadedModel
from opcua_ml.runtime.executor import ExecutorSettings, WorkerKind, executor_for
from opcua_ml.runtime.executor.inline import InlineExecutor
from opcua_ml.runtime.executor.worker import ProcessExecutor
from tests.stopwatch import Stopwatch
from tests.unit.runtime.executor.busy import (
    FATAL,
    HANGS,
    SECRET,
    TELLS_PROCESS,
    TELLS_SECRET,
    busy_model,
)
from tests.unit.runtime.executor.processes import assert_ends

SLOW = 0.3
ROW = [(1.0, 2.0)]
LONG = ExecutorSettings(inline_budget=0.05)


@pytest.fixture(scope="module")
def slow_model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Takes 300 ms of pure Python for a call."""
    return busy_model(tmp_path_factory.mktemp("slow"), SLOW)


@pytest.fixture(scope="module")
def quick_model(tmp_path_factory: pytest.TempPathFactory) -> LoadedModel:
    """Takes microseconds."""
    return busy_model(tmp_path_factory.mktemp("quick"), 0.0)


@pytest.fixture(scope="module")
def process(slow_model: LoadedModel) -> Iterator[ProcessExecutor]:
    """The slow model where it runs by default."""
    executor = executor_for(slow_model, ExecutorSettings(queue_size=2))
    assert isinstance(executor, ProcessExecutor)
    with closing(executor):
        yield executor


def test_a_quick_model_runs_inline_and_a_budget_of_zero_forbids_it(quick_model: LoadedModel) -> None:
    """Measured, not guessed."""
    with closing(executor_for(quick_model, LONG)) as inline:
        assert inline.inline
        assert inline.predict(ROW) == [(1.0,)]
    settings = ExecutorSettings(inline_budget=0.0, worker=WorkerKind.THREAD)
    with closing(executor_for(quick_model, settings)) as thread:
        assert not thread.inline
        assert thread.predict(ROW) == [(1.0,)]


def test_a_place_is_told_in_words_with_what_was_measured(process: ProcessExecutor) -> None:
    """For the engineer who asks why a model is slow."""
    told = re.fullmatch(r"in a process of its own: p99 of (\S+) ms, budget 1 ms; .*", process.place)
    assert told is not None
    assert float(told[1]) >= 300


async def test_a_slow_model_delays_neither_the_loop_nor_another_model(
    process: ProcessExecutor, quick_model: LoadedModel
) -> None:
    """While one call computes 300 ms of pure Python, the loop turns and a quick model answers."""
    with closing(executor_for(quick_model, LONG)) as quick:
        started, watch = time.perf_counter(), Stopwatch()
        running = asyncio.ensure_future(process.run(ROW))
        answers, longest = 0, 0.0
        while not running.done():
            watch.restart()
            answers += len(quick.predict(ROW))
            await asyncio.sleep(0.001)
            longest = max(longest, watch.seconds)
        assert (await running).rows == [(1.0,)]
    assert time.perf_counter() - started >= SLOW
    assert answers > 20
    assert longest < SLOW / 3


async def test_more_calls_than_the_queue_takes_are_refused_and_counted(process: ProcessExecutor) -> None:
    """At once and with the number, while those before are served."""
    before = process.refused
    first, second = (asyncio.ensure_future(process.run(ROW)) for _ in range(2))
    await asyncio.sleep(0)
    assert process.waiting is not None
    assert (process.waiting.depth, process.waiting.size) == (2, 2)
    with pytest.raises(InferenceOverloaded, match="fewer than 2"):
        await process.run(ROW)
    assert [(await first).rows, (await second).rows] == [[(1.0,)], [(1.0,)]]
    assert process.refused == before + 1
    assert process.waiting.dropped == process.refused


async def test_a_call_given_up_by_its_caller_still_counts_until_it_is_done(process: ProcessExecutor) -> None:
    """Callers with a timeout of their own can't fill the queue beyond its size."""
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(process.run(ROW), 0.01)
    with pytest.raises(InferenceOverloaded):
        await process.run(ROW)
    async with asyncio.timeout(10):
        while True:
            try:
                assert (await process.run(ROW)).rows == [(1.0,)]
            except InferenceOverloaded:
                await asyncio.sleep(0.02)
            else:
                break


async def test_a_process_that_dies_fails_its_call_alone_and_is_replaced(process: ProcessExecutor) -> None:
    """The call that waits behind the fatal one is answered by the new process."""
    fatal = asyncio.ensure_future(process.run([(FATAL, 0.0)]))
    waiting = asyncio.ensure_future(process.run(ROW))
    with pytest.raises(InferenceFailed, match="the process of the model ended; found exit code 3"):
        await fatal
    assert (await waiting).rows == [(1.0,)]


async def test_a_process_that_hangs_is_killed_and_replaced(quick_model: LoadedModel) -> None:
    """One row on which a model never ends does not take the model away for good."""
    settings = ExecutorSettings(inline_budget=0.0, call_timeout=0.5)
    with closing(executor_for(quick_model, settings)) as executor:
        with pytest.raises(InferenceFailed, match=r"no answer within 0\.5 s"):
            await executor.run([(HANGS, 0.0)])
        assert (await executor.run(ROW)).rows == [(1.0,)]


async def test_closing_fails_what_runs_and_what_waits_and_leaves_no_process(slow_model: LoadedModel) -> None:
    """Nobody waits for ever, no zombie stays, and a second close does nothing."""
    executor = executor_for(slow_model, ExecutorSettings())
    ((process_id,),) = executor.predict([(TELLS_PROCESS, 0.0)])
    calls = [asyncio.ensure_future(executor.run(ROW)) for _ in range(3)]
    async with asyncio.timeout(30):
        while executor.waiting is None or executor.waiting.depth < len(calls):  # noqa: ASYNC110 - a thread's doing
            await asyncio.sleep(0.001)
    watch = Stopwatch()
    executor.close()
    assert watch.seconds < 3.0
    executor.close()
    ended = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in ended] == [WorkerUnavailable] * 3
    with pytest.raises(InferenceFailed, match="closed"):
        await executor.run(ROW)
    assert isinstance(process_id, float)
    assert_ends(int(process_id))


def test_a_package_that_changed_is_not_loaded_by_the_process(tmp_path: Path) -> None:
    """The process opens the package anew; what it finds must be what the service loaded."""
    model = busy_model(tmp_path, 0.0)
    manifest = tmp_path / "busy" / "manifest.toml"
    manifest.write_bytes(manifest.read_bytes() + b"# changed\n")
    with pytest.raises(HashMismatch, match="changed while it was served"):
        executor_for(model, ExecutorSettings(inline_budget=0.0))


def test_a_model_process_does_not_get_the_services_secrets(
    quick_model: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Passwords of PLCs stand in the environment; a model has no business with them."""
    monkeypatch.setenv(SECRET, "pump")
    assert quick_model.predict([(TELLS_SECRET, 0.0)]) == [(1.0,)]
    with closing(executor_for(quick_model, ExecutorSettings(inline_budget=0.0))) as executor:
        assert executor.predict([(TELLS_SECRET, 0.0)]) == [(0.0,)]


class _Threads:
    """A predictor that tells in which thread it was called."""

    backend = "onnx"
    origin = None

    def __init__(self, model: LoadedModel) -> None:
        self.signature = model.signature
        self.golden = model.golden

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """The thread's number for each row."""
        return [(threading.get_ident(),) for _ in rows]


async def test_a_batch_too_large_for_the_loop_goes_to_a_thread(quick_model: LoadedModel) -> None:
    """A model quick enough for one row may still block the loop with a million."""
    with closing(InlineExecutor(_Threads(quick_model), 10, 2, "")) as executor:
        assert (await executor.run(ROW * 10)).rows == [(threading.get_ident(),)] * 10
        (there,) = set((await executor.run(ROW * 11)).rows)
        assert there != (threading.get_ident(),)
