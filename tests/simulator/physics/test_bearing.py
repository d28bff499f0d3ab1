"""Wear, remaining life and vibration of the bearing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.physics.bearing import (
    Bearing,
    equivalent_load,
    grown_damage,
    remaining_life,
    vibration_acceleration,
    vibration_velocity,
)
from opcua_ml_simulator.physics.parameters import BearingParameters

PLATE = BearingParameters()
damages = st.floats(0.0, 0.95)


@given(damage=damages, load=st.floats(0.6, 2.0), share=st.floats(0.01, 0.95))
def test_the_remaining_life_runs_down_by_the_hours_that_pass(
    damage: float, load: float, share: float
) -> None:
    """After some hours at a load, exactly so many hours are left less: growth and life are one law."""
    before = remaining_life(PLATE, damage, load)
    hours = share * before
    after = remaining_life(PLATE, grown_damage(PLATE, damage, load, hours), load)
    assert after == pytest.approx(before - hours, rel=1e-6, abs=1e-3)


def test_a_new_bearing_lives_its_reference_life() -> None:
    """Undamaged at rated load it has 30,000 h; failed it has none; a light load is capped at 60,000 h."""
    assert remaining_life(PLATE, 0.0, 1.0) == pytest.approx(PLATE.reference_life)
    assert remaining_life(PLATE, 1.0, 1.0) == 0.0
    assert remaining_life(PLATE, 0.0, 0.01) == 60_000.0


@given(damage=damages, more=st.floats(0.01, 0.05))
def test_damage_shows_in_vibration_and_friction(damage: float, more: float) -> None:
    """More damage means more velocity, more acceleration and more friction."""
    quiet = vibration_velocity(damage, 0.9, 1.0, cavitation=0.0, impeller_wear=0.0)
    loud = vibration_velocity(damage + more, 0.9, 1.0, cavitation=0.0, impeller_wear=0.0)
    assert loud > quiet
    assert vibration_acceleration(damage + more, 0.9, cavitation=0.0) > vibration_acceleration(
        damage, 0.9, cavitation=0.0
    )
    assert Bearing(PLATE, damage + more).friction_torque > Bearing(PLATE, damage).friction_torque


def test_rated_speed_is_rated_load() -> None:
    """The life law's load is 1 at rated speed and less below."""
    assert equivalent_load(1.0) == pytest.approx(1.0)
    assert equivalent_load(0.8) < 0.7


def test_a_year_of_operation_wears_the_bearing() -> None:
    """Ageing in steps of an hour follows the growth law over 1,000 h."""
    bearing = Bearing(PLATE, wear=0.03)
    for _ in range(1000):
        bearing.age(1.0, 3600.0)
    assert bearing.damage == pytest.approx(grown_damage(PLATE, 0.03, 1.0, 1000.0), rel=1e-9)


def test_a_damaged_bearing_runs_hotter() -> None:
    """With a spall it settles tens of kelvin above a healthy one."""
    healthy, damaged = Bearing(PLATE, wear=0.03), Bearing(PLATE, wear=0.03, fault=0.8)
    for _ in range(100):
        healthy.warm(2950.0, 22.0, 60.0)
        damaged.warm(2950.0, 22.0, 60.0)
    assert damaged.temperature > healthy.temperature + 20.0
