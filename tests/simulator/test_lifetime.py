"""Starting, stopping, and doing so again, inside one process."""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Any

import pytest
from asyncua import ua
from asyncua.ua.uaerrors import UaError

from opcua_ml_simulator import Simulator, SimulatorSettings
from opcua_ml_simulator.errors import (
    PortInUseError,
    SettingsError,
    SeverityError,
    UnknownFaultError,
    UnknownTagError,
)
from opcua_ml_simulator.plc.controller import PlantController
from tests.patient_client import Client
from tests.stopwatch import Stopwatch


async def test_a_port_in_use_is_told_in_one_sentence(start_simulator: Any) -> None:
    """And the first simulator goes on."""
    first = await start_simulator(manual=True)
    with pytest.raises(PortInUseError, match=f"Port {first.port} on 127.0.0.1 is in use") as caught:
        await start_simulator(manual=True, port=first.port)
    assert caught.value.port == first.port
    async with Client(first.endpoint) as client:
        assert await client.get_namespace_index(first.namespace_uri) > 0


async def test_an_address_of_another_machine_is_told_in_one_sentence(start_simulator: Any) -> None:
    """Here one that is reserved for documentation."""
    with pytest.raises(SettingsError, match=r"host is '192\.0\.2\.1', wanted an address of this machine"):
        await start_simulator(manual=True, host="192.0.2.1", allow_remote=True)


async def test_it_stops_quickly_with_clients_on_it_and_frees_its_port() -> None:
    """Within two seconds, with a subscription open; a second one takes the same port at once."""
    async with Simulator(SimulatorSettings(port=0)) as simulator:
        port = simulator.port
        client = Client(simulator.endpoint)
        await client.connect()
        subscription = await client.create_subscription(100, Quiet())
        await subscription.subscribe_data_change(client.get_node(simulator.node_id("PumpStation.Flow")))
        watch = Stopwatch()
    assert watch.seconds < 2.0
    async with Simulator(SimulatorSettings(port=port, manual=True)) as again:
        assert again.port == port
    with pytest.raises((ConnectionError, asyncio.CancelledError, TimeoutError, UaError)):
        await client.get_node(ua.NodeId(ua.Int32(2258))).read_value()
    await client.disconnect()


class Quiet:
    """A subscription handler that ignores everything."""

    def datachange_notification(self, _node: Any, _value: Any, _data: Any) -> None:
        """Do nothing."""


async def test_no_task_is_left_behind() -> None:
    """After the block only the tasks from before it are there."""
    before = asyncio.all_tasks()
    async with Simulator(SimulatorSettings(port=0)) as simulator, Client(simulator.endpoint) as client:
        await client.get_namespace_array()
        assert {"simulator-server", "simulator-scan"} <= {task.get_name() for task in asyncio.all_tasks()}
    left = asyncio.all_tasks() - before
    assert not [task for task in left if task.get_name().startswith("simulator")]


async def test_waiting_does_not_stop_the_plant(start_simulator: Any, eventually: Any) -> None:
    """After the time is over, and after the wait was cancelled, scans go on."""
    simulator = await start_simulator()
    await simulator.wait(0.05)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(simulator.wait(), 0.05)
    scans = simulator.scans
    await eventually(lambda: simulator.scans >= scans + 3)


async def test_a_failing_scan_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A programming error ends the wait, and the closing, with that error."""

    def fail(*_: object) -> None:
        raise ArithmeticError("planted")

    simulator = Simulator(SimulatorSettings(port=0))
    await simulator.__aenter__()
    monkeypatch.setattr(PlantController, "scan", fail)
    with pytest.raises(ArithmeticError, match="planted"):
        await simulator.wait(10.0)
    with pytest.raises(ArithmeticError, match="planted"):
        await simulator.close()


async def test_it_can_be_closed_twice_and_entered_again(start_simulator: Any) -> None:
    """Closing is idempotent, and the same object listens again with the same tags."""
    simulator = await start_simulator(manual=True)
    await simulator.close()
    await simulator.close()
    async with simulator, Client(simulator.endpoint) as client:
        node = client.get_node(simulator.node_id("PumpStation.Flow"))
        assert await node.read_value() > 0.0


async def test_embedders_get_clear_errors(start_simulator: Any) -> None:
    """Unknown faults, tags, severities, and steps on a running plant."""
    simulator = await start_simulator()
    with pytest.raises(UnknownFaultError):
        await simulator.inject_fault("Rust")
    with pytest.raises(SeverityError):
        await simulator.inject_fault("Leak", 0.0)
    with pytest.raises(UnknownTagError, match=r"no tag 'Flow'; tags are named like 'PumpStation\.Flow'"):
        await simulator.set_quality("Flow", 0)
    with pytest.raises(UnknownTagError):
        simulator.read("Flow")
    with pytest.raises(SettingsError, match="duration"):
        await simulator.inject_tag_fault("PumpStation.Flow", "Drift", 1.0, -5.0)
    with pytest.raises(SettingsError, match="manual"):
        await simulator.step(1)
    with pytest.raises(SettingsError, match="demand"):
        await simulator.set_demand(1e6)


async def test_an_embedder_reads_steers_and_waits(start_simulator: Any) -> None:
    """Without a client: values, pump, faults, time."""
    simulator = await start_simulator(manual=True, step=0.5)
    await simulator.inject_fault(6, 0.5)
    await simulator.stop_pump()
    await simulator.step(40)
    assert simulator.read("GroundTruth.ActiveFault").Value.Value == 6
    assert simulator.read("PumpStation.Running").Value.Value is False
    assert (simulator.scans, simulator.plant_time) == (41, 20.5)
    assert await simulator.start_pump()
    await simulator.acknowledge_trip()
    await simulator.clear_faults("Leak")
    with pytest.raises(SettingsError, match="scans"):
        await simulator.step(0)
    begin, watch = monotonic(), Stopwatch()
    await simulator.wait(0.1)
    assert monotonic() - begin > 0.09
    assert watch.seconds < 2.0
