"""Wear of the drive-end bearing, what it does to friction, heat and vibration, and its remaining life.

Damage D grows like a spall, ``dD/dt = load * (D + d0) * ln((1 + d0) / d0) / L``, from 0 (new) to 1 (failed),
so a new bearing at rated load lives L hours. The load follows the life law of ISO 281 (third power).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from typing import TYPE_CHECKING

from opcua_ml_simulator.physics.motor import RADIANS_PER_SECOND_PER_RPM

if TYPE_CHECKING:
    from opcua_ml_simulator.physics.parameters import BearingParameters

LONGEST_LIFE = 60_000.0
"""Upper end of the remaining life that is reported, h."""


def remaining_life(bearing: BearingParameters, damage: float, load: float) -> float:
    """Hours until damage 1 at a constant load (1 is rated); at most ``LONGEST_LIFE``."""
    offset = bearing.damage_offset
    full = log((1.0 + offset) / offset)
    left = log((1.0 + offset) / (min(1.0, damage) + offset))
    return min(LONGEST_LIFE, bearing.reference_life * left / full / max(load, 1e-3))


def grown_damage(bearing: BearingParameters, damage: float, load: float, hours: float) -> float:
    """Damage after some hours at a constant load: the exact solution of the growth law."""
    offset = bearing.damage_offset
    rate = load * log((1.0 + offset) / offset) / bearing.reference_life
    return min(1.0, (damage + offset) * exp(rate * hours) - offset)


def equivalent_load(ratio: float) -> float:
    """Life-law load of the bearing at a speed ratio: radial thrust grows with r², life falls with P³ n."""
    thrust = 0.4 + 0.6 * ratio * ratio
    return thrust**3 * ratio


@dataclass(slots=True)
class Bearing:
    """State of the bearing."""

    parameters: BearingParameters
    wear: float
    """damage by age, 0 to 1"""
    temperature: float = 25.0
    """°C"""
    duty: float = 1.0
    """load averaged over the duty time"""
    fault: float = 0.0
    """damage that an injected fault adds, 0 to 1"""

    @property
    def damage(self) -> float:
        """Damage by age and by fault together, 0 to 1."""
        return min(1.0, self.wear + self.fault)

    @property
    def friction_torque(self) -> float:
        """Friction in N·m."""
        return self.parameters.friction_torque * (1.0 + 2.0 * self.damage**2)

    @property
    def remaining_life(self) -> float:
        """Hours left at the averaged load."""
        return remaining_life(self.parameters, self.damage, self.duty)

    def age(self, ratio: float, step: float) -> None:
        """Wear on for ``step`` seconds at a speed ratio."""
        load = equivalent_load(ratio)
        self.duty += (load - self.duty) * (1.0 - exp(-step / self.parameters.duty_time))
        grown = grown_damage(self.parameters, self.damage, load, step / 3600.0)
        self.wear += grown - self.damage

    def warm(self, speed: float, ambient: float, step: float) -> None:
        """Move the bearing's temperature by ``step`` seconds; ``speed`` in r/min."""
        heat = self.friction_torque * speed * RADIANS_PER_SECOND_PER_RPM
        settled = ambient + heat / self.parameters.thermal_conductance
        decay = exp(-step * self.parameters.thermal_conductance / self.parameters.thermal_capacity)
        self.temperature = settled + (self.temperature - settled) * decay


def vibration_velocity(
    damage: float, ratio: float, flow_ratio: float, *, cavitation: float, impeller_wear: float
) -> float:
    """RMS velocity in mm/s: imbalance, bearing, cavitation and off-design flow, summed in power."""
    imbalance = 0.9 * ratio * ratio * (1.0 + 1.6 * impeller_wear)
    bearing = 5.5 * damage**1.2 * ratio
    off_design = 0.5 * abs(1.0 - flow_ratio) * ratio
    return sqrt(imbalance**2 + bearing**2 + (4.5 * cavitation * ratio) ** 2 + off_design**2)


def vibration_acceleration(damage: float, ratio: float, *, cavitation: float) -> float:
    """RMS acceleration in m/s² (1 to 10 kHz), where spalls and collapsing bubbles are heard first."""
    bearing = 45.0 * damage * ratio * ratio
    return sqrt((4.0 * ratio * ratio) ** 2 + bearing**2 + (60.0 * cavitation * ratio) ** 2)
