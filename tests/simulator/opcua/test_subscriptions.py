"""What a subscriber sees of a running plant."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua

from opcua_ml_simulator import FaultEvent, LoadNodes, Scenario, SignalSettings


class Changes:
    """Collects the data changes of a subscription."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, list[Any]] = defaultdict(list)

    def datachange_notification(self, node: Any, _value: Any, data: Any) -> None:
        """Called by asyncua for every notification."""
        self.seen[node.nodeid.Identifier].append(data.monitored_item.Value)

    def count(self, path: str) -> int:
        """Notifications of one tag."""
        return len(self.seen[path])


async def subscribe(plant: Any, *paths: str, period: float = 50.0) -> Changes:
    """Changes of some tags from now on."""
    changes = Changes()
    subscription = await plant.client.create_subscription(period, changes)
    await subscription.subscribe_data_change([plant.node(path) for path in paths])
    return changes


async def test_a_running_plant_scans_ten_times_a_second(start_plant: Any, eventually: Any) -> None:
    """Each scan has one SourceTimestamp on all its tags, 100 ms after the one before."""
    plant = await start_plant()
    changes = await subscribe(plant, "PumpStation.Flow", "PumpStation.MotorPower", "Plc.ScanCount")
    await eventually(lambda: changes.count("PumpStation.Flow") >= 12)
    flow, power, scan = ([v.SourceTimestamp for v in values[1:11]] for values in changes.seen.values())
    assert flow == power == scan
    pace = (flow[-1] - flow[0]) / 9
    assert timedelta(milliseconds=90) < pace < timedelta(milliseconds=130)
    assert abs(datetime.now(UTC) - flow[-1]) < timedelta(seconds=5)


async def test_a_faster_plant_moves_its_own_clock(start_plant: Any, eventually: Any) -> None:
    """At 20 times the speed, plant time runs ahead and SourceTimestamps follow it where told to."""
    begin = datetime(2030, 1, 1, tzinfo=UTC)
    plant = await start_plant(speed=20.0, timestamps="plant", start_time=begin)

    async def ahead() -> bool:
        return bool(await plant.value("Plc.PlantTime") > begin + timedelta(seconds=20))

    await eventually(ahead)
    found = await plant.read("PumpStation.Flow")
    assert begin + timedelta(seconds=20) <= found.SourceTimestamp < begin + timedelta(minutes=5)
    assert await plant.value("Plc.ScanCount") >= 200


async def test_the_same_seed_gives_the_same_plant_over_the_wire(start_plant: Any) -> None:
    """Two simulators stepped by hand publish the same values and times."""
    begin = datetime(2030, 1, 1, tzinfo=UTC)
    plants = [await start_plant(manual=True, seed=9, start_time=begin) for _ in range(2)]
    for plant in plants:
        await plant.simulator.inject_fault("Leak", 0.7)
        await plant.simulator.step(30)
    for tag in plants[0].simulator.tags:
        if tag.path != "Plc.ScanTime" and not tag.writable:
            first, second = [await plant.read(tag.path) for plant in plants]
            assert first.Value == second.Value, tag.path
            if first.Value.Value is not None:  # the program has asked nothing yet
                assert first.SourceTimestamp == second.SourceTimestamp, tag.path


async def test_a_scenario_plays_on_a_running_plant(start_plant: Any, eventually: Any) -> None:
    """The subscriber sees the label come and go, and the disturbed tag turn Bad and Good again."""
    events = (
        FaultEvent(at=10.0, fault="Leak", severity=0.9, duration=20.0),
        FaultEvent(at=10.0, fault="BadQuality", tag="PumpStation.Flow", duration=20.0),
    )
    plant = await start_plant(speed=50.0, scenario=Scenario("short", events))
    changes = await subscribe(plant, "GroundTruth.ActiveFault", "PumpStation.Flow")
    await eventually(lambda: [v.Value.Value for v in changes.seen["GroundTruth.ActiveFault"]] == [0, 6, 0])
    flow = changes.seen["PumpStation.Flow"]
    good = [value.StatusCode.is_good() for value in flow]
    assert good[0]
    assert good[-1]
    bad = [value for value in flow if not value.StatusCode.is_good()]
    assert {value.StatusCode.name for value in bad} == {"BadNoCommunication"}
    assert {value.Value.Value for value in bad} == {None}


async def test_a_status_change_alone_is_notified(start_plant: Any, eventually: Any) -> None:
    """A constant tag that turns Uncertain reaches the subscriber."""
    plant = await start_plant(manual=True)
    changes = await subscribe(plant, "PumpStation.Running")
    await eventually(lambda: changes.count("PumpStation.Running") == 1)
    await plant.simulator.set_quality("PumpStation.Running", 0x40900000)
    await eventually(lambda: changes.count("PumpStation.Running") == 2)
    last = changes.seen["PumpStation.Running"][-1]
    assert (last.Value.Value, last.StatusCode.name) == (True, "UncertainLastUsableValue")


async def test_fast_and_slow_nodes_are_there_in_number_and_kind(start_plant: Any, eventually: Any) -> None:
    """Twenty fast doubles change together; a slow array has its elements; the Bad nodes turn Bad."""
    settings = SignalSettings(
        fast=LoadNodes(count=20, rate=0.1, kind="Double", low=0.0, high=50.0, step=0.5),
        slow=LoadNodes(count=2, rate=0.5, kind="UIntArray"),
    )
    plant = await start_plant(signals=settings)
    paths = [f"SignalSet.FastDouble{number}" for number in range(1, 21)]
    changes = await subscribe(plant, *paths, "SignalSet.BadFastDouble1")
    await eventually(lambda: all(changes.count(path) >= 12 for path in paths))
    names = {value.StatusCode.name for value in changes.seen["SignalSet.BadFastDouble1"]}
    assert names == {"Good", "UncertainLastUsableValue", "BadNoCommunication"}
    array = await plant.read("SignalSet.SlowUIntArray2")
    assert len(array.Value.Value) == 32
    assert array.Value.VariantType is ua.VariantType.UInt32


async def test_a_plant_without_signals_has_none(start_plant: Any) -> None:
    """The folder is left out."""
    plant = await start_plant(manual=True, signals=None)
    assert (await plant.read("SignalSet.StepUp")).StatusCode.name == "BadNodeIdUnknown"
    assert (await plant.read("PumpStation.Flow")).StatusCode.is_good()


async def test_a_host_that_is_too_slow_leaves_out_scans_and_counts_them(
    start_plant: Any, eventually: Any
) -> None:
    """At 10,000 times real time no host keeps up; MissedScans grows and the server still answers."""
    plant = await start_plant(speed=10_000.0, step=0.01, signals=None)

    async def missed() -> bool:
        return bool(await plant.value("Plc.MissedScans") > 0)

    await eventually(missed)
    assert (await plant.read("PumpStation.Flow")).StatusCode.is_good()
