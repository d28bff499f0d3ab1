"""The electric motor on its frequency converter: speed, torque, current, power and winding temperature."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml_simulator.physics.parameters import MotorParameters

RADIANS_PER_SECOND_PER_RPM = 2.0 * pi / 60.0
_REFERENCE_TEMPERATURE = 20.0


@dataclass(slots=True)
class Motor:
    """State of the motor; ``advance`` moves it by one step."""

    parameters: MotorParameters
    rated_speed: float
    reference: float = 0.0
    """speed the converter commands now, r/min"""
    speed: float = 0.0
    """shaft speed, r/min"""
    torque: float = 0.0
    """N·m at the shaft"""
    current: float = 0.0
    """A"""
    power: float = 0.0
    """kW taken from the mains"""
    winding_temperature: float = 25.0
    """°C"""

    @property
    def ratio(self) -> float:
        """Speed over rated speed."""
        return self.speed / self.rated_speed

    def follow(self, setpoint: float, step: float) -> None:
        """Ramp the commanded speed towards the set-point (r/min) and take slip off it."""
        limit = self.parameters.speed_ramp * step
        top = self.parameters.maximum_ratio * self.rated_speed
        target = min(max(setpoint, 0.0), top)
        self.reference += min(limit, max(-limit, target - self.reference))
        slip = self.parameters.rated_slip * self.torque / self.parameters.rated_torque
        self.speed = max(0.0, self.reference * (1.0 - max(0.0, slip)))

    def load(self, load_power: float, friction_torque: float, acceleration: float) -> None:
        """Take up a load: shaft power in kW, friction in N·m, acceleration in r/min per s."""
        plate = self.parameters
        omega = self.speed * RADIANS_PER_SECOND_PER_RPM
        if omega < 1.0:
            self.torque = self.current = self.power = 0.0
            return
        inertia_torque = plate.inertia * acceleration * RADIANS_PER_SECOND_PER_RPM
        self.torque = max(0.0, load_power * 1e3 / omega + friction_torque + inertia_torque)
        active = plate.rated_active_current * self.torque / plate.rated_torque
        self.current = sqrt(plate.magnetising_current**2 + active * active)
        losses = self.copper_loss() + plate.iron_loss * self.ratio
        self.power = (self.torque * omega + losses) / 1e3

    def copper_loss(self) -> float:
        """Heat in the windings in W at the present current and temperature."""
        plate = self.parameters
        warm = 1.0 + plate.resistance_coefficient * (self.winding_temperature - _REFERENCE_TEMPERATURE)
        return 3.0 * plate.winding_resistance * warm * self.current * self.current

    def warm(self, ambient: float, step: float) -> None:
        """Move the winding temperature by ``step`` seconds (one thermal mass, exact for constant heat)."""
        plate = self.parameters
        heat = self.copper_loss() + 0.5 * plate.iron_loss * self.ratio
        settled = ambient + heat / plate.thermal_conductance
        decay = exp(-step * plate.thermal_conductance / plate.thermal_capacity)
        self.winding_temperature = settled + (self.winding_temperature - settled) * decay
