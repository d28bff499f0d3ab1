"""What a written value may do."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.domain.write_limits import STEP, Limit, Shaped, WriteLimits, WriteShaper

VALUES = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("value", "wanted", "limit"),
    [(5.0, 5.0, Limit.NONE), (11.0, 10.0, Limit.HIGH), (-1.0, 0.0, Limit.LOW), (10.0, 10.0, Limit.NONE)],
)
def test_a_value_beyond_its_limits_is_held_there_and_says_so(
    value: float, wanted: float, limit: Limit
) -> None:
    """By the limit bits of Part 4, 7.39.1, which leave the severity as it is."""
    shaped = WriteShaper(WriteLimits(0.0, 10.0)).shaped(value, Status.Good)
    assert shaped == Shaped(wanted, limit, is_on_its_way=False)
    assert severity(Status.Good | limit) is Severity.GOOD


def test_a_far_value_is_reached_in_steps() -> None:
    """Each as large as the rate allows in its time, down as well as up, from what the tag held at first."""
    shaper = WriteShaper(WriteLimits(rate=10.0))
    shaper.start_from(0.0)
    seen = []
    for target in (2.5, 2.5, 2.5, 2.5, 1.0):
        shaped = shaper.shaped(target, Status.Good)
        assert shaped is not None
        seen.append((shaped.value, shaped.limit, shaped.is_on_its_way))
        shaper.took(shaped.value, Status.Good)
    assert seen == [
        (1.0, Limit.HIGH, True),
        (2.0, Limit.HIGH, True),
        (2.5, Limit.NONE, False),
        (2.5, Limit.NONE, False),
        (1.5, Limit.LOW, True),
    ]


def test_a_small_change_is_not_written_until_the_quality_is_another() -> None:
    """Measured from what the tag holds, so that many small changes add up."""
    shaper = WriteShaper(WriteLimits(dead_band=1.0))
    told = []
    for value, status in (
        (0.0, Status.Good),
        (0.6, Status.Good),
        (1.1, Status.Good),
        (1.2, Status.UncertainSubNormal),
        (1.2, Status.Good),
    ):
        shaped = shaper.shaped(value, status)
        told.append(None if shaped is None else shaped.value)
        if shaped is not None:
            shaper.took(shaped.value, status | shaped.limit)
    assert told == [0.0, None, 1.1, 1.2, 1.2]


def test_a_new_session_writes_whatever_the_tag_may_hold_nearly() -> None:
    """Its quality is not known before."""
    shaper = WriteShaper(WriteLimits(dead_band=1.0))
    shaper.start_from(5.0)
    assert shaper.shaped(5.1, Status.Good) is not None


@given(
    st.lists(VALUES, min_size=1, max_size=50),
    st.floats(0.1, 1e4),
    st.floats(0, 100),
    st.tuples(VALUES, VALUES).map(sorted),
    VALUES,
)
def test_no_limit_is_ever_left(
    targets: list[float], rate: float, dead_band: float, span: list[float], start: float
) -> None:
    """Whatever is predicted: no written value is beyond its limits, nor further than a step from the last."""
    low, high = span
    start = min(max(start, low), high)
    shaper = WriteShaper(WriteLimits(low, high, rate, dead_band))
    shaper.start_from(start)
    last = start
    for target in targets:
        shaped = shaper.shaped(target, Status.Good)
        if shaped is None:
            assert abs(min(max(target, low), high) - last) <= dead_band
            continue
        assert low <= shaped.value <= high
        step = abs(shaped.value - last)
        assert step <= rate * STEP or math.isclose(step, rate * STEP, rel_tol=1e-6, abs_tol=1e-6)
        shaper.took(shaped.value, Status.Good | shaped.limit)
        last = shaped.value
