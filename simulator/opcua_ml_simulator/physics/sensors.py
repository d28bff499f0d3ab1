"""Transmitters: noise, instrument range, and the two sensor faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml_simulator.faults.process import Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

    from opcua_ml_simulator.faults.active import ActiveFaults

_DRIFT_SPAN = 25.0
_STUCK_LOSS = 0.7
_BLOCK = 1024

NOISE: dict[str, tuple[float, float, float]] = {
    # tag: standard deviation in the tag's unit, as share of the reading, growth at full cavitation
    "Flow": (0.35, 0.0, 4.0),
    "SuctionPressure": (0.004, 0.0, 6.0),
    "DischargePressure": (0.012, 0.0, 5.0),
    "TankLevel": (0.08, 0.0, 0.0),
    "MakeUpFlow": (0.15, 0.0, 0.0),
    "MotorSpeed": (1.2, 0.0, 2.0),
    "MotorTorque": (0.25, 0.0, 3.0),
    "MotorCurrent": (0.12, 0.0, 3.0),
    "MotorPower": (0.06, 0.0, 2.0),
    "WindingTemperature": (0.15, 0.0, 0.0),
    "BearingTemperature": (0.12, 0.0, 0.0),
    "BearingVibration": (0.02, 0.04, 0.5),
    "BearingAcceleration": (0.05, 0.05, 0.5),
    "ValvePosition": (0.10, 0.0, 0.0),
    "SupplyTemperature": (0.05, 0.0, 0.0),
    "ReturnTemperature": (0.06, 0.0, 0.0),
    "AmbientTemperature": (0.05, 0.0, 0.0),
}
"""Noise of every transmitter; its keys are the names of the measured tags."""

RANGES: dict[str, tuple[float, float]] = {
    "Flow": (0.0, 200.0),
    "SuctionPressure": (-1.0, 2.0),
    "DischargePressure": (0.0, 6.0),
    "TankLevel": (0.0, 100.0),
    "MakeUpFlow": (0.0, 80.0),
    "MotorSpeed": (0.0, 3600.0),
    "MotorTorque": (0.0, 100.0),
    "MotorCurrent": (0.0, 60.0),
    "MotorPower": (0.0, 30.0),
    "WindingTemperature": (0.0, 180.0),
    "BearingTemperature": (0.0, 150.0),
    "BearingVibration": (0.0, 25.0),
    "BearingAcceleration": (0.0, 120.0),
    "ValvePosition": (0.0, 100.0),
    "SupplyTemperature": (0.0, 60.0),
    "ReturnTemperature": (0.0, 80.0),
    "AmbientTemperature": (-20.0, 60.0),
}
"""Instrument range of every transmitter in the tag's unit: low, high; readings saturate there."""


class NormalNoise:
    """Rows of independent standard normal numbers, drawn in blocks because one draw is slow.

    The sequence depends on the generator's seed and the width alone, not on the block size.
    """

    def __init__(self, random: np.random.Generator, width: int) -> None:
        self._random = random
        self._width = width
        self._rows: list[list[float]] = []

    def row(self) -> list[float]:
        """The next row."""
        if not self._rows:
            self._rows = self._random.standard_normal((_BLOCK, self._width)).tolist()
            self._rows.reverse()
        return self._rows.pop()


class Transmitters:
    """Turns true process values into what the PLC's analogue inputs read."""

    def __init__(self, random: np.random.Generator) -> None:
        self._noise = NormalNoise(random, len(NOISE))
        self._channels = [(name, *NOISE[name], *RANGES[name]) for name in NOISE]
        self._stuck_pressure: float | None = None

    def read(self, true: Mapping[str, float], cavitation: float, faults: ActiveFaults) -> dict[str, float]:
        """One reading of every transmitter from the true values (same names, same units)."""
        offset = _DRIFT_SPAN * faults.level(Fault.SensorDrift)
        readings = {}
        for (name, sigma, share, growth, low, high), noise in zip(
            self._channels, self._noise.row(), strict=True
        ):
            value = true[name]
            reading = value + noise * (sigma + share * value) * (1.0 + growth * cavitation)
            readings[name] = min(high, max(low, reading))
        readings["Flow"] = min(RANGES["Flow"][1], readings["Flow"] + offset)
        readings["DischargePressure"] = self._pressure(
            readings["DischargePressure"], faults.level(Fault.SensorStuck)
        )
        return readings

    def _pressure(self, reading: float, stuck: float) -> float:
        if stuck <= 0.0:
            self._stuck_pressure = None
            return reading
        if self._stuck_pressure is None:
            self._stuck_pressure = max(RANGES["DischargePressure"][0], reading - _STUCK_LOSS * stuck)
        return self._stuck_pressure
