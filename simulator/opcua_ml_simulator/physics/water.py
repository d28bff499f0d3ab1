"""Properties of water between 0 and 100 °C at atmospheric pressure."""

from __future__ import annotations

from math import exp

from opcua_ml_simulator.physics.parameters import GRAVITY

ATMOSPHERE = 101_325.0
"""Standard atmospheric pressure, Pa."""


def density(temperature: float) -> float:
    """Density in kg/m³ at a temperature in °C (Kell 1975, J. Chem. Eng. Data 20, eq. 16)."""
    t = temperature
    polynomial = 999.83952 + t * (
        16.945176 + t * (-7.9870401e-3 + t * (-46.170461e-6 + t * (105.56302e-9 - t * 280.54253e-12)))
    )
    return polynomial / (1.0 + 16.879850e-3 * t)


def vapour_pressure(temperature: float) -> float:
    """Saturation vapour pressure in Pa at a temperature in °C (Buck 1996)."""
    return 611.21 * exp((18.678 - temperature / 234.5) * (temperature / (257.14 + temperature)))


def head_to_bar(head: float, water_density: float) -> float:
    """Pressure in bar of a water column of ``head`` metres."""
    return head * water_density * GRAVITY * 1e-5
