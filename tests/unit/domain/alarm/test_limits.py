"""Limits with hysteresis."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.alarm.limits import Limit, LimitBand

BAND = LimitBand(
    ((Limit.HIGH_HIGH, 8.0), (Limit.LOW_LOW, 1.0), (Limit.HIGH, 6.0), (Limit.LOW, 2.0)), hysteresis=0.5
)
NOTHING = (False,) * 4

numbers = st.floats(-20, 20)


@pytest.mark.parametrize(
    ("value", "passed"),
    [
        (4.0, NOTHING),
        (6.0, NOTHING),
        (6.1, (False, False, True, False)),
        (8.1, (True, False, True, False)),
        (2.0, NOTHING),
        (1.9, (False, False, False, True)),
        (0.5, (False, True, False, True)),
    ],
)
def test_a_value_equal_to_a_limit_is_within_it(value: float, passed: tuple[bool, ...]) -> None:
    """Only what lies beyond passes, and the outer limit passes the inner one, too."""
    assert BAND.passed(value, NOTHING) == passed


@pytest.mark.parametrize(("value", "held"), [(5.6, True), (5.51, True), (5.5, False), (5.0, False)])
def test_a_value_has_to_come_back_by_the_hysteresis(value: float, held: bool) -> None:
    """Between the limit and the hysteresis below it, it stays as it was."""
    assert BAND.passed(value, (False, False, True, False))[2] is held
    assert BAND.passed(value, NOTHING) == NOTHING


@pytest.mark.parametrize("before", [NOTHING, (True,) * 4, (False, True, False, True)])
def test_a_value_that_is_no_number_changes_nothing(before: tuple[bool, ...]) -> None:
    """NaN neither raises an alarm nor ends one."""
    assert BAND.passed(math.nan, before) == before


@given(st.lists(numbers, max_size=50), st.floats(0, 5), numbers)
def test_between_two_changes_the_value_moved_by_more_than_the_hysteresis(
    values: list[float], hysteresis: float, at: float
) -> None:
    """However noisy a value is, it can't flutter within the hysteresis."""
    band = LimitBand(((Limit.HIGH, at),), hysteresis)
    flag: tuple[bool, ...] = (False,)
    for value in values:
        after = band.passed(value, flag)
        if after != flag:
            assert value > at if after[0] else value - at <= -hysteresis
        flag = after


@given(numbers, st.tuples(*[st.booleans()] * 4))
def test_high_and_low_are_mirror_images(value: float, before: tuple[bool, ...]) -> None:
    """What holds for a value above a high limit holds for its negative below the negative limit."""
    mirrored = LimitBand(
        ((Limit.LOW_LOW, -8.0), (Limit.HIGH_HIGH, -1.0), (Limit.LOW, -6.0), (Limit.HIGH, -2.0)), 0.5
    )
    assert BAND.passed(value, before) == mirrored.passed(-value, before)
