"""The PLC's protection: latched trips on vibration, winding temperature and low basin level."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml_simulator.physics.parameters import ControlParameters


class TripReason(IntEnum):
    """Why the pump was tripped, as the tag ``PumpStation.TripReason`` shows it."""

    NoTrip = 0
    HighVibration = 1
    HighWindingTemperature = 2
    LowTankLevel = 3


@dataclass(slots=True)
class Protection:
    """A latch: the first cause stays shown until it is acknowledged."""

    limits: ControlParameters
    reason: TripReason = TripReason.NoTrip
    vibration_time: float = 0.0
    """s that vibration has been over its limit"""

    def check(self, vibration: float, winding: float, level: float, step: float) -> TripReason:
        """One scan of ``step`` seconds over the measured values (mm/s, °C, %); the latched reason."""
        over = vibration > self.limits.vibration_trip
        self.vibration_time = self.vibration_time + step if over else 0.0
        if self.reason is TripReason.NoTrip:
            self.reason = self._cause(winding, level)
        return self.reason

    def _cause(self, winding: float, level: float) -> TripReason:
        if self.vibration_time >= self.limits.vibration_trip_delay:
            return TripReason.HighVibration
        if winding > self.limits.winding_trip:
            return TripReason.HighWindingTemperature
        if level < self.limits.level_trip:
            return TripReason.LowTankLevel
        return TripReason.NoTrip

    def acknowledge(self) -> None:
        """Release the latch; it falls again at the next scan if the cause persists."""
        self.reason = TripReason.NoTrip
        self.vibration_time = 0.0
