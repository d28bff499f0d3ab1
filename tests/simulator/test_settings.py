"""Settings of the simulator."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from opcua_ml_simulator import Scenario, Simulator, SimulatorSettings
from opcua_ml_simulator.errors import SettingsError, SimulatorError
from opcua_ml_simulator.faults.schedule import FaultEvent


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback_addresses_are_taken(host: str) -> None:
    """Without further ado."""
    assert SimulatorSettings(host=host).host == host


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "", "plant.example"])
def test_other_addresses_need_permission(host: str) -> None:
    """As nothing is secured."""
    with pytest.raises(SettingsError, match="--allow-remote"):
        SimulatorSettings(host=host)
    assert SimulatorSettings(host=host, allow_remote=True).host == host


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"port": -1}, "port"),
        ({"port": 65_536}, "port"),
        ({"seed": -1}, "seed"),
        ({"speed": 0.0}, "speed"),
        ({"speed": float("nan")}, "speed"),
        ({"step": 0.0}, "step"),
        ({"step": 2.0}, "step"),
        ({"heartbeat_timeout": 0.0}, "heartbeat_timeout"),
        ({"timestamps": "then"}, "timestamps"),
        ({"start_time": datetime(2024, 1, 1)}, "start_time"),  # noqa: DTZ001 - the missing zone is the point
    ],
)
def test_impossible_settings_are_refused(fields: dict[str, Any], key: str) -> None:
    """By the name of the setting, before a socket opens."""
    with pytest.raises(SettingsError) as caught:
        SimulatorSettings(**fields)
    assert caught.value.key == key


@pytest.mark.parametrize("tag", ["PumpStation.Flw", "Results.FaultClass"])
def test_a_scenario_for_a_tag_that_is_not_published_is_refused(tag: str) -> None:
    """When the simulator is made, not when the event is due."""
    event = FaultEvent(at=100.0, fault="Frozen", tag=tag)
    with pytest.raises(SimulatorError, match=tag):
        Simulator(SimulatorSettings(scenario=Scenario("wrong", (event,))))
