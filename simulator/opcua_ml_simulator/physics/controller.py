"""The PLC's flow control: a PI controller on the valve and a speed law for the pump."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

from opcua_ml_simulator.physics.hydraulics import valve_resistance

if TYPE_CHECKING:
    from opcua_ml_simulator.physics.parameters import ControlParameters, StationParameters


@dataclass(slots=True)
class FlowController:
    """PI controller from flow error (m³/h) to valve command (%), with clamping against wind-up."""

    parameters: ControlParameters
    integral: float

    def update(self, setpoint: float, measured: float, step: float) -> float:
        """One scan of ``step`` seconds; returns the command, 5 to 100 %."""
        error = setpoint - measured
        gain = self.parameters.flow_gain
        self.integral += gain * error * step / self.parameters.flow_reset_time
        self.integral = min(100.0, max(5.0, self.integral))
        return min(100.0, max(5.0, self.integral + gain * error))


def speed_law(station: StationParameters, flow: float) -> float:
    """Speed in r/min at which the healthy pump gives ``flow`` with the valve at its design position."""
    circuit = station.circuit
    resistance = circuit.pipe_resistance + valve_resistance(circuit, circuit.design_valve_position)
    need = circuit.static_head + (resistance + station.pump.head_slope) * flow * flow
    return station.pump.rated_speed * sqrt(need / station.pump.shutoff_head)
