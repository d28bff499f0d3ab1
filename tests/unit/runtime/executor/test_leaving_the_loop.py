"""A model that becomes slow leaves the event loop, and comes back when it is quick again."""

import asyncio
import os
import signal
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import ClassVar

import pytest

from opcua_ml.runtime.executor import ExecutorSettings, executor_for
from opcua_ml.runtime.executor import pace_watch as module
from opcua_ml.runtime.executor.inline import InlineExecutor
from opcua_ml.runtime.executor.pace_watch import PaceWatch
from opcua_ml.runtime.executor.process import ModelProcess
from opcua_ml.runtime.executor.switches import voluntary_switches
from opcua_ml.runtime.executor.worker import ProcessPlan
from tests.busy_machine import busy_machine
from tests.stopwatch import Stopwatch
from tests.unit.runtime.executor.busy import busy_model

ROW = [(1.0, 2.0)]
SETTINGS = ExecutorSettings(inline_budget=0.02)
LIMIT = 1.0


def is_inline(executor: InlineExecutor) -> bool:
    """Asked anew each time."""
    return executor.inline


def test_pauses_of_the_machine_move_nobody() -> None:
    """However long they are; nor do seven waits in a row, nor one long call in twenty."""
    watch = PaceWatch(LIMIT)
    watch.wake(1000.0)
    for _ in range(100):
        assert not any(watch.is_slow(1000.0, 0.1, has_waited=False) for _ in range(30))
        assert not any(watch.is_slow(1000.0, 0.1, has_waited=True) for _ in range(7))
        assert not any(watch.is_slow(0.1, 0.1, has_waited=True) for _ in range(19))
        assert not watch.is_slow(1.5, 1.5, has_waited=False)


def test_slow_calls_move_the_model_the_sooner_the_slower_they_are() -> None:
    """Two that take very long are enough; of those barely too long it takes ten; of waits eight."""
    watch = PaceWatch(LIMIT)
    watch.wake(100.0)
    assert watch.is_slow(100.0, 100.0, has_waited=False)
    watch = PaceWatch(LIMIT)
    watch.wake(1.01)
    assert [watch.is_slow(1.01, 1.01, has_waited=False) for _ in range(9)] == [*[False] * 8, True]
    watch = PaceWatch(LIMIT)
    watch.wake(50.0)
    assert [watch.is_slow(50.0, 0.0, has_waited=True) for _ in range(8)] == [*[False] * 7, True]


def test_calls_are_measured_by_both_clocks_only_for_a_while_after_a_slow_one() -> None:
    """That costs time itself; a call that is slow in between prolongs it."""
    watch = PaceWatch(LIMIT)
    before = watch.watches
    watch.wake(2.0)
    for _ in range(2):
        assert not watch.is_slow(2.0, 0.1, has_waited=False)
        for _ in range(module.WATCHED_CALLS - 1):
            assert watch.watches
            watch.is_slow(0.1, 0.1, has_waited=False)
    watch.is_slow(0.1, 0.1, has_waited=False)
    assert (before, watch.watches) == (False, False)


def test_a_model_is_quick_again_beside_pauses_and_not_beside_calls_that_compute_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One call in twenty is paused."""
    monkeypatch.setattr(module, "CALM_SECONDS", 0.0)
    for processor, back in ((0.1, True), (2.0, False)):
        watch = PaceWatch(LIMIT)
        seen = [watch.is_quick_again(*(0.1, 0.1) if n % 20 else (2.0, processor)) for n in range(500)]
        assert any(seen) is back


async def test_a_quick_model_stays_on_the_loop_of_a_busy_machine(tmp_path: Path) -> None:
    """Beside calls of 0.2 ms processes compute, and many calls are paused for far longer than allowed."""
    settings = ExecutorSettings(inline_budget=1e-3)
    with closing(executor_for(busy_model(tmp_path, 2e-4), settings)) as executor, busy_machine():
        assert isinstance(executor, InlineExecutor)
        longest, end = 0.0, time.monotonic() + 3.0
        while time.monotonic() < end:
            began = time.perf_counter()
            executor.predict(ROW)
            longest = max(longest, time.perf_counter() - began)
            assert is_inline(executor)
        assert longest > 2e-3


@pytest.mark.parametrize("kind", ["seconds", "waits"])
async def test_a_slow_model_leaves_the_loop_of_a_busy_machine(tmp_path: Path, kind: str) -> None:
    """Within some calls, whether it computes or waits."""
    model = busy_model(tmp_path, 0.0)
    with closing(executor_for(model, SETTINGS)) as executor, busy_machine():
        assert isinstance(executor, InlineExecutor)
        setattr(model.predictor.estimator, kind, 0.1)  # type: ignore[attr-defined]
        for _ in range(10):
            if is_inline(executor):
                executor.predict(ROW)
        assert not is_inline(executor)


def test_only_who_waits_gives_up_the_processor_by_itself() -> None:
    """A thread that computes beside others is made to."""
    switches = voluntary_switches()
    with busy_machine():
        before, began, end = switches(), time.perf_counter(), time.thread_time() + 0.05
        while time.thread_time() < end:
            pass
        computed, seconds = switches() - before, time.perf_counter() - began
        before = switches()
        time.sleep(0.01)
        waited = switches() - before
    assert waited > 0
    if sys.platform == "linux":
        assert seconds > 0.06
        assert computed == 0


async def test_a_model_that_becomes_slow_leaves_the_loop_and_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its calls go to a thread at once and then to a process, as it holds the interpreter's lock."""
    monkeypatch.setattr(module, "CALM_SECONDS", 0.0)
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


class KeptPlan(ProcessPlan):
    """Keeps the process that it makes."""

    made_ones: ClassVar[list[ModelProcess]] = []

    def made(self) -> ModelProcess:
        """As any plan."""
        self.made_ones.append(super().made())
        return self.made_ones[-1]


@pytest.mark.parametrize("stands", [False, True])
async def test_closing_ends_the_process_that_is_still_starting(tmp_path: Path, *, stands: bool) -> None:
    """And nothing is left of it; one that would never come to an end holds up no end of the service."""
    model = busy_model(tmp_path, 0.1)
    assert model.origin is not None
    plan = KeptPlan(model.origin, model.backend, 1, 60.0)
    executor = InlineExecutor(model, 1, 1, "here", watch=PaceWatch(0.02), process=plan)
    while is_inline(executor):
        executor.predict(ROW)
    process = plan.made_ones[-1]
    if stands:
        async with asyncio.timeout(30):
            while (pid := process.pid) is None:  # noqa: ASYNC110 - another thread's doing
                await asyncio.sleep(0.01)
        os.kill(pid, signal.SIGSTOP)
    watch = Stopwatch()
    executor.close()
    assert watch.seconds < 5.0
    assert "start-process" not in {thread.name for thread in threading.enumerate()}
    assert process.pid is None
