"""How far another clock is off, from measurements that are known within bounds."""

from __future__ import annotations

from itertools import pairwise
from math import floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.clock_correction import ClockCorrection


def test_an_offset_moves_only_where_measurements_contradict_it() -> None:
    """Else each measurement would shift the times of samples a little."""
    one = ClockCorrection()
    one.measured(10.0, 0.1)
    one.measured(10.15, 0.1)
    assert one.offset == 10.0
    one.measured(10.05, 0.01)
    assert one.offset == 10.05, "a more exact one is better"
    one.measured(10.0, 0.1)
    assert one.offset == 10.05
    for number in range(9):
        one.measured(3610.0 + number / 100, 0.5)
    assert one.offset == pytest.approx(3610.0, abs=0.1), "the clock has been set"


def test_one_measurement_that_contradicts_the_offset_moves_nothing() -> None:
    """As of a PLC that was held up between looking at its clock and answering."""
    one = ClockCorrection()
    for offset in (0.0, 3.0, 0.0, 3.0, 3.0, 0.0, -9.0, 0.0):
        one.measured(offset, 0.001)
        assert one.offset == 0.0


def test_a_new_session_takes_a_clock_that_was_set_at_once() -> None:
    """Its first values must not be told with the times of before; one that agrees moves nothing."""
    one = ClockCorrection()
    one.measured(1.0, 0.1)
    one.begin()
    one.measured(1.1, 0.1)
    assert one.offset == 1.0
    one.measured(61.0, 0.1)
    assert one.offset == 1.0
    one.begin()
    one.measured(61.0, 0.1)
    assert one.offset == 61.0


@pytest.mark.parametrize("told", [1.0, 0.0])
@pytest.mark.parametrize("pause", [0.1, 0.5, 0.87, 1.0, 2.0])
def test_a_clock_that_steps_does_not_move_the_offset_back_and_forth(told: float, pause: float) -> None:
    """One that shows whole seconds, whether that can be seen of it or not: the lag is none of the clock's."""
    one, chance, now = ClockCorrection(), Random(7), 1000.0  # noqa: S311 - no secret
    offsets: list[float | None] = []
    for _ in range(2000):
        shown = floor(now + 5.0)
        one.measured(shown - now + chance.uniform(-0.001, 0.001), 0.001 + told)
        offsets.append(one.offset)
        now += pause + chance.uniform(0.001, 0.01)
    moves = sum(before != after for before, after in pairwise(offsets))
    assert moves == 0
    assert all(3.99 <= offset <= 5.01 for offset in offsets if offset is not None)


def test_a_drift_is_followed() -> None:
    """Of a tenth of a second in an hour, never by more than the measurements lie apart."""
    one, true = ClockCorrection(), 0.0
    for _ in range(7200):
        true += 0.1 / 7200
        one.measured(true, 0.002)
        assert one.offset == pytest.approx(true, abs=0.01)


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 1)), min_size=1))
def test_a_steady_clocks_offset_is_always_within_the_bounds(measured: list[tuple[float, float]]) -> None:
    """Whatever the measurements are, as long as each is as exact as it says."""
    one, true = ClockCorrection(), 5.0
    for error, within in measured:
        one.measured(true + error * within, within)
    assert one.offset is not None
    assert abs(one.offset - true) <= 2 * min(within for _, within in measured) + 1e-9
