"""The latency gate tells a slow version from a busy machine."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from opcua_ml.runtime.executor import ExecutorSettings, executor_for
from opcua_ml.service.versions.latency import latency_result
from tests.busy_machine import busy_machine
from tests.unit.runtime.executor.busy import busy_model

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opcua_ml.application.ports import Executor

LIMIT_MS = 2.0
ROWS = [(1.0, 2.0), (3.0, 4.0)]
INLINE, ELSEWHERE = ExecutorSettings(inline_budget=1.0), ExecutorSettings(inline_budget=0.0)
QUICK, SLOW, WAITS = (3e-4, 0.0), (4e-3, 0.0), (0.0, 4e-3)
SECONDS = 2.0


@pytest.fixture(scope="module", params=[INLINE, ELSEWHERE], ids=["inline", "process"])
def executors(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[tuple[float, float], Executor]]:
    """Of versions that compute and wait for so long."""
    made = {}
    for times in (QUICK, SLOW, WAITS):
        made[times] = executor_for(busy_model(tmp_path_factory.mktemp("m"), *times), request.param)
    yield made
    for executor in made.values():
        executor.close()


def test_a_quick_version_passes_and_slow_ones_do_not(
    executors: dict[tuple[float, float], Executor],
) -> None:
    """Whether they compute or wait: by a few calls."""
    assert latency_result(executors[QUICK], ROWS, LIMIT_MS).passed
    for times, why in ((SLOW, "at most 2 ms"), (WAITS, "it waits, or its own threads compute")):
        began = time.monotonic()
        found = latency_result(executors[times], ROWS, LIMIT_MS)
        assert not found.passed
        assert found.value is not None
        assert found.value > LIMIT_MS
        assert found.detail.endswith(why)
        assert time.monotonic() - began < 10.0


def test_a_busy_machine_refuses_no_quick_version_and_lets_no_slow_one_pass(
    executors: dict[tuple[float, float], Executor],
) -> None:
    """Beside processes that compute, three for each processor, each time again."""
    with busy_machine():
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            found = latency_result(executors[QUICK], ROWS, LIMIT_MS)
            assert found.passed, found
            for times in (SLOW, WAITS):
                found = latency_result(executors[times], ROWS, LIMIT_MS)
                assert not found.passed, found


def test_what_passed_by_the_processor_s_time_alone_says_so(tmp_path: Path) -> None:
    """With the time by the clock beside it."""
    with closing(executor_for(busy_model(tmp_path, 1.5e-3), INLINE)) as executor, busy_machine():
        found = latency_result(executor, ROWS, LIMIT_MS)
    assert found.passed, found
    assert "of the processor's time, at most 2 ms; the machine was busy, so that it was" in found.detail
