"""Where calls run, and what a slow or dying model does to others."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from opcua_ml.application.ports import Executor
from opcua_ml.domain.errors import InferenceFailed, InferenceOverloaded
from opcua_ml.runtime.executor import ExecutorSettings, WorkerKind, executor_for
from tests.unit.runtime.executor.busy import busy_model

SLOW = 10_000_000
ROW = [(1.0, 2.0)]
FATAL = [(-2000.0, 0.0)]


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Executor]:
    """A model that takes some tenths of a second, in a process."""
    model = busy_model(tmp_path_factory.mktemp("slow"), SLOW)
    with closing(executor_for(model, ExecutorSettings(queue_size=2))) as executor:
        yield executor


def test_a_quick_model_runs_inline_and_a_budget_of_zero_forbids_it(tmp_path: Path) -> None:
    """Measured, not guessed."""
    model = busy_model(tmp_path, 0)
    with closing(executor_for(model, ExecutorSettings(inline_budget=0.05))) as inline:
        assert inline.inline
        assert inline.predict(ROW) == [(1.0,)]
    settings = ExecutorSettings(inline_budget=0.0, worker=WorkerKind.THREAD)
    with closing(executor_for(model, settings)) as thread:
        assert not thread.inline
        assert thread.predict(ROW) == [(1.0,)]


async def test_a_slow_model_delays_neither_the_loop_nor_another_model(
    process: Executor, tmp_path: Path
) -> None:
    """While one slow call runs, the loop turns many times and a quick model answers many times."""
    with closing(executor_for(busy_model(tmp_path, 0), ExecutorSettings(inline_budget=0.05))) as quick:
        running = asyncio.create_task(process.run(ROW))
        turns = answers = 0
        longest, last = 0.0, time.perf_counter()
        while not running.done():
            answers += len(quick.predict(ROW))
            await asyncio.sleep(0.001)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
            turns += 1
        assert await running == [(1.0,)]
    assert min(turns, answers) > 10
    assert longest < 0.1


async def test_more_calls_than_the_queue_takes_are_refused(process: Executor) -> None:
    """At once and with the number, while those before are served."""
    first, second = (asyncio.create_task(process.run(ROW)) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(InferenceOverloaded, match="fewer than 2"):
        await process.run(ROW)
    assert [await first, await second] == [[(1.0,)], [(1.0,)]]


async def test_a_worker_that_dies_fails_its_call_and_the_next_one_is_answered(process: Executor) -> None:
    """By a new process, without anybody's help."""
    with pytest.raises(InferenceFailed, match="ended"):
        await process.run(FATAL)
    assert await process.run(ROW) == [(1.0,)]


def test_closing_twice_is_closing_once(tmp_path: Path) -> None:
    """And no process is left."""
    executor = executor_for(busy_model(tmp_path, 0), ExecutorSettings(inline_budget=0.0))
    executor.close()
    executor.close()
