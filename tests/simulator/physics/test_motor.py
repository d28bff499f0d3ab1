"""The motor's speed, current and heat."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.physics.motor import RADIANS_PER_SECOND_PER_RPM, Motor
from opcua_ml_simulator.physics.parameters import MotorParameters

PLATE = MotorParameters()


def running_motor(load: float = 12.0) -> Motor:
    """A motor at rated speed with a load in kW."""
    motor = Motor(PLATE, 2950.0, reference=2950.0, speed=2950.0)
    motor.load(load, 0.35, 0.0)
    return motor


def test_the_converter_ramps_the_speed() -> None:
    """From standstill, one second brings one second's ramp, not the set-point."""
    motor = Motor(PLATE, 2950.0)
    motor.follow(2950.0, 1.0)
    assert motor.speed == pytest.approx(PLATE.speed_ramp)


def test_the_speed_set_point_is_limited() -> None:
    """A set-point beyond the converter's maximum is not followed."""
    motor = Motor(PLATE, 2950.0)
    motor.follow(10_000.0, 1000.0)
    assert motor.speed <= PLATE.maximum_ratio * 2950.0


def test_torque_times_speed_is_the_load() -> None:
    """Without acceleration the shaft carries load and friction."""
    motor = running_motor(12.0)
    omega = 2950.0 * RADIANS_PER_SECOND_PER_RPM
    assert motor.torque * omega == pytest.approx(12_000.0 + 0.35 * omega)


@given(load=st.floats(1.0, 15.0), more=st.floats(0.1, 5.0))
def test_more_load_takes_more_current_and_power(load: float, more: float) -> None:
    """Current and power grow with the load, and power is more than the load by the losses."""
    light, heavy = running_motor(load), running_motor(load + more)
    assert heavy.current > light.current > PLATE.magnetising_current
    assert heavy.power > light.power > load


def test_rated_load_heats_the_winding_by_its_plate_rise() -> None:
    """At 15 kW the winding settles 70 to 110 K above ambient, inside insulation class F."""
    motor = running_motor(15.0)
    for _ in range(500):
        motor.warm(25.0, 60.0)
    assert 95.0 < motor.winding_temperature < 135.0


@given(start=st.floats(30.0, 150.0), first=st.floats(1.0, 500.0), second=st.floats(1.0, 500.0))
def test_cooling_does_not_depend_on_the_step(start: float, first: float, second: float) -> None:
    """At standstill, two steps cool exactly as far as one of their sum."""
    stepped, whole = Motor(PLATE, 2950.0), Motor(PLATE, 2950.0)
    stepped.winding_temperature = whole.winding_temperature = start
    stepped.warm(20.0, first)
    stepped.warm(20.0, second)
    whole.warm(20.0, first + second)
    assert stepped.winding_temperature == pytest.approx(whole.winding_temperature)


def test_a_standing_motor_takes_nothing() -> None:
    """At zero speed torque, current and power are zero."""
    motor = Motor(PLATE, 2950.0)
    motor.load(5.0, 0.35, 0.0)
    assert (motor.torque, motor.current, motor.power) == (0.0, 0.0, 0.0)
