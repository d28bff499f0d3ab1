"""Methods, called right and wrong."""

from __future__ import annotations

from typing import Any

from asyncua import ua

STRING, DOUBLE, UINT32 = ua.VariantType.String, ua.VariantType.Double, ua.VariantType.UInt32
BAD_SENSOR_FAILURE = 0x808C0000


def text(value: str) -> ua.Variant:
    """A String argument."""
    return ua.Variant(value, STRING)


def number(value: float) -> ua.Variant:
    """A Double argument."""
    return ua.Variant(value, DOUBLE)


def count(value: int) -> ua.Variant:
    """A UInt32 argument."""
    return ua.Variant(value, UINT32)


def code(value: int) -> ua.Variant:
    """A StatusCode argument."""
    return ua.Variant(ua.StatusCode(ua.UInt32(value)), ua.VariantType.StatusCode)


def names(result: ua.CallMethodResult) -> tuple[str, list[str]]:
    """StatusCode of a call and of its arguments, by name."""
    return result.StatusCode.name, [status.name for status in result.InputArgumentResults]


async def test_faults_are_injected_changed_and_cleared(start_plant: Any) -> None:
    """By name or number; ground truth follows at the next scan."""
    plant = await start_plant(manual=True)

    async def truth() -> tuple[int, float, bool]:
        assert (await plant.call("Simulation.Step", count(1))).StatusCode.is_good()
        tags = ("ActiveFault", "FaultSeverity", "Anomaly")
        fault, severity, anomaly = [await plant.value(f"GroundTruth.{tag}") for tag in tags]
        return fault, severity, anomaly

    assert await truth() == (0, 0.0, False)
    assert names(await plant.call("Simulation.InjectFault", text("Leak"), number(0.5))) == (
        "Good",
        ["Good"] * 2,
    )
    assert await truth() == (6, 0.5, True)
    await plant.call("Simulation.InjectFault", text("1"), number(0.9))
    assert await truth() == (1, 0.9, True)
    assert (await plant.call("Simulation.ClearFault", text("cavitation"))).StatusCode.is_good()
    assert await truth() == (6, 0.5, True)
    assert (await plant.call("Simulation.ClearFaults")).StatusCode.is_good()
    assert await truth() == (0, 0.0, False)


async def test_wrong_calls_are_answered_as_part_4_says(start_plant: Any) -> None:
    """Count, type, range, object and method; nothing is injected by any of them."""
    plant = await start_plant(manual=True)
    inject = "Simulation.InjectFault"
    cases: list[tuple[ua.CallMethodResult, str, list[str]]] = [
        (await plant.call(inject), "BadArgumentsMissing", []),
        (await plant.call(inject, text("Leak")), "BadArgumentsMissing", []),
        (await plant.call(inject, text("Leak"), number(0.5), number(1.0)), "BadTooManyArguments", []),
        (
            await plant.call(inject, count(1), ua.Variant(1, ua.VariantType.Int32)),
            "BadInvalidArgument",
            ["BadTypeMismatch", "BadTypeMismatch"],
        ),
        (
            await plant.call(inject, text("Leak"), ua.Variant([0.5], DOUBLE)),
            "BadInvalidArgument",
            ["Good", "BadTypeMismatch"],
        ),
        (
            await plant.call(inject, ua.Variant(None, STRING), number(0.5)),
            "BadInvalidArgument",
            ["BadTypeMismatch", "Good"],
        ),
        (
            await plant.call(inject, text("Rust"), number(0.5)),
            "BadInvalidArgument",
            ["BadOutOfRange", "Good"],
        ),
        (
            await plant.call(inject, text("Leak"), number(1.5)),
            "BadInvalidArgument",
            ["Good", "BadOutOfRange"],
        ),
        (
            await plant.call(inject, text("Leak"), number(float("nan"))),
            "BadInvalidArgument",
            ["Good", "BadOutOfRange"],
        ),
        (
            await plant.call(inject, text("Leak"), number(0.5), on="PumpStation"),
            "BadMethodInvalid",
            [],
        ),
        (
            await plant.call(inject, text("Leak"), number(0.5), on="Nowhere"),
            "BadNodeIdUnknown",
            [],
        ),
    ]
    for result, status, arguments in cases:
        assert names(result) == (status, arguments)
    await plant.simulator.step(1)
    assert await plant.value("GroundTruth.ActiveFault") == 0


async def test_a_tags_quality_is_set_and_given_back(start_plant: Any) -> None:
    """At once, without waiting for a scan; a Bad one has no value."""
    plant = await start_plant(manual=True)
    set_quality, flow = "Simulation.SetQuality", text("PumpStation.Flow")
    assert (await plant.call(set_quality, flow, code(BAD_SENSOR_FAILURE))).StatusCode.is_good()
    found = await plant.read("PumpStation.Flow")
    assert (found.StatusCode.name, found.Value.Value) == ("BadSensorFailure", None)
    await plant.simulator.step(3)
    assert (await plant.read("PumpStation.Flow")).StatusCode.name == "BadSensorFailure"
    assert (await plant.call(set_quality, flow, code(0x40900000))).StatusCode.is_good()
    found = await plant.read("PumpStation.Flow")
    assert found.StatusCode.name == "UncertainLastUsableValue"
    assert found.Value.Value is not None
    await plant.call(set_quality, flow, code(0))
    assert (await plant.read("PumpStation.Flow")).StatusCode.is_good()
    for tag in ("PumpStation.Flw", "Results.FaultClass"):
        refused = await plant.call(set_quality, text(tag), code(BAD_SENSOR_FAILURE))
        assert names(refused) == ("BadInvalidArgument", ["BadOutOfRange", "Good"])


async def test_tag_faults_disturb_one_tag(start_plant: Any) -> None:
    """Drift over plant time, frozen values of any type, an end by duration and by clearing."""
    plant = await start_plant(manual=True, step=1.0)
    inject = "Simulation.InjectTagFault"
    level, truth = "PumpStation.TankLevel", "PumpStation.ValveCommand"
    steady = await plant.value(level)
    drift = (text(level), text("Drift"), number(2.0), number(5.0))
    assert (await plant.call(inject, *drift)).StatusCode.is_good()
    await plant.simulator.step(4)
    assert 7.0 < await plant.value(level) - steady < 9.0
    await plant.simulator.step(1)
    assert abs(await plant.value(level) - steady) < 1.0
    freeze = (text(truth), text("Frozen"), number(0.0), number(0.0))
    assert (await plant.call(inject, *freeze)).StatusCode.is_good()
    frozen = await plant.read(truth)
    await plant.simulator.step(20)
    later = await plant.read(truth)
    assert later.Value.Value == frozen.Value.Value
    assert later.SourceTimestamp > frozen.SourceTimestamp
    assert (await plant.call("Simulation.ClearTagFaults")).StatusCode.is_good()
    await plant.simulator.step(1)
    assert await plant.value(truth) != frozen.Value.Value
    wrong = [
        ((text("Nowhere.Flow"), text("Drift"), number(1.0), number(0.0)), 0),
        ((text("PumpStation.Running"), text("Drift"), number(1.0), number(0.0)), 0),
        ((text(level), text("Leak"), number(1.0), number(0.0)), 1),
        ((text(level), text("Drift"), number(float("inf")), number(0.0)), 2),
        ((text(level), text("Drift"), number(1.0), number(-1.0)), 3),
    ]
    for arguments, at in wrong:
        expected = ["BadOutOfRange" if index == at else "Good" for index in range(4)]
        assert names(await plant.call(inject, *arguments)) == ("BadInvalidArgument", expected)


async def test_the_pump_is_stopped_started_tripped_and_reset(start_plant: Any) -> None:
    """Start is refused while a trip is latched; Reset repeats the first scan."""
    plant = await start_plant(manual=True, step=0.5, seed=4)
    first = await plant.value("PumpStation.Flow")
    assert (await plant.call("Simulation.Stop")).StatusCode.is_good()
    await plant.simulator.step(60)
    assert await plant.value("PumpStation.Running") is False
    assert await plant.value("PumpStation.MotorSpeed") < 50.0
    for fault in ("Cavitation", "BearingWear", "ImpellerWear"):
        await plant.call("Simulation.InjectFault", text(fault), number(1.0))
    assert (await plant.call("Simulation.Start")).StatusCode.is_good()
    await plant.simulator.step(60)
    assert await plant.value("PumpStation.Running") is True
    await plant.call("Simulation.Reset")
    await plant.simulator.step(1)
    assert await plant.value("PumpStation.Flow") == first
    assert await plant.value("GroundTruth.ActiveFault") == 0


async def test_a_demand_by_hand_is_taken_or_refused(start_plant: Any) -> None:
    """Up to what the pump gives; 0 returns to the profile."""
    plant = await start_plant(manual=True, step=0.5)
    assert (await plant.call("Simulation.SetDemand", number(70.0))).StatusCode.is_good()
    await plant.simulator.step(200)
    assert abs(await plant.value("GroundTruth.TrueFlow") - 70.0) < 2.0
    assert await plant.value("PumpStation.OperatingPoint") == 4
    refused = await plant.call("Simulation.SetDemand", number(500.0))
    assert names(refused) == ("BadInvalidArgument", ["BadOutOfRange"])
    assert (await plant.call("Simulation.SetDemand", number(0.0))).StatusCode.is_good()


async def test_scans_by_hand_are_for_plants_started_so(start_plant: Any) -> None:
    """Step answers the scan count, refuses zero, and is in the wrong state on a running plant."""
    plant = await start_plant(manual=True)
    result = await plant.call("Simulation.Step", count(5))
    assert [out.Value for out in result.OutputArguments] == [6]
    assert await plant.value("Plc.ScanCount") == 6
    assert names(await plant.call("Simulation.Step", count(0))) == ("BadInvalidArgument", ["BadOutOfRange"])
    running = await start_plant()
    assert (await running.call("Simulation.Step", count(1))).StatusCode.name == "BadInvalidState"


async def test_signals_have_their_methods(start_plant: Any) -> None:
    """Those that people know from other simulators."""
    plant = await start_plant(manual=True)
    await plant.simulator.step(10)
    assert await plant.value("SignalSet.StepUp") > 5
    assert (await plant.call("SignalSet.ResetStepUp")).StatusCode.is_good()
    await plant.simulator.step(1)
    assert await plant.value("SignalSet.StepUp") <= 1
    for method in ("StopStepUp", "StartStepUp", "ResetTrend"):
        assert (await plant.call(f"SignalSet.{method}")).StatusCode.is_good()
