"""Windows over the last seconds."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.domain.sample import Sample, Value
from opcua_ml.domain.signature import DataType, Window, WindowStatistic
from opcua_ml.domain.status import Status
from opcua_ml.domain.time_window import TimeWindow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALL = Window.of_seconds(4.0)


def sample(value: Value | None, seconds: float, status: int = Status.Good) -> Sample:
    """A sample stamped, and come, so many seconds after noon."""
    return Sample(value, status, NOON + timedelta(seconds=seconds), None, seconds)


def filled(window: Window, *samples: Sample, data_type: DataType = DataType.DOUBLE) -> TimeWindow:
    """A window that took these samples."""
    buffer = TimeWindow(window, data_type)
    for one in samples:
        buffer.push(one)
    return buffer


def shown(buffer: TimeWindow, newest: Sample, at: float) -> tuple[object, int] | None:
    """Value and StatusCode of the window that ends then."""
    found = buffer.at(newest, at)
    return None if found is None else (found.value, found.status)


def test_seconds_and_period_make_the_number_of_values() -> None:
    """«The last 60 s, one every 0.5 s» are 120 values."""
    window = Window.of_seconds(60.0, period=0.5, statistic=WindowStatistic.MEAN)
    assert (window.samples, window.period) == (120, 0.5)


def test_a_tag_that_does_not_change_counts_for_as_long_as_it_does_not() -> None:
    """PLCs send changes alone: one value for three periods, another for one."""
    samples = [sample(10.0, 0.0), sample(50.0, 3.0)]
    assert shown(filled(ALL, *samples), samples[-1], 3.0) == ((10.0, 10.0, 10.0, 50.0), Status.Good)
    assert shown(filled(ALL, *samples), samples[-1], 5.1) == ((10.0, 50.0, 50.0, 50.0), Status.Good)


@pytest.mark.parametrize("late", [-0.4, -0.2, 0.2, 0.4])
def test_values_that_come_a_little_early_or_late_count_once(late: float) -> None:
    """Within half a period."""
    samples = [sample(float(row), row + (late if row == 2 else 0.0)) for row in range(4)]
    assert shown(filled(ALL, *samples), samples[-1], 3.0) == ((0.0, 1.0, 2.0, 3.0), Status.Good)


def test_of_many_values_in_one_period_the_newest_counts() -> None:
    """A PLC that sends a hundred a second needs no more memory than one that sends one."""
    samples = [sample(float(row), row / 100) for row in range(401)]
    buffer = filled(ALL, *samples)
    found = shown(buffer, samples[-1], 4.0)
    assert found is not None
    assert found[0] == pytest.approx((150, 250, 350, 400), abs=25)
    assert buffer.nbytes == TimeWindow(ALL).nbytes


def test_a_window_is_not_ready_before_values_reach_back_far_enough() -> None:
    """Nothing is made up for a time before the first value."""
    samples = [sample(float(row), row) for row in range(3)]
    assert shown(filled(ALL, *samples), samples[-1], 2.0) is None


def test_a_gap_keeps_the_window_bad_until_it_has_left() -> None:
    """No mean hides a hole."""
    buffer = filled(ALL, *(sample(1.0, row) for row in range(4)))
    lost, back = sample(None, 4.0, Status.BadSensorFailure), sample(1.0, 5.0)
    buffer.push(lost)
    assert shown(buffer, lost, 4.0) == (None, Status.BadSensorFailure)
    buffer.push(back)
    codes = [found[1] if (found := shown(buffer, back, at)) else None for at in (5.0, 7.4, 8.6, 9.6)]
    assert codes == [Status.BadSensorFailure, Status.BadSensorFailure, Status.Good, Status.Good]


def test_a_short_loss_is_neither_forgotten_nor_kept_for_ever() -> None:
    """Bad and Good again within one part of a period, and then nothing but silence."""
    buffer = filled(ALL, *(sample(1.0, row) for row in range(4)))
    back = sample(2.0, 4.1)
    for one in (sample(None, 4.0, Status.BadSensorFailure), sample(None, 4.05, Status.BadTimeout), back):
        buffer.push(one)
    assert shown(buffer, back, 5.0) == (None, Status.BadTimeout)
    assert shown(buffer, back, 9.0) == ((2.0, 2.0, 2.0, 2.0), Status.Good)


def test_what_stands_in_for_a_tag_fills_the_window_from_that_moment_on() -> None:
    """A value that has become too old while nothing came is Bad from then on, and not before."""
    buffer = filled(ALL, *(sample(1.0, row) for row in range(4)))
    stale = sample(None, 3.0, Status.BadTimeout)
    assert shown(buffer, stale, 5.0) == (None, Status.BadTimeout)
    back = sample(1.0, 6.0)
    buffer.push(back)
    assert shown(buffer, back, 6.0) == (None, Status.BadTimeout)
    assert shown(buffer, back, 10.0) == ((1.0, 1.0, 1.0, 1.0), Status.Good)


def test_a_source_whose_clock_goes_back_starts_anew() -> None:
    """Values of a time to come can't be those of the past."""
    buffer = filled(ALL, *(sample(1.0, row) for row in range(100, 105)))
    samples = [sample(2.0, row) for row in range(4)]
    for one in samples:
        buffer.push(one)
    assert shown(buffer, samples[-1], 3.0) == ((2.0, 2.0, 2.0, 2.0), Status.Good)


def test_a_tag_without_source_time_goes_by_its_arrival() -> None:
    """Some PLCs stamp nothing."""
    samples = [Sample(float(row), Status.Good, None, None, float(row)) for row in range(4)]
    assert shown(filled(ALL, *samples), samples[-1], 3.0) == ((0.0, 1.0, 2.0, 3.0), Status.Good)


def test_the_end_can_be_a_moment_of_the_source() -> None:
    """As in a replay that runs fifty times faster than our clock."""
    samples = [
        Sample(float(row), Status.Good, NOON + timedelta(seconds=row), None, row / 50) for row in range(6)
    ]
    found = filled(ALL, *samples).at(samples[-1], 0.1, NOON + timedelta(seconds=5))
    assert found is not None
    assert found.value == (2.0, 3.0, 4.0, 5.0)


@pytest.mark.parametrize("statistic", WindowStatistic)
@given(
    rows=st.lists(st.floats(-1e3, 1e3), min_size=6, max_size=60),
    samples=st.integers(1, 6),
    period=st.sampled_from([0.1, 1.0, 7.0]),
)
def test_evenly_sampled_values_give_what_a_data_scientist_computed(
    statistic: WindowStatistic, rows: list[float], samples: int, period: float
) -> None:
    """Rolling windows over rows, exactly; the slope is per second."""
    window = Window.of_seconds(samples * period, period=period, statistic=statistic)
    buffer = TimeWindow(window)
    found = []
    for row, value in enumerate(rows):
        one = sample(value, row * period)
        buffer.push(one)
        found.append(shown(buffer, one, row * period))
    steps = np.arange(samples) * period
    reference: Any = {
        WindowStatistic.MEAN: np.mean,
        WindowStatistic.MINIMUM: np.min,
        WindowStatistic.MAXIMUM: np.max,
        WindowStatistic.STANDARD_DEVIATION: np.std,
        WindowStatistic.LAG: lambda v: v[0],
        WindowStatistic.SLOPE: lambda v: np.polyfit(steps, v, 1)[0] if samples > 1 else 0.0,
    }[statistic]
    for row in range(len(rows)):
        if row < samples - 1:
            assert found[row] is None
            continue
        held = found[row]
        assert held is not None
        wanted = float(reference(np.array(rows[row - samples + 1 : row + 1])))
        assert held[0] == pytest.approx(wanted, rel=1e-6, abs=1e-4)


@given(
    st.lists(st.tuples(st.floats(0.26, 5.0), st.floats(-10, 10) | st.none()), min_size=1, max_size=30),
    st.floats(0.0, 6.0),
)
def test_any_pace_gives_the_newest_value_of_each_period(
    drawn: list[tuple[float, float | None]], later: float
) -> None:
    """Held against a search through all samples."""
    now, samples = 0.0, []
    for pause, value in drawn:
        now += pause
        status = Status.Good if value is not None else Status.BadSensorFailure
        samples.append(sample(value, round(now, 6), status))
    end = round(now, 6) + later
    limits = [end - (back - 0.5) for back in (3, 2, 1, 0)]
    if any(math.isclose(one.received, limit, abs_tol=1e-3) for one in samples for limit in limits):
        return
    newest = [[one for one in samples if one.received <= limit] for limit in limits]
    first = len(newest[0]) - 1
    found = shown(filled(ALL, *samples), samples[-1], end)
    if any(one.value is None for one in samples[max(first, 0) :]):
        assert found == (None, Status.BadSensorFailure)
    elif first < 0:
        assert found is None
    else:
        assert found == (tuple(held[-1].value for held in newest), Status.Good)
