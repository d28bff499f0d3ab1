"""A model that becomes slow leaves the event loop, and comes back when it is quick again."""

import asyncio
from contextlib import closing
from pathlib import Path

import pytest

from opcua_ml.runtime.executor import ExecutorSettings, executor_for
from opcua_ml.runtime.executor import pace_watch as module
from opcua_ml.runtime.executor.inline import InlineExecutor
from opcua_ml.runtime.executor.pace_watch import PaceWatch
from tests.stopwatch import Stopwatch
from tests.unit.runtime.executor.busy import busy_model

ROW = [(1.0, 2.0)]
SETTINGS = ExecutorSettings(inline_budget=0.02)
LIMIT = 1.0


def is_inline(executor: InlineExecutor) -> bool:
    """Asked anew each time."""
    return executor.inline


def test_a_pause_of_the_machine_moves_nobody() -> None:
    """However long it is, and though one call in twenty is somewhat slow."""
    watch = PaceWatch(LIMIT)
    assert not watch.is_slow(1000.0)
    for _ in range(100):
        assert not any(watch.is_slow(0.1) for _ in range(19))
        assert not watch.is_slow(1.5)


def test_slow_calls_move_the_model_the_sooner_the_slower_they_are() -> None:
    """Two that take very long are enough; of those barely too long it takes ten."""
    watch = PaceWatch(LIMIT)
    assert [watch.is_slow(100.0) for _ in range(2)] == [False, True]
    watch = PaceWatch(LIMIT)
    assert [watch.is_slow(1.01) for _ in range(10)] == [*[False] * 9, True]


async def test_a_model_that_becomes_slow_leaves_the_loop_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its calls go to a thread at once and then to a process, as it holds the interpreter's lock."""
    monkeypatch.setattr(module, "_CALM_SECONDS", 0.0)
    model = busy_model(tmp_path, 0.0)
    with closing(executor_for(model, SETTINGS)) as executor:
        assert isinstance(executor, InlineExecutor)
        assert is_inline(executor)
        estimator = model.predictor.estimator  # type: ignore[attr-defined]
        estimator.seconds = 0.1
        for _ in range(10):
            if is_inline(executor):
                executor.predict(ROW)
        assert not is_inline(executor)
        assert executor.place.startswith("off the event loop")
        await assert_the_loop_turns_beside(executor)
        estimator.seconds = 0.0
        async with asyncio.timeout(30):
            while not is_inline(executor):
                assert (await executor.run(ROW)).rows == [(1.0,)]
        assert executor.place.startswith("on the event loop")


async def assert_the_loop_turns_beside(executor: InlineExecutor) -> None:
    """While a call takes 100 ms elsewhere."""
    running = asyncio.ensure_future(executor.run(ROW))
    watch, longest = Stopwatch(), 0.0
    while not running.done():
        watch.restart()
        await asyncio.sleep(0.001)
        longest = max(longest, watch.seconds)
    assert (await running).rows == [(1.0,)]
    assert longest < 0.1


async def test_closing_ends_the_process_that_is_still_starting(tmp_path: Path) -> None:
    """And nothing is left of it."""
    executor = executor_for(busy_model(tmp_path, 0.0), SETTINGS)
    assert isinstance(executor, InlineExecutor)
    executor._leave()
    executor.close()
    assert executor._process is None or executor._process._process._process is None
