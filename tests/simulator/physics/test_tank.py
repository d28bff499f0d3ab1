"""The basin's mass balance and level control."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.physics.parameters import CircuitParameters, ControlParameters
from opcua_ml_simulator.physics.tank import Tank

CIRCUIT, CONTROL = CircuitParameters(), ControlParameters()
CAPACITY = CIRCUIT.tank_area * CIRCUIT.tank_height


@given(
    steps=st.lists(
        st.tuples(st.floats(0.0, 200.0), st.floats(0.0, 200.0), st.floats(0.1, 10.0)), max_size=50
    ),
    volume=st.floats(20.0, 45.0),
)
def test_no_water_is_made_or_lost(steps: list[tuple[float, float, float]], volume: float) -> None:
    """Volume and overflow account for every litre while the basin does not run dry."""
    tank = Tank(CIRCUIT, CONTROL, volume=volume)
    expected = volume
    for inflow, outflow, step in steps:
        tank.control_level()
        expected += (inflow + tank.make_up - outflow) * step / 3600.0
        tank.balance(inflow, outflow, step)
    assert tank.volume + tank.overflow == pytest.approx(expected, abs=1e-9)
    assert tank.volume <= CAPACITY


def test_an_empty_basin_does_not_go_below_zero() -> None:
    """More cannot be taken than is there."""
    tank = Tank(CIRCUIT, CONTROL, volume=0.01)
    tank.balance(0.0, 200.0, 60.0)
    assert tank.volume == 0.0


@pytest.mark.parametrize(
    ("level", "make_up"), [(60.0, 0.0), (52.5, 30.0), (45.0, 60.0), (20.0, 60.0), (90.0, 0.0)]
)
def test_the_make_up_valve_opens_in_proportion(level: float, make_up: float) -> None:
    """Closed at the set-point, fully open 15 % below."""
    tank = Tank(CIRCUIT, CONTROL, volume=CAPACITY * level / 100.0)
    tank.control_level()
    assert tank.make_up == pytest.approx(make_up)
