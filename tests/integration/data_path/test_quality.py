"""Policies of inputs over the wire: a PLC, a service and an HMI, each a process of its own."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.status import Status
from tests.integration.data_path.plant import (
    VALUES,
    Model,
    Pump,
    configuration,
    output,
    predicted,
    running,
    serving,
    until_status,
)
from tests.integration.service.hmi import status

if TYPE_CHECKING:
    from pathlib import Path

SPEED = 'plc = "pump", node = "s=MotorSpeed"'
POLICIES = {
    "rejecting": Model(),
    "holding": Model(inputs={"MotorSpeed": f'{{ {SPEED}, when_bad = "hold", hold_ms = 3000 }}'}),
    "substituting": Model(
        inputs={"MotorSpeed": f'{{ {SPEED}, when_bad = "substitute", substitute = 1000 }}'}
    ),
}


async def renew(pump: Pump, *but: str) -> None:
    """Write every tag but these again, ten times a second, until cancelled."""
    while True:
        for name, value in VALUES.items():
            if name not in but:
                await pump.do("write", name=name, value=value)
        await asyncio.sleep(0.1)


async def test_a_bad_tag_is_rejected_held_for_a_time_or_replaced(tmp_path: Path) -> None:
    """The value is that of the model for what stands in; tag, reason and age are told, and all recover."""
    async with running(Pump()) as pump, serving(configuration(tmp_path, pump.endpoint, **POLICIES)) as hmi:
        for model in POLICIES:
            await until_status(hmi, Status.Good, model)
        bad = int(Status.BadSensorFailure)
        await pump.do("write", name="MotorSpeed", value=1.0, status=bad)
        held = await until_status(hmi, Status.UncertainLastUsableValue, "holding")
        replaced = await until_status(hmi, Status.UncertainSubNormal, "substituting")
        assert await until_status(hmi, bad, "rejecting") is None
        rows = [VALUES, VALUES | {"MotorSpeed": 1000.0}]
        assert [held, replaced] == pytest.approx(await predicted(hmi, "holding", *rows))
        for model in POLICIES:
            assert await hmi.text(f"{model}.OffendingTag") == "MotorSpeed"
            assert "BadSensorFailure" in await hmi.text(f"{model}.Reason")
            assert float(await hmi.text(f"{model}.OffendingTagAge")) >= 0.0
        assert await until_status(hmi, bad, "holding") is None  # nothing has come that would wake it
        await until_status(hmi, Status.UncertainSubNormal, "substituting", seconds=1)
        await pump.do("write", name="MotorSpeed", value=1500.0)
        (wanted,) = await predicted(hmi, "holding", VALUES | {"MotorSpeed": 1500.0})
        for model in POLICIES:
            assert await until_status(hmi, Status.Good, model) == pytest.approx(wanted)


async def test_a_tag_that_is_not_renewed_turns_bad_by_itself(tmp_path: Path) -> None:
    """Its connection is well and its last StatusCode Good: only time tells, whatever the trigger is."""
    aged = {"MotorSpeed": f"{{ {SPEED}, max_age_ms = 2000 }}"}
    models = {
        "by_change": Model(inputs=aged),
        "by_period": Model(('trigger = { kind = "period", period_ms = 300 }',), aged),
    }
    async with running(Pump()) as pump, serving(configuration(tmp_path, pump.endpoint, **models)) as hmi:
        async with asyncio.TaskGroup() as group:
            renewing = group.create_task(renew(pump), name="renewing")
            for model in models:
                await until_status(hmi, Status.Good, model)
            deadline = time.monotonic() + 2.5
            while time.monotonic() < deadline:  # longer than a value may stand still
                for model in models:
                    assert status(await hmi.read(output(model))) == Status.Good
            renewing.cancel()
            frozen = group.create_task(renew(pump, "MotorSpeed"), name="frozen")
            for model in models:
                await until_status(hmi, Status.BadTimeout, model, seconds=5)
                assert await hmi.text(f"{model}.OffendingTag") == "MotorSpeed"
                assert float(await hmi.text(f"{model}.OffendingTagAge")) == pytest.approx(2.0, abs=0.5)
            frozen.cancel()
        await pump.do("write", name="MotorSpeed", value=1480.0)
        await until_status(hmi, Status.Good, "by_change", seconds=2)


async def test_the_times_of_the_inputs_decide_and_travel_on(tmp_path: Path) -> None:
    """Too far apart by the PLC's clock is Bad; the outputs carry the time of the input that was chosen."""
    rare = '{ plc = "pump", node = "s=ValvePosition", ignore_skew = true }'
    models = {
        "skewed": Model(("join = { max_skew_ms = 5000 }",), {"ValvePosition": rare}),
        "main": Model(('join = { source_time = "main", main_input = "ValvePosition" }',)),
    }
    async with running(Pump()) as pump, serving(configuration(tmp_path, pump.endpoint, **models)) as hmi:
        for name, value in VALUES.items():
            await pump.do("write", name=name, value=value, age=60.0 if name == "ValvePosition" else 0.0)
        await until_status(hmi, Status.Good, "skewed")
        old = datetime.now(UTC) - timedelta(seconds=59)
        await hmi.until(
            output("main"), lambda one: one.SourceTimestamp is not None and one.SourceTimestamp < old
        )
        await pump.do("write", name="MotorTorque", value=31.0, age=30.0)
        await until_status(hmi, Status.BadInvalidTimestamp, "skewed")
        assert await hmi.text("skewed.OffendingTag") == "MotorTorque"
        await until_status(hmi, Status.Good, "main")
        await pump.do("write", name="MotorTorque", value=31.0)
        await until_status(hmi, Status.Good, "skewed")
