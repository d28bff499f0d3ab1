"""How far another clock is off, from measurements that are known within bounds."""

from __future__ import annotations

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
    one.measured(3610.0, 0.5)
    assert one.offset == 3610.0, "the clock has been set"


@given(st.lists(st.tuples(st.floats(-1, 1), st.floats(0.001, 1)), min_size=1))
def test_a_steady_clocks_offset_is_always_within_the_bounds(measured: list[tuple[float, float]]) -> None:
    """Whatever the measurements are, as long as each is as exact as it says."""
    one, true = ClockCorrection(), 5.0
    for error, within in measured:
        one.measured(true + error * within, within)
    assert one.offset is not None
    assert abs(one.offset - true) <= min(within for _, within in measured) + 1e-9
