"""The basin: a mass balance, its make-up water and its level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml_simulator.physics.parameters import CircuitParameters, ControlParameters


@dataclass(slots=True)
class Tank:
    """State of the basin; volumes in m³, flows in m³/h."""

    circuit: CircuitParameters
    control: ControlParameters
    volume: float
    make_up: float = 0.0
    overflow: float = 0.0
    """m³ spilled since the start"""

    @property
    def level(self) -> float:
        """Height of the water in m."""
        return self.volume / self.circuit.tank_area

    @property
    def level_percent(self) -> float:
        """Level in % of the tank's height."""
        return 100.0 * self.level / self.circuit.tank_height

    def control_level(self) -> None:
        """Open the make-up valve in proportion to what is missing from the set-point."""
        missing = (self.control.level_setpoint - self.level_percent) / self.control.level_band
        self.make_up = self.circuit.make_up_capacity * min(1.0, max(0.0, missing))

    def balance(self, inflow: float, outflow: float, step: float) -> None:
        """Add inflow and make-up, take outflow, for ``step`` seconds."""
        self.volume += (inflow + self.make_up - outflow) * step / 3600.0
        capacity = self.circuit.tank_area * self.circuit.tank_height
        if self.volume > capacity:
            self.overflow += self.volume - capacity
            self.volume = capacity
        self.volume = max(0.0, self.volume)
