"""Versions on trial, in probation or as a canary: what ends the trial, and what clients see of it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from opcua_ml.application.call_times import MeasuredExecutor
from opcua_ml.application.timed import timed
from tests.integration.versions.site import candidate, running, shows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.computation import Computation
    from opcua_ml.domain.row import Row
    from tests.integration.versions.site import Plant

STATE, REASON = "sum.Versions.2%2E0%2E0.State", "sum.Versions.2%2E0%2E0.Reason"
HUGE = 1e275
"""The model with this gain is right on the golden rows, and infinite on rows that are a bit too large."""


class Slowed:
    """A real executor that has become slow."""

    inline = True

    def __init__(self, executor: Executor) -> None:
        self._executor = executor
        self.backend, self.waiting = executor.backend, executor.waiting

    def predict(self, rows: Sequence[Row]) -> list[Row]:
        """Later, by computing."""
        end = time.thread_time() + 0.012
        while time.thread_time() < end:
            pass
        return self._executor.predict(rows)

    async def run(self, rows: Sequence[Row]) -> Computation:
        """Later, too."""
        return timed(self.predict, rows)

    def close(self) -> None:
        """Let go."""
        self._executor.close()


class Hanging(Slowed):
    """A real executor that has come to answer nothing, until it is closed."""

    def __init__(self, executor: Executor) -> None:
        super().__init__(executor)
        self.asked = asyncio.Event()

    async def run(self, rows: Sequence[Row]) -> Computation:  # noqa: ARG002 - the port's
        """Never."""
        self.asked.set()
        never: asyncio.Future[Computation] = asyncio.get_running_loop().create_future()
        return await never


async def write_inputs(plant: Plant, x1: float) -> None:
    """As a client writes inputs that no tag feeds."""
    for name, number in (("x1", x1), ("x2", 1.0)):
        node = plant.engineer.client.get_node(plant.engineer.node_id(f"sum.Inputs.{name}"))
        await node.write_value(ua.DataValue(ua.Variant(number, ua.VariantType.Double)))


async def test_a_version_that_fails_in_probation_is_rolled_back(tmp_path: Path) -> None:
    """After the fourth row, by itself, with the number; the version before answers again."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", HUGE))
        await plant.do("Promote", "2.0.0", 60_000.0, "")
        for _ in range(4):
            with pytest.raises(UaStatusCodeError):
                await plant.predict(1e38)
        await plant.engineer.until(STATE, shows("Rejected"), 10)
        assert "failed on 4 rows" in await plant.engineer.text(REASON)
        assert await plant.predict(1e38) == (pytest.approx(1e38), "1.0.0")
    assert '"cause":"it failed"' in (tmp_path / "versions" / "sum" / "journal").read_text(encoding="utf-8")


async def test_a_version_that_is_slow_in_probation_is_rolled_back(tmp_path: Path) -> None:
    """Once enough calls were measured; none of them is lost."""
    async with running(tmp_path, model="latency_gate_ms = 10") as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.do("Promote", "2.0.0", 60_000.0, "")
        serving = plant.service.models[0].serving
        measured = serving.executor
        assert isinstance(measured, MeasuredExecutor)
        serving.run_on(MeasuredExecutor(Slowed(measured.executor), measured.times))
        answers = [await plant.predict() for _ in range(110)]
        assert {round(answer, 9) for answer, version in answers if version == "2.0.0"} == {6.0}
        await plant.engineer.until(STATE, shows("Rejected"), 10)
        assert "too slow: p99 of" in await plant.engineer.text(REASON)
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")


async def test_a_shadow_that_hangs_holds_up_no_rollback(tmp_path: Path) -> None:
    """The version in probation is judged while the shadow still owes an answer."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "1.5.0", 1.0))
        await plant.do("StartShadow", "1.5.0", "")
        shadow = plant.service.versions.deployments["sum"].shadows["1.5.0"]
        hanging = Hanging(shadow.serving.executor)
        shadow.serving.run_on(hanging)
        await plant.predict()
        async with asyncio.timeout(10):
            await hanging.asked.wait()
        await plant.drop(candidate(tmp_path, "2.0.0", HUGE))
        await plant.do("Promote", "2.0.0", 60_000.0, "")
        for _ in range(4):
            with pytest.raises(UaStatusCodeError):
                await plant.predict(1e38)
        await plant.engineer.until(STATE, shows("Rejected"), 10)
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")


ALARM = """
        [models.sum.alarms.high]
        output = "value"
        high = 50.0
"""


async def test_an_alarm_during_probation_ends_it(tmp_path: Path) -> None:
    """One that is raised by the new version's answers; one that was there before does not count."""
    async with running(tmp_path, model=ALARM) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 100.0))
        await write_inputs(plant, 2.0)
        await plant.engineer.until("sum.Outputs.value", shows(pytest.approx(3.0)), 10)
        await plant.do("Promote", "2.0.0", 60_000.0, "")
        # The swap scores the inputs on show anew, which raises the alarm.
        await plant.engineer.until(STATE, shows("Rejected"), 10)
        assert await plant.engineer.text(REASON) == "an alarm was raised: high"
        await plant.engineer.until("sum.Outputs.value", shows(pytest.approx(3.0)), 10)
        await write_inputs(plant, 60.0)
        await plant.engineer.until("sum.Outputs.value", shows(pytest.approx(61.0)), 10)
        await plant.drop(candidate(tmp_path, "3.0.0", 1.0))
        await plant.do("Promote", "3.0.0", 60_000.0, "")
        await plant.do("Confirm", "3.0.0", "")


async def test_a_canary_answers_its_share_of_calls_and_none_of_the_tags(tmp_path: Path) -> None:
    """Each answer names its version and is that version's; after a restart it goes on; Promote ends it."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.do("StartCanary", "2.0.0", 0.25, "a first look")
        answers = [await plant.predict() for _ in range(40)]
        assert sum(version == "2.0.0" for _, version in answers) == 10
        assert {(round(answer, 9), version) for answer, version in answers} == {
            (3.0, "1.0.0"),
            (6.0, "2.0.0"),
        }
        for x1 in range(5):
            await write_inputs(plant, float(x1))
            await plant.engineer.until("sum.Outputs.value", shows(pytest.approx(x1 + 1.0)), 10)
        assert await plant.state("2.0.0") == "Canary"
    async with running(tmp_path) as plant:
        answers = [await plant.predict() for _ in range(40)]
        assert sum(version == "2.0.0" for _, version in answers) == 10
        await plant.do("Promote", "2.0.0", 0.0, "")
        assert {version for _, version in [await plant.predict() for _ in range(8)]} == {"2.0.0"}


async def test_a_canary_that_fails_is_rejected_and_no_call_is_lost(tmp_path: Path) -> None:
    """The active version answers in its place."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", HUGE))
        await plant.do("StartCanary", "2.0.0", 0.5, "")
        for _ in range(10):
            assert await plant.predict(1e38) == (pytest.approx(1e38), "1.0.0")
        await plant.engineer.until(STATE, shows("Rejected"), 10)
        assert "failed on" in await plant.engineer.text(REASON)


async def test_rollbacks_at_once_leave_the_fallback_at_work(tmp_path: Path) -> None:
    """One is done, the others are refused, and the version that is back still answers."""
    async with running(tmp_path) as plant:
        await plant.drop(candidate(tmp_path, "2.0.0", 2.0))
        await plant.do("Promote", "2.0.0", 300.0, "")
        given = [plant.do("Rollback", "now") for _ in range(6)]
        made = await asyncio.gather(asyncio.sleep(0.35), *given, return_exceptions=True)
        assert sum(isinstance(one, UaStatusCodeError) for one in made) >= 5
        assert await plant.predict() == (pytest.approx(3.0), "1.0.0")
        assert await plant.predict(2.0) == (pytest.approx(4.0), "1.0.0")
