"""The PLC program reacts to results written over the wire."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua

from opcua_ml_simulator import Fault

INT32, UINT32, BOOLEAN = ua.VariantType.Int32, ua.VariantType.UInt32, ua.VariantType.Boolean
BAD = 0x80310000


async def report(plant: Any, fault: int, beat: int, scans: int = 5, **parts: Any) -> None:
    """Write a fault class with a heartbeat, then scan for so many half seconds."""
    for scan in range(scans):
        await plant.write("Results.FaultClass", fault, INT32, **parts)
        await plant.write("Results.Heartbeat", beat + scan, UINT32)
        await plant.simulator.step(1)


async def reduced(plant: Any) -> tuple[bool, bool, bool]:
    """ReducedOperation, ResultsUsed and ResultsAlive as a client sees them."""
    tags = ("ReducedOperation", "ResultsUsed", "ResultsAlive")
    found = [await plant.value(f"Plc.{tag}") for tag in tags]
    return found[0], found[1], found[2]


async def test_a_reported_fault_slows_the_pump_and_a_gone_one_lets_it_go(start_plant: Any) -> None:
    """By 15 %, two seconds after the report, until five seconds after it has gone."""
    plant = await start_plant(manual=True, step=0.5)
    await plant.simulator.set_demand(100.0)
    await plant.simulator.step(100)
    speed = await plant.value("PumpStation.SpeedSetpoint")
    assert await reduced(plant) == (False, False, False)
    await report(plant, Fault.Cavitation, beat=1)
    assert await reduced(plant) == (True, True, True)
    assert await plant.value("PumpStation.SpeedSetpoint") == pytest.approx(0.85 * speed)
    await report(plant, Fault.Normal, beat=100, scans=12)
    assert await reduced(plant) == (False, True, True)
    assert await plant.value("PumpStation.SpeedSetpoint") == pytest.approx(speed)


async def test_the_pump_does_not_slow_down_on_results_it_cannot_trust(start_plant: Any) -> None:
    """Bad quality with the value, a bad quality tag, the operator's switch, a heartbeat that stands still."""
    plant = await start_plant(manual=True, step=0.5)
    await report(plant, Fault.Leak, beat=1, StatusCode=ua.StatusCode(ua.UInt32(BAD)))
    assert await reduced(plant) == (False, False, True)
    await plant.write("Results.FaultClassQuality", BAD, UINT32)
    await report(plant, Fault.Leak, beat=100)
    assert await reduced(plant) == (False, False, True)
    await plant.write("Results.FaultClassQuality", 0, UINT32)
    await plant.write("Results.Enable", False, BOOLEAN)
    await report(plant, Fault.Leak, beat=200)
    assert await reduced(plant) == (False, False, True)
    await plant.write("Results.Enable", True, BOOLEAN)
    await report(plant, Fault.Leak, beat=300, scans=6)
    assert await reduced(plant) == (True, True, True)
    await plant.simulator.step(12)
    assert await reduced(plant) == (False, False, False)
