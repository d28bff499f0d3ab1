"""Water's properties against published tables."""

from __future__ import annotations

import pytest

from opcua_ml_simulator.physics.water import density, head_to_bar, vapour_pressure


@pytest.mark.parametrize(("temperature", "expected"), [(4.0, 999.97), (20.0, 998.21), (60.0, 983.20)])
def test_density_agrees_with_the_steam_table(temperature: float, expected: float) -> None:
    """Density at three temperatures is that of the table."""
    assert density(temperature) == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("temperature", "expected"), [(20.0, 2339.0), (50.0, 12_352.0), (100.0, 101_325.0)])
def test_vapour_pressure_agrees_with_the_steam_table(temperature: float, expected: float) -> None:
    """Saturation pressure at three temperatures is that of the table, to half a percent."""
    assert vapour_pressure(temperature) == pytest.approx(expected, rel=5e-3)


def test_ten_metres_of_water_are_about_one_bar() -> None:
    """The conversion from head to pressure has the right size."""
    assert head_to_bar(10.0, 998.2) == pytest.approx(0.979, abs=1e-3)
