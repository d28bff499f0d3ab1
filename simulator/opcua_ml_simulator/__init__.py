"""A plant to play with: an OPC UA server that behaves like a PLC of a pump station.

The names below load on first use, so that ``simulate_run`` for training does not load the OPC UA stack.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opcua_ml_simulator.errors import SimulatorError
    from opcua_ml_simulator.faults.process import Fault
    from opcua_ml_simulator.faults.schedule import FaultEvent
    from opcua_ml_simulator.physics.run import simulate_run
    from opcua_ml_simulator.replay.settings import ReplaySettings
    from opcua_ml_simulator.scenario import Scenario, demo_scenario, load_scenario
    from opcua_ml_simulator.settings import SimulatorSettings
    from opcua_ml_simulator.signals.settings import LoadNodes, SignalSettings
    from opcua_ml_simulator.simulator import Simulator

__all__ = [
    "Fault",
    "FaultEvent",
    "LoadNodes",
    "ReplaySettings",
    "Scenario",
    "SignalSettings",
    "Simulator",
    "SimulatorError",
    "SimulatorSettings",
    "demo_scenario",
    "load_scenario",
    "simulate_run",
]

_HOMES = {
    "Fault": "faults.process",
    "FaultEvent": "faults.schedule",
    "LoadNodes": "signals.settings",
    "ReplaySettings": "replay.settings",
    "Scenario": "scenario",
    "SignalSettings": "signals.settings",
    "Simulator": "simulator",
    "SimulatorError": "errors",
    "SimulatorSettings": "settings",
    "demo_scenario": "scenario",
    "load_scenario": "scenario",
    "simulate_run": "physics.run",
}


def __getattr__(name: str) -> Any:
    """Load a public name from the module that has it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
