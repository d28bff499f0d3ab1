"""A version in probation goes for what is its own, and not for what else the machine does."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from opcua_ml.application.call_times import MeasuredExecutor
from opcua_ml.application.serving import Serving
from opcua_ml.domain.lifecycle import Cause
from opcua_ml.runtime.executor import ExecutorSettings, executor_for
from opcua_ml.service.versions.probation import Trial
from tests.busy_machine import busy_machine
from tests.unit.runtime.executor.busy import busy_model

if TYPE_CHECKING:
    from pathlib import Path

LIMIT_MS = 2.0
ROW = (1.0, 2.0)
INLINE, ELSEWHERE = ExecutorSettings(inline_budget=1.0), ExecutorSettings(inline_budget=0.0)


class Clock:
    """Goes on as it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Seconds."""
        return self.now


async def causes(serving: Serving, trial: Trial, clock: Clock, rounds: int) -> list[tuple[Cause, str] | None]:
    """What the trial says after each round of 110 calls, which takes longer than a second."""
    said = []
    for _ in range(rounds):
        for _ in range(110):
            if serving.quick.one_row is not None:
                serving.quick.one_row(ROW)
            else:
                await serving.executor.run([ROW])
        clock.now += 1.1
        said.append(trial.cause())
    return said


def a_trial(serving: Serving, clock: Clock) -> Trial:
    """With the limit, and no alarms."""
    return Trial(serving, LIMIT_MS, frozenset, clock)


@pytest.mark.parametrize("settings", [INLINE, ELSEWHERE], ids=["inline", "process"])
async def test_a_busy_machine_ends_no_trial_of_a_quick_version(
    tmp_path: Path, settings: ExecutorSettings
) -> None:
    """By the clock its p99 is above the limit, round after round."""
    model, clock = busy_model(tmp_path, 5e-4), Clock()
    with closing(executor_for(model, settings)) as executor, busy_machine():
        serving = Serving(model.card, executor)
        trial = a_trial(serving, clock)
        assert await causes(serving, trial, clock, 3) == [None] * 3


async def test_a_version_that_computes_for_too_long_goes_after_one_round(tmp_path: Path) -> None:
    """Also on a busy machine; the words have its own time and the limit."""
    model, clock = busy_model(tmp_path, 4e-3), Clock()
    with closing(executor_for(model, INLINE)) as executor, busy_machine():
        serving = Serving(model.card, executor)
        (found,) = await causes(serving, a_trial(serving, clock), clock, 1)
    assert found is not None
    assert found[0] is Cause.LATENCY
    assert found[1].startswith("it was too slow: p99 of ")
    assert found[1].endswith(" ms, at most 2 ms")


async def test_a_version_that_waits_goes_after_three_rounds_that_agree(tmp_path: Path) -> None:
    """A round in between that is quick begins the count anew."""
    model, clock = busy_model(tmp_path, 0.0), Clock()
    estimator = model.predictor.estimator  # type: ignore[attr-defined]
    with closing(executor_for(model, INLINE)) as executor:
        serving = Serving(model.card, executor)
        trial = a_trial(serving, clock)
        said = []
        for waits, rounds in ((3e-3, 2), (0.0, 1), (3e-3, 3)):
            estimator.waits = waits
            said += await causes(serving, trial, clock, rounds)
    assert said[:5] == [None] * 5
    assert said[5] is not None


async def test_calls_are_measured_until_the_trial_ends(tmp_path: Path) -> None:
    """The executor is then called as before; without a limit it always is."""
    model = busy_model(tmp_path, 0.0)
    with closing(executor_for(model, INLINE)) as executor:
        serving = Serving(model.card, executor)
        trial = a_trial(serving, Clock())
        assert isinstance(serving.executor, MeasuredExecutor)
        began = time.perf_counter()
        assert serving.executor.predict([ROW]) == [(1.0,)]
        assert serving.executor.times.count == 1
        assert 0.0 < serving.executor.times.own().processor <= time.perf_counter() - began
        trial.end()
        assert serving.executor is executor
        Trial(serving, None, frozenset)
        assert serving.executor is executor
