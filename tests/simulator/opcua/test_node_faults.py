"""Nodes that change while clients look at them: unit, type, gone and back."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml_simulator import FaultEvent, Scenario
from opcua_ml_simulator.errors import SettingsError, UnknownTagError

FLOW, PRESSURE = "PumpStation.Flow", "PumpStation.DischargePressure"
SEMANTICS_CHANGED, OVERFLOW = 0x4000, 0x480


class Changes:
    """Collects the data changes of a subscription by path."""

    def __init__(self) -> None:
        self.seen: defaultdict[str, list[Any]] = defaultdict(list)

    def datachange_notification(self, node: Any, _value: Any, data: Any) -> None:
        """Called by asyncua for every notification."""
        self.seen[node.nodeid.Identifier].append(data.monitored_item.Value)


async def subscribe(plant: Any, path: str, queue: int = 100) -> list[Any]:
    """What a subscriber of one tag is told from now on."""
    changes = Changes()
    subscription = await plant.client.create_subscription(50, changes)
    await subscription.subscribe_data_change(plant.node(path), queuesize=queue)
    return changes.seen[path]


async def inject(plant: Any, tag: str, fault: str, magnitude: float = 0.0, duration: float = 0.0) -> str:
    """Call InjectTagFault; the StatusCode's name."""
    answer = await plant.call(
        "Simulation.InjectTagFault",
        *(ua.Variant(text, ua.VariantType.String) for text in (tag, fault)),
        *(ua.Variant(number, ua.VariantType.Double) for number in (magnitude, duration)),
    )
    return str(answer.StatusCode.name)


async def unit_of(plant: Any, path: str) -> tuple[str, Any]:
    """Symbol of the tag's unit, and the upper end of its range."""
    unit, span = await plant.value(f"{path}.EngineeringUnits"), await plant.value(f"{path}.EURange")
    return unit.DisplayName.Text, span.High


async def test_a_unit_changes_with_range_and_values_and_the_first_value_tells(
    start_plant: Any, eventually: Any
) -> None:
    """Bar becomes pounds per square inch; the bit of Part 4, 7.39.1 comes once, and once more at the end."""
    plant = await start_plant(manual=True)
    bar = await plant.value(PRESSURE)
    seen = await subscribe(plant, PRESSURE)
    assert await inject(plant, PRESSURE, "UnitChange") == "Good"
    assert await unit_of(plant, PRESSURE) == ("lbf/in²", pytest.approx(87.0, abs=0.1))
    assert await plant.value(PRESSURE) == pytest.approx(bar * 14.5038, rel=1e-5)
    await plant.simulator.step(2)
    await plant.simulator.clear_tag_faults()
    assert await unit_of(plant, PRESSURE) == ("bar", 6.0)
    await plant.simulator.step(1)
    await eventually(lambda: seen and seen[-1].Value.Value < 6.0 and len(seen) >= 5)
    marked = [bool(value.StatusCode.value & SEMANTICS_CHANGED) for value in seen]
    assert marked.count(True) == 2
    assert all(value.StatusCode.is_good() for value in seen)


async def test_a_type_changes_to_string(start_plant: Any) -> None:
    """DataType and value together, and back."""
    plant = await start_plant(manual=True)
    assert await inject(plant, FLOW, "TypeChange") == "Good"
    found = await plant.read(FLOW)
    assert found.Value.VariantType is ua.VariantType.String
    assert float(found.Value.Value) > 0.0
    assert (await plant.node(FLOW).read_data_type()).Identifier == ObjectIds.String
    assert (await plant.call("Simulation.ClearTagFaults")).StatusCode.is_good()
    assert (await plant.read(FLOW)).Value.VariantType is ua.VariantType.Double
    assert (await plant.node(FLOW).read_data_type()).Identifier == ObjectIds.Double


async def test_a_removed_node_is_gone_for_readers_browsers_and_subscribers(
    start_plant: Any, eventually: Any
) -> None:
    """With its properties; the item's last word is BadNodeIdUnknown, and it may still be deleted."""
    plant = await start_plant(manual=True)
    changes = Changes()
    subscription = await plant.client.create_subscription(50, changes)
    item = await subscription.subscribe_data_change(plant.node(FLOW))
    assert await inject(plant, FLOW, "NodeRemoved") == "Good"
    seen = changes.seen[FLOW]
    await eventually(lambda: seen and seen[-1].StatusCode.name == "BadNodeIdUnknown")
    assert (await plant.read(FLOW)).StatusCode.name == "BadNodeIdUnknown"
    assert (await plant.read(f"{FLOW}.EURange")).StatusCode.name == "BadNodeIdUnknown"
    children = await plant.node("PumpStation").get_children()
    assert FLOW not in {child.nodeid.Identifier for child in children}
    assert plant.simulator.read(FLOW).StatusCode.name == "BadNodeIdUnknown"
    await plant.simulator.step(3)
    await subscription.unsubscribe(item)


async def test_a_removed_node_comes_back_as_before(start_plant: Any) -> None:
    """With value, unit and range at once, and with every scan again."""
    plant = await start_plant(manual=True, step=1.0)
    assert await inject(plant, FLOW, "NodeRemoved", duration=3.0) == "Good"
    await plant.simulator.step(3)
    first = await plant.value(FLOW)
    assert first > 0.0
    assert await unit_of(plant, FLOW) == ("m³/h", 200.0)
    await plant.simulator.step(1)
    assert await plant.value(FLOW) != first
    children = await plant.node("PumpStation").get_children()
    assert FLOW in {child.nodeid.Identifier for child in children}


async def test_a_removed_result_tag_comes_back_without_its_value(start_plant: Any) -> None:
    """As a new one, that can be written."""
    plant = await start_plant(manual=True)
    path, kind = "Results.PredictedFlow", ua.VariantType.Double
    assert (await plant.write(path, 99.0, kind)).is_good()
    assert await inject(plant, path, "NodeRemoved") == "Good"
    assert (await plant.write(path, 98.0, kind)).name == "BadNodeIdUnknown"
    await plant.simulator.step(2)
    await plant.simulator.clear_tag_faults()
    assert (await plant.read(path)).StatusCode.name == "BadWaitingForInitialData"
    assert (await plant.write(path, 97.0, kind)).is_good()
    assert await plant.value(path) == 97.0


async def test_a_stale_tag_keeps_value_and_time(start_plant: Any) -> None:
    """While the other tags go on; afterwards it is of the present again."""
    plant = await start_plant(manual=True)
    await inject(plant, FLOW, "Stale")
    before = await plant.read(FLOW)
    await plant.simulator.step(20)
    assert await plant.read(FLOW) == before
    assert (await plant.read(PRESSURE)).SourceTimestamp > before.SourceTimestamp
    await plant.simulator.clear_tag_faults()
    assert (await plant.read(FLOW)).SourceTimestamp > before.SourceTimestamp


async def test_a_queue_that_overflows_tells_so(start_plant: Any, eventually: Any) -> None:
    """The oldest go; the first of the rest carries the Overflow bit (Part 4, 5.13.1.5); a long queue none."""
    plant = await start_plant(manual=True)
    short, long = await subscribe(plant, FLOW, queue=5), await subscribe(plant, FLOW, queue=500)
    await eventually(lambda: short and long)
    del short[:], long[:]
    await inject(plant, FLOW, "QueueOverflow", 30.0)
    await plant.simulator.step(1)
    await eventually(lambda: len(long) >= 30)
    marked = [bool(value.StatusCode.value & OVERFLOW == OVERFLOW) for value in short]
    assert marked == [True, False, False, False, False]
    assert [value.SourceTimestamp for value in short] == [value.SourceTimestamp for value in long[-5:]]
    assert not any(value.StatusCode.value for value in long)


async def test_faults_of_nodes_add_up_and_survive_one_anothers_end(start_plant: Any) -> None:
    """Text in another unit, then the same in the own unit."""
    plant = await start_plant(manual=True, step=1.0)
    bar = await plant.value(PRESSURE)
    await plant.simulator.inject_tag_fault(PRESSURE, "TypeChange")
    await plant.simulator.inject_tag_fault(PRESSURE, "UnitChange", duration=2.0)
    assert float(await plant.value(PRESSURE)) == pytest.approx(bar * 14.5038, rel=1e-5)
    await plant.simulator.step(2)
    assert float(await plant.value(PRESSURE)) == pytest.approx(bar, rel=0.2)
    assert await unit_of(plant, PRESSURE) == ("bar", 6.0)


async def test_they_keep_to_a_timetable(start_plant: Any) -> None:
    """In plant time."""
    events = (FaultEvent(at=2.0, fault="NodeRemoved", tag=FLOW, duration=3.0),)
    plant = await start_plant(manual=True, step=1.0, scenario=Scenario("download", events))
    names = []
    for _ in range(6):
        await plant.simulator.step(1)
        names.append((await plant.read(FLOW)).StatusCode.name)
    assert names == ["Good", "BadNodeIdUnknown", "BadNodeIdUnknown", "BadNodeIdUnknown", "Good", "Good"]


@pytest.mark.parametrize(
    ("tag", "fault", "status"),
    [
        ("PumpStation.Running", "UnitChange", "BadInvalidArgument"),
        ("Results.PredictedFlow", "UnitChange", "BadInvalidArgument"),
        ("Results.PredictedFlow", "Frozen", "BadInvalidArgument"),
        ("PumpStation.Absent", "NodeRemoved", "BadInvalidArgument"),
        ("PumpStation.Running", "TypeChange", "Good"),
    ],
)
async def test_a_fault_that_does_not_suit_the_tag_is_refused(
    start_plant: Any, tag: str, fault: str, status: str
) -> None:
    """By the method with BadInvalidArgument, by the program with an error of its own."""
    plant = await start_plant(manual=True)
    assert await inject(plant, tag, fault) == status
    if status != "Good":
        with pytest.raises((SettingsError, UnknownTagError)):
            await plant.simulator.inject_tag_fault(tag, fault)
