"""Aggregates over the example of Part 13, Annex A (Historian 1), and against plain sums over fine steps.

Source: OPC UA Part 13, Annex A.
"""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.history.record import StoredValue
from opcua_ml.application.history.walk import Walk, calculate
from opcua_ml.domain.history.aggregate_settings import AggregateSettings
from opcua_ml.domain.history.aggregates import AGGREGATES
from opcua_ml.domain.history.interval import count, intervals
from opcua_ml.domain.history.point import TICKS_PER_SECOND, Point
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

S = TICKS_PER_SECOND
GOOD, BAD, UNCERTAIN = Status.Good, Status.Bad, Status.Uncertain
CALCULATED, INTERPOLATED, PARTIAL, MULTIPLE = 0x401, 0x402, 0x404, 0x410
SUBNORMAL = Status.UncertainDataSubNormal
HISTORIAN_1 = [
    (10, GOOD, 10.0),
    (20, GOOD, 20.0),
    (30, GOOD, 30.0),
    (40, BAD, None),
    (50, GOOD, 50.0),
    (60, GOOD, 60.0),
    (70, UNCERTAIN, 70.0),
    (80, GOOD, 80.0),
    (90, GOOD, 90.0),
]
ANNEX = AggregateSettings(treat_uncertain_as_bad=False)


class Kept:
    """A reader of a few values."""

    def __init__(self, values: Sequence[tuple[float, int, Any]]) -> None:
        self.values_ = [
            StoredValue(int(second * S), number, 0, int(status), value, DataType.DOUBLE)
            for number, (second, status, value) in enumerate(values)
        ]

    def values(
        self, _path: str, low: int, high: int, *, most: int, newest_first: bool = False, after: Any = None
    ) -> list[StoredValue]:
        """As HistoryReader has it."""
        found = sorted(
            (one for one in self.values_ if low <= one.source < high), reverse=newest_first, key=cursor
        )
        if after is not None:
            found = [one for one in found if (cursor(one) < after if newest_first else cursor(one) > after)]
        return found[:most]


def cursor(value: StoredValue) -> tuple[int, int]:
    """Where a value stands."""
    return value.source, value.number


def processed(
    name: str,
    start: float,
    end: float,
    length: float,
    settings: AggregateSettings = ANNEX,
    *,
    values: Sequence[tuple[float, int, Any]] = HISTORIAN_1,
) -> list[Point]:
    """The results, as a HistoryRead has them."""
    wanted = list(intervals(int(start * S), int(end * S), int(length * S)))
    found = {}
    reader: Any = Kept(values)
    walk = Walk(reader, "path", settings, min(wanted).start)
    for interval in sorted(wanted):
        steps = calculate(walk, AGGREGATES[name], interval, settings)
        try:
            while True:
                next(steps)
        except StopIteration as ended:
            found[interval] = ended.value
    return [found[interval] for interval in wanted]


def shown(points: list[Point]) -> list[tuple[float, int, Any]]:
    """With seconds for ticks."""
    return [(point.time / S, point.status, point.value) for point in points]


def test_interpolative_values_are_those_of_the_annex() -> None:
    """Raw values stay as they are, a Bad one is passed over, behind the last one it is held."""
    assert shown(processed("Interpolative", 0, 100, 5)) == [
        (0, Status.BadNoData, None),
        (5, Status.BadNoData, None),
        (10, GOOD, 10),
        (15, INTERPOLATED, 15),
        (20, GOOD, 20),
        (25, INTERPOLATED, 25),
        (30, GOOD, 30),
        (35, SUBNORMAL | INTERPOLATED, 35),
        (40, SUBNORMAL | INTERPOLATED, 40),
        (45, SUBNORMAL | INTERPOLATED, 45),
        (50, GOOD, 50),
        (55, INTERPOLATED, 55),
        (60, GOOD, 60),
        (65, SUBNORMAL | INTERPOLATED, 65),
        (70, UNCERTAIN, 70),
        (75, SUBNORMAL | INTERPOLATED, 75),
        (80, GOOD, 80),
        (85, INTERPOLATED, 85),
        (90, GOOD, 90),
        (95, SUBNORMAL | INTERPOLATED, 90),
    ]


def test_sloped_extrapolation_goes_on_with_the_slope() -> None:
    """Of the last two values, and is Uncertain."""
    settings = AggregateSettings(sloped_extrapolation=True)
    assert shown(processed("Interpolative", 95, 96, 1, settings)) == [(95, SUBNORMAL | INTERPOLATED, 95)]


def test_minimum_and_maximum_are_those_of_the_annex() -> None:
    """A value at the interval's start is raw; a Bad one, or an Uncertain one beyond, makes it Uncertain."""
    assert shown(processed("Maximum", 0, 96, 16)) == [
        (0, CALCULATED | PARTIAL, 10),
        (16, CALCULATED, 30),
        (32, Status.BadNoData, None),
        (48, CALCULATED, 60),
        (64, SUBNORMAL | CALCULATED, 70),
        (80, CALCULATED | PARTIAL, 90),
    ]
    times = shown(processed("MinimumActualTime", 0, 100, 0))
    assert times == [(10, SUBNORMAL | 0x404, 10)]


def test_averages_and_counts_tell_how_much_was_good() -> None:
    """By the share of Good values, against PercentDataGood and PercentDataBad."""
    assert shown(processed("Average", 0, 96, 16)) == [
        (0, CALCULATED | PARTIAL, 10),
        (16, CALCULATED, 25),
        (32, Status.BadNoData, None),
        (48, CALCULATED, 55),
        (64, CALCULATED, 70),
        (80, CALCULATED | PARTIAL, 85),
    ]
    assert shown(processed("Count", 16, 48, 32)) == [(16, SUBNORMAL | CALCULATED, 2)]
    lenient = AggregateSettings(percent_data_good=60, percent_data_bad=50)
    assert shown(processed("Count", 16, 48, 32, lenient)) == [(16, CALCULATED, 2)]
    strict = AggregateSettings(percent_data_good=90, percent_data_bad=30)
    assert shown(processed("Average", 16, 48, 32, strict)) == [(16, Status.Bad | CALCULATED, None)]


def test_durations_count_the_time_before_the_first_value_as_bad() -> None:
    """A value holds its quality until the next one."""
    assert shown(processed("DurationGood", 0, 100, 0)) == [(0, CALCULATED | PARTIAL, 70_000.0)]
    assert shown(processed("DurationBad", 0, 100, 0)) == [(0, CALCULATED | PARTIAL, 20_000.0)]
    assert shown(processed("PercentBad", 0, 100, 0)) == [(0, CALCULATED | PARTIAL, 20.0)]
    assert shown(processed("PercentGood", 10, 30, 0)) == [(10, CALCULATED, 100.0)]


def test_backward_results_come_from_the_newest_and_are_stamped_with_the_later_time() -> None:
    """Time flows backward where the end is earlier."""
    assert shown(processed("Count", 90, 50, 20)) == [(90, CALCULATED, 2), (70, CALCULATED, 2)]
    assert shown(processed("Interpolative", 30, 10, 10)) == [(30, GOOD, 30), (20, GOOD, 20)]


def test_what_is_cut_short_is_partial() -> None:
    """The last interval of a request that does not divide by it."""
    found = list(intervals(0, 25, 10))
    assert [(one.start, one.end, one.cut) for one in found] == [
        (0, 10, False),
        (10, 20, False),
        (20, 25, True),
    ]
    assert count(0, 25, 10) == count(25, 0, 10) == 3
    assert shown(processed("Count", 50, 65, 10))[-1] == (60, CALCULATED | PARTIAL, 1)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("Start", (10, GOOD, 10)),
        ("End", (90, GOOD, 90)),
        ("Delta", (0, CALCULATED | PARTIAL, 80)),
        ("Range", (0, SUBNORMAL | CALCULATED | PARTIAL, 80)),
        ("NumberOfTransitions", (0, SUBNORMAL | CALCULATED | PARTIAL, 7)),
        ("WorstQuality", (0, CALCULATED | PARTIAL, BAD)),
        ("StartBound", (0, Status.BadNoData, None)),
        ("EndBound", (100, SUBNORMAL | INTERPOLATED, 90)),
    ],
)
def test_the_whole_example_in_one_interval(name: str, wanted: tuple[float, int, Any]) -> None:
    """ProcessingInterval 0 is all of it."""
    assert shown(processed(name, 0, 100, 0)) == [wanted]


def test_equal_extremes_are_marked() -> None:
    """With the time of the first of them."""
    values = [(1, GOOD, 5.0), (2, GOOD, 9.0), (3, GOOD, 9.0), (4, GOOD, 1.0), (5, GOOD, 1.0)]
    assert shown(processed("MaximumActualTime", 1, 5, 0, values=values)) == [(2, MULTIPLE, 9)]


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize(("name", "wanted"), [("Minimum", 1.0), ("Maximum", 5.0), ("Range", 4.0)])
def test_an_extreme_passes_over_nan_wherever_it_stands(place: int, name: str, wanted: float) -> None:
    """As over a Bad value, and Uncertain as there: comparing with NaN says no either way."""
    numbers = [5.0, 1.0]
    numbers.insert(place, math.nan)
    values = [(second, GOOD, number) for second, number in enumerate(numbers, 1)]
    ((_, status, found),) = shown(processed(name, 1, 5, 0, values=values))
    assert (status & 0xFFFF0000, found) == (SUBNORMAL, wanted)


NUMBERS = st.lists(
    st.tuples(
        st.integers(1, 200), st.sampled_from([GOOD, GOOD, GOOD, BAD]), st.floats(-1e6, 1e6, allow_nan=False)
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda one: one[0],
).map(sorted)


@given(NUMBERS, st.booleans())
def test_a_time_average_is_that_of_many_small_steps(values: list[Any], stepped: bool) -> None:
    """The oracle looks up the line, or the step, in the middle of each tenth of a second."""
    settings = AggregateSettings(stepped=stepped)
    (found,) = processed("TimeAverage", 0, 210, 0, settings, values=values)
    (total,) = processed("Total", 0, 210, 0, settings, values=values)
    good = [(time, value) for time, status, value in values if status == GOOD]
    if not good:
        assert found.value is None
        return
    samples = []
    for step in range(good[0][0] * 10, 2100):
        now = (step + 0.5) / 10
        early = max(one for one in good if one[0] <= now)
        late = next((one for one in good if one[0] > now), None)
        share = 0.0 if stepped or late is None else (now - early[0]) / (late[0] - early[0])
        samples.append(early[1] + ((late[1] if late else early[1]) - early[1]) * share)
    assert found.value == pytest.approx(statistics.fmean(samples), rel=1e-6, abs=1e-3)
    assert total.value == pytest.approx(math.fsum(samples) / 10, rel=1e-6, abs=1e-1)


@given(NUMBERS)
def test_spreads_are_those_of_pythons_statistics(values: list[Any]) -> None:
    """Of the Good values; one value has none."""
    good = [value for _, status, value in values if status == GOOD]
    (variance,) = processed("VariancePopulation", 0, 210, 0, values=values)
    (sample,) = processed("StandardDeviationSample", 0, 210, 0, values=values)
    if not good:
        assert variance.value is None
    elif variance.value is not None:
        assert variance.value == pytest.approx(statistics.pvariance(good), rel=1e-6, abs=1e-3)
        wanted = statistics.stdev(good) if len(good) > 1 else 0.0
        assert sample.value == pytest.approx(wanted, rel=1e-6, abs=1e-3)


@given(NUMBERS, st.integers(1, 40))
def test_intervals_add_up(values: list[Any], length: int) -> None:
    """Counts and durations of parts are those of the whole, however the history is cut."""
    for name in ("Count", "DurationGood", "DurationBad"):
        parts = [point.value or 0 for point in processed(name, 0, 210, length, values=values)]
        (whole,) = processed(name, 0, 210, 0, values=values)
        assert sum(parts) == pytest.approx(whole.value or 0)
