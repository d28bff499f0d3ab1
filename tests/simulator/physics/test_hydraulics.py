"""Pipes, valve and the operating point."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.physics.hydraulics import (
    leak_flow,
    operating_flow,
    valve_flow_coefficient,
    valve_resistance,
)
from opcua_ml_simulator.physics.parameters import CircuitParameters

CIRCUIT = CircuitParameters()


@given(
    shutoff=st.floats(10.0, 50.0),
    slope=st.floats(1e-4, 1e-2),
    static=st.floats(0.0, 9.0),
    resistance=st.floats(1e-4, 1e-1),
    leak=st.floats(0.0, 30.0),
)
def test_pump_and_circuit_agree_at_the_operating_flow(
    shutoff: float, slope: float, static: float, resistance: float, leak: float
) -> None:
    """Where water flows, the head of the pump is the head the circuit needs."""
    flow = operating_flow(shutoff, slope, static, resistance, leak)
    pump_head = shutoff - slope * (flow + leak) ** 2
    if flow > 0.0:
        assert pump_head == pytest.approx(static + resistance * flow**2, rel=1e-6, abs=1e-6)
    else:
        assert pump_head <= static + 1e-9


def test_no_water_flows_back_through_a_weak_pump() -> None:
    """Below the static head the check valve stays shut."""
    assert operating_flow(5.0, 1e-3, 6.0, 1e-3) == 0.0


@given(position=st.floats(0.0, 99.0))
def test_a_valve_that_opens_resists_less(position: float) -> None:
    """The characteristic falls with every percent of stroke."""
    assert valve_resistance(CIRCUIT, position + 1.0) < valve_resistance(CIRCUIT, position)


def test_the_open_valve_has_its_plate_coefficient() -> None:
    """Kv at 100 % is Kvs; at 0 % it is Kvs over the rangeability; clogging takes its share."""
    assert valve_flow_coefficient(CIRCUIT, 100.0) == pytest.approx(CIRCUIT.valve_kvs)
    assert valve_flow_coefficient(CIRCUIT, 0.0) == pytest.approx(
        CIRCUIT.valve_kvs / CIRCUIT.valve_rangeability
    )
    assert valve_flow_coefficient(CIRCUIT, 100.0, clogging=1.0) == pytest.approx(0.3 * CIRCUIT.valve_kvs)


def test_one_bar_drives_kv_through_the_valve() -> None:
    """The definition of Kv: at a flow of Kv the loss is one bar, 10.2 m."""
    coefficient = valve_flow_coefficient(CIRCUIT, 55.0)
    assert valve_resistance(CIRCUIT, 55.0) * coefficient**2 == pytest.approx(10.2, abs=0.01)


def test_a_leak_follows_the_orifice_law() -> None:
    """Four times the pressure is twice the leak; no hole or no pressure, no leak."""
    assert leak_flow(CIRCUIT, 0.5, 40.0) == pytest.approx(2.0 * leak_flow(CIRCUIT, 0.5, 10.0))
    assert leak_flow(CIRCUIT, 0.0, 40.0) == leak_flow(CIRCUIT, 0.5, 0.0) == 0.0
