"""The pump obeys the laws of centrifugal pumps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.physics import pump
from opcua_ml_simulator.physics.parameters import PumpParameters

PLATE = PumpParameters()
flows = st.floats(0.0, 150.0)
ratios = st.floats(0.3, 1.1)
factors = st.floats(0.5, 1.5)


@given(flow=flows, ratio=ratios, factor=factors)
def test_head_follows_the_affinity_law(flow: float, ratio: float, factor: float) -> None:
    """At k times the speed and k times the flow, the head is k² times."""
    scaled = pump.head(PLATE, factor * flow, factor * ratio)
    assert scaled == pytest.approx(factor**2 * pump.head(PLATE, flow, ratio), abs=1e-9)


@given(flow=flows, ratio=ratios, factor=factors)
def test_power_follows_the_affinity_law(flow: float, ratio: float, factor: float) -> None:
    """At k times the speed and k times the flow, the shaft power is k³ times."""
    scaled = pump.shaft_power(PLATE, factor * flow, factor * ratio, 998.0)
    assert scaled == pytest.approx(factor**3 * pump.shaft_power(PLATE, flow, ratio, 998.0), abs=1e-9)


@given(flow=flows, ratio=ratios, factor=factors)
def test_npsh_required_follows_the_affinity_law(flow: float, ratio: float, factor: float) -> None:
    """At k times the speed and k times the flow, the NPSH required is k² times."""
    scaled = pump.npsh_required(PLATE, factor * flow, factor * ratio)
    assert scaled == pytest.approx(factor**2 * pump.npsh_required(PLATE, flow, ratio))


def test_power_is_hydraulic_power_over_efficiency() -> None:
    """At the best point the plate gives 32 m at 120 m³/h and 78 %, that is 13.4 kW."""
    lift = pump.head(PLATE, 120.0, 1.0)
    hydraulic = 998.0 * 9.80665 * lift * 120.0 / 3600.0 / 1000.0
    assert lift == pytest.approx(32.0)
    assert pump.shaft_power(PLATE, 120.0, 1.0, 998.0) == pytest.approx(
        hydraulic / pump.efficiency(PLATE, 120.0, 1.0)
    )


@given(flow=st.floats(1.0, 119.0))
def test_efficiency_is_best_at_the_best_point(flow: float) -> None:
    """Anywhere below the best flow the efficiency is lower than there."""
    assert pump.efficiency(PLATE, flow, 1.0) < pump.efficiency(PLATE, 120.0, 1.0)


@given(flow=st.floats(10.0, 130.0), wear=st.floats(0.05, 1.0))
def test_a_worn_impeller_lifts_less(flow: float, wear: float) -> None:
    """Wear lowers the head at every flow."""
    assert pump.head(PLATE, flow, 1.0, wear=wear) < pump.head(PLATE, flow, 1.0)


@given(available=st.floats(-5.0, 20.0), less=st.floats(0.0, 10.0))
def test_less_npsh_never_means_less_cavitation(available: float, less: float) -> None:
    """Intensity is between 0 and 1 and does not fall as the NPSH available falls."""
    required = pump.npsh_required(PLATE, 100.0, 0.9)
    before = pump.cavitation_intensity(PLATE, available, required)
    after = pump.cavitation_intensity(PLATE, available - less, required)
    assert 0.0 <= before <= after <= 1.0


def test_a_standing_pump_takes_no_power() -> None:
    """At zero speed there is neither power nor efficiency nor cavitation."""
    assert pump.shaft_power(PLATE, 0.0, 0.0, 998.0) == 0.0
    assert pump.efficiency(PLATE, 0.0, 0.0) == 0.0
    assert pump.cavitation_intensity(PLATE, 5.0, 0.0) == 0.0
