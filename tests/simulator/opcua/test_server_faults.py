"""Faults of the server and of the way to it, as clients meet them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.uaerrors import UaError

from opcua_ml_simulator import FaultEvent, Scenario
from opcua_ml_simulator.errors import SettingsError, UnknownFaultError
from tests.patient_client import Client
from tests.stopwatch import Stopwatch

FLOW, RESULT = "PumpStation.Flow", "Results.PredictedFlow"
DOUBLE = ua.VariantType.Double
LOST = (ConnectionError, TimeoutError, asyncio.TimeoutError, UaError, asyncio.CancelledError)


async def inject(plant: Any, fault: str, magnitude: float = 0.0, duration: float = 0.0) -> str:
    """Call InjectServerFault; the StatusCode's name."""
    answer = await plant.call(
        "Simulation.InjectServerFault",
        ua.Variant(fault, ua.VariantType.String),
        ua.Variant(magnitude, DOUBLE),
        ua.Variant(duration, DOUBLE),
    )
    return str(answer.StatusCode.name)


async def connects(endpoint: str, seconds: float = 0.5) -> bool:
    """Whether a client gets a session and an answer."""
    client = Client(endpoint, timeout=seconds)
    try:
        async with asyncio.timeout(seconds):
            await client.connect()
            await client.get_namespace_array()
    except LOST:
        return False
    else:
        return True
    finally:
        with suppress(*LOST):
            async with asyncio.timeout(seconds):
                await client.disconnect()


async def refuses(port: int) -> bool:
    """Whether nothing listens there."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        return False  # it was just closing
    writer.close()
    await writer.wait_closed()
    return False


async def test_a_disconnect_closes_connections_and_refuses_new_ones_for_its_time(
    start_plant: Any, eventually: Any
) -> None:
    """The call itself is still answered; subscriptions stay at the server."""
    plant = await start_plant(manual=True)
    port = plant.simulator.port
    begin, watch = monotonic(), Stopwatch()
    assert await inject(plant, "Disconnect", duration=0.6) == "Good"
    await eventually(lambda: refuses(port))
    with pytest.raises(LOST):
        await plant.read(FLOW)
    await eventually(lambda: connects(plant.simulator.endpoint))
    assert monotonic() - begin >= 0.6
    assert watch.seconds < 6.0
    assert plant.simulator.port == port


async def test_a_restart_forgets_sessions_and_written_results(start_plant: Any, eventually: Any) -> None:
    """StartTime is new, values are those of the plant, which went on."""
    plant = await start_plant(manual=True)
    await plant.write(RESULT, 99.0, DOUBLE)
    start_time = await plant.client.get_node(ua.NodeId(ua.Int32(2257))).read_value()
    assert await inject(plant, "Restart", duration=0.2) == "Good"
    await eventually(lambda: refuses(plant.simulator.port))
    await plant.simulator.step(5)
    await eventually(lambda: connects(plant.simulator.endpoint))
    async with Client(plant.simulator.endpoint) as client:
        node = client.get_node(plant.simulator.node_id(RESULT))
        found = await node.read_data_value(raise_on_bad_status=False)
        assert found.StatusCode is not None
        assert found.StatusCode.name == "BadWaitingForInitialData"
        assert await client.get_node(ua.NodeId(ua.Int32(2257))).read_value() > start_time
        scans = await client.get_node(plant.simulator.node_id("Plc.ScanCount")).read_value()
        assert scans == plant.simulator.scans == 6
        enable = client.get_node(plant.simulator.node_id("Results.Enable"))
        assert await enable.read_value() is True


async def test_namespaces_change_their_order_and_change_it_back(start_plant: Any, eventually: Any) -> None:
    """By a restart each time; the URI stays, its index does not."""
    plant = await start_plant(manual=True)
    uri, before = plant.simulator.namespace_uri, plant.namespace

    async def index() -> int:
        with suppress(*LOST):
            async with asyncio.timeout(1), Client(plant.simulator.endpoint, timeout=1) as client:
                found = await client.get_namespace_index(uri)
                value = await client.get_node(plant.simulator.node_id(FLOW)).read_value()
                return found if value > 0.0 else -1
        return -1

    assert await inject(plant, "NamespaceReorder") == "Good"

    async def is_moved() -> bool:
        return bool(await index() == before + 1)

    async def is_back() -> bool:
        return bool(await index() == before)

    await eventually(is_moved)
    await plant.simulator.clear_server_faults("NamespaceReorder")
    await eventually(is_back)


async def test_a_slow_server_answers_late_and_in_order(start_plant: Any) -> None:
    """Each answer by the same time; several at once are no slower than one."""
    plant = await start_plant(manual=True)
    assert await inject(plant, "SlowServer", 0.3) == "Good"
    begin, watch = monotonic(), Stopwatch()
    await asyncio.gather(*(plant.read(FLOW) for _ in range(5)))
    assert monotonic() - begin >= 0.3
    assert watch.seconds < 1.0
    answer = await plant.call("Simulation.ClearServerFault", ua.Variant("SlowServer", ua.VariantType.String))
    assert answer.StatusCode.is_good()
    watch.restart()
    await plant.read(FLOW)
    assert watch.seconds < 0.3


async def test_a_frozen_server_answers_nothing_until_it_thaws(start_plant: Any) -> None:
    """The connection stays open; what was asked meanwhile is answered then; a new client waits, too."""
    plant = await start_plant(manual=True)
    begin, watch = monotonic(), Stopwatch()
    assert await inject(plant, "FrozenServer", duration=0.8) == "Good"
    asked = asyncio.ensure_future(plant.read(FLOW))
    assert not await refuses(plant.simulator.port)
    assert not await connects(plant.simulator.endpoint, 0.3)
    assert not asked.done()
    assert (await asked).StatusCode.is_good()
    assert monotonic() - begin >= 0.8
    assert watch.seconds < 6.0
    assert await connects(plant.simulator.endpoint, 2.0)


async def test_a_wrong_clock_shows_in_every_timestamp(start_plant: Any, eventually: Any) -> None:
    """Of the source, of the server, and CurrentTime; forward, then backward, then right again."""
    plant = await start_plant()

    async def offsets() -> list[float]:
        now, flow = datetime.now(UTC), await plant.read(FLOW)
        current = await plant.client.get_node(ua.NodeId(ua.Int32(2258))).read_value()
        return [(it - now).total_seconds() for it in (flow.SourceTimestamp, flow.ServerTimestamp, current)]

    def all_near(seconds: float) -> Any:
        async def near() -> bool:
            return all(abs(one - seconds) < 5.0 for one in await offsets())

        return near

    for skew in (3600.0, -7200.0):
        assert await inject(plant, "ClockSkew", skew) == "Good"
        await eventually(all_near(skew))
    await plant.call("Simulation.ClearServerFaults")
    await eventually(all_near(0.0))


async def test_small_limits_are_advertised_and_held_to(start_plant: Any, eventually: Any) -> None:
    """More operations in a call are BadTooManyOperations, an eleventh session BadTooManySessions."""
    plant = await start_plant(manual=True)
    limits = [plant.client.get_node(ua.NodeId(ua.Int32(number))) for number in (11705, 11707, 11714)]
    sessions = plant.client.get_node(ua.NodeId(ua.Int32(24095)))
    assert await plant.client.read_values(limits) == [0, 0, 0]
    assert await inject(plant, "SmallLimits", 5.0) == "Good"

    async def advertised() -> bool:
        return bool(await plant.client.read_values(limits) == [5, 5, 5])

    await eventually(advertised)
    assert await sessions.read_value() == 10
    nodes = [plant.node(FLOW)] * 6
    with pytest.raises(UaError, match="BadTooManyOperations"):
        await plant.client.read_values(nodes)
    assert len(await plant.client.read_values(nodes[:5])) == 5
    with pytest.raises(UaError, match="BadTooManyOperations"):
        await plant.client.write_values(nodes, [1.0] * 6)
    subscription = await plant.client.create_subscription(100, None)
    with pytest.raises(UaError, match="BadTooManyOperations"):
        await subscription.subscribe_data_change(nodes)
    others = [Client(plant.simulator.endpoint) for _ in range(10)]
    for client in others[:9]:
        await client.connect()
    with pytest.raises(UaError, match="BadTooManySessions"):
        await others[9].connect()
    await others[0].disconnect()
    await others[9].connect()
    for client in others[1:]:
        await client.disconnect()


@pytest.mark.parametrize(
    ("fault", "answer", "access"),
    [("WriteRefused", "BadUserAccessDenied", 0b1100011), ("NotWritable", "BadNotWritable", 0b1)],
)
async def test_writes_are_refused_and_taken_again(
    start_plant: Any, eventually: Any, fault: str, answer: str, access: int
) -> None:
    """AccessLevel tells the one, not the other; methods still work."""
    plant = await start_plant(manual=True)

    def answers(name: str) -> Any:
        async def answered() -> bool:
            return bool((await plant.write(RESULT, 99.0, DOUBLE)).name == name)

        return answered

    assert await inject(plant, fault) == "Good"
    await eventually(answers(answer))
    level = await plant.node(RESULT).read_attribute(AttributeIds.UserAccessLevel)
    assert level.Value.Value == access
    assert (await plant.call("Simulation.ClearServerFaults")).StatusCode.is_good()
    await eventually(answers("Good"))


async def test_a_plc_that_takes_values_alone_says_so(start_plant: Any, eventually: Any) -> None:
    """A StatusCode or a time is answered BadWriteNotSupported, the value alone is taken."""
    plant = await start_plant(manual=True)
    uncertain = {"StatusCode": ua.StatusCode(ua.UInt32(0x40900000))}
    stamped = {"SourceTimestamp": datetime.now(UTC)}
    assert await inject(plant, "NoStatusWrite") == "Good"

    async def refused() -> bool:
        return bool((await plant.write(RESULT, 1.0, DOUBLE, **uncertain)).name == "BadWriteNotSupported")

    await eventually(refused)
    assert (await plant.write(RESULT, 1.0, DOUBLE, **stamped)).name == "BadWriteNotSupported"
    assert (await plant.write(RESULT, 2.0, DOUBLE)).is_good()
    assert await plant.value(RESULT) == 2.0
    level = await plant.node(RESULT).read_attribute(AttributeIds.AccessLevel)
    assert level.Value.Value == 0b11


async def test_a_timetable_cuts_the_connection_and_mends_it(start_plant: Any, eventually: Any) -> None:
    """In plant time, which is stepped here."""
    events = (FaultEvent(at=2.0, fault="Disconnect", duration=3.0),)
    plant = await start_plant(manual=True, step=1.0, scenario=Scenario("cable", events))
    await plant.simulator.step(2)
    await eventually(lambda: refuses(plant.simulator.port))
    await plant.simulator.step(3)
    await eventually(lambda: connects(plant.simulator.endpoint))


async def test_reset_ends_every_fault_of_the_server(start_plant: Any, eventually: Any) -> None:
    """Like every other fault."""
    plant = await start_plant(manual=True)
    await inject(plant, "WriteRefused")
    assert (await plant.call("Simulation.Reset")).StatusCode.is_good()

    async def taken() -> bool:
        return bool((await plant.write(RESULT, 1.0, DOUBLE)).is_good())

    await eventually(taken)


async def test_faults_survive_a_restart(start_plant: Any, eventually: Any) -> None:
    """Of the server and of tags: the new server begins with them."""
    plant = await start_plant(manual=True)
    await plant.simulator.inject_server_fault("NotWritable")
    await plant.simulator.inject_tag_fault(FLOW, "TypeChange")
    await plant.simulator.inject_tag_fault("PumpStation.MotorPower", "NodeRemoved")
    await plant.simulator.inject_server_fault("Restart", duration=0.1)
    await eventually(lambda: refuses(plant.simulator.port))
    await eventually(lambda: connects(plant.simulator.endpoint))
    async with Client(plant.simulator.endpoint) as client:
        flow = client.get_node(plant.simulator.node_id(FLOW))
        assert isinstance(await flow.read_value(), str)
        power = client.get_node(plant.simulator.node_id("PumpStation.MotorPower"))
        gone = await power.read_data_value(raise_on_bad_status=False)
        assert gone.StatusCode is not None
        assert gone.StatusCode.name == "BadNodeIdUnknown"
        level = await client.get_node(plant.simulator.node_id(RESULT)).read_attribute(
            AttributeIds.AccessLevel
        )
        assert level.Value is not None
        assert level.Value.Value == 0b1


@pytest.mark.parametrize(
    ("fault", "magnitude", "duration", "wrong"),
    [
        ("Rust", 0.0, 0.0, 0),
        ("Frozen", 0.0, 0.0, 0),
        ("Crash", 0.0, 0.0, 0),
        ("SlowServer", 0.0, 0.0, 1),
        ("SlowServer", 0.5, -1.0, 2),
        ("Disconnect", 0.0, 0.0, 2),
        ("FrozenServer", 0.0, 0.0, 2),
        ("Restart", 0.0, float("inf"), 2),
    ],
)
async def test_wrong_calls_name_the_wrong_argument(
    start_plant: Any, fault: str, magnitude: float, duration: float, wrong: int
) -> None:
    """And change nothing; who would cut itself off for ever is refused, too."""
    plant = await start_plant(manual=True)
    answer = await plant.call(
        "Simulation.InjectServerFault",
        ua.Variant(fault, ua.VariantType.String),
        ua.Variant(magnitude, DOUBLE),
        ua.Variant(duration, DOUBLE),
    )
    assert answer.StatusCode.name == "BadInvalidArgument"
    names = [status.name for status in answer.InputArgumentResults]
    assert names == ["BadOutOfRange" if place == wrong else "Good" for place in range(3)]
    assert (await plant.read(FLOW)).StatusCode.is_good()


async def test_embedders_get_clear_errors(start_simulator: Any) -> None:
    """Unknown faults, impossible magnitudes and durations, and the end of their own process."""
    simulator = await start_simulator(manual=True)
    with pytest.raises(UnknownFaultError):
        await simulator.inject_server_fault("Leak")
    with pytest.raises(UnknownFaultError):
        await simulator.inject_server_fault("Crash")
    with pytest.raises(SettingsError, match="magnitude"):
        await simulator.inject_server_fault("SlowServer", -1.0)
    with pytest.raises(SettingsError, match="duration"):
        await simulator.inject_server_fault("Disconnect", duration=0.0)
    with pytest.raises(UnknownFaultError):
        await simulator.clear_server_faults("Leak")


async def test_it_stops_quickly_whatever_acts_on_it(start_simulator: Any) -> None:
    """Frozen, slow, cut off or down: within two seconds, with clients on it."""
    for fault in ("FrozenServer", "SlowServer", "Disconnect", "Restart"):
        simulator = await start_simulator()
        client = Client(simulator.endpoint, timeout=1)
        await client.connect()
        await simulator.inject_server_fault(fault, 30.0)
        await simulator.wait(0.1)
        watch = Stopwatch()
        await simulator.close()
        assert watch.seconds < 2.0, fault
        with suppress(*LOST):
            await client.disconnect()
