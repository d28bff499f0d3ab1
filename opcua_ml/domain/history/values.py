"""Aggregates of the raw values within an interval, which don't look at time.

Source: OPC UA Part 13, 5.4.3.5 (Average), 5.4.3.10 to 5.4.3.19 (Minimum, Maximum, Range and their kin),
5.4.3.20 (Count), 5.4.3.22 (NumberOfTransitions), 5.4.3.23 to 5.4.3.25 (Start, End, Delta), 5.4.3.33
(WorstQuality), 5.4.3.37 to 5.4.3.40 (StandardDeviation, Variance).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from opcua_ml.domain.history.calculation import Calculation, ResultType
from opcua_ml.domain.history.point import CALCULATED, DATA_VALUE, MULTIPLE, Point, is_bad, is_good, marked
from opcua_ml.domain.status import Status, severity

if TYPE_CHECKING:
    from opcua_ml.domain.history.aggregate_settings import AggregateSettings
    from opcua_ml.domain.history.interpolation import Surroundings
    from opcua_ml.domain.history.interval import Interval


class Average(Calculation):
    """The mean of the Good values."""

    result_type = ResultType.DOUBLE

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._sum = 0.0

    def take(self, point: Point) -> None:
        """Add it up."""
        self._sum += point.value

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        if not self.good:
            return self.nothing()
        return self.calculated(self._sum / self.good, self.by_number(), end)


class Count(Calculation):
    """How many values are Good."""

    result_type = ResultType.INT32
    takes_any_value = True

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        if self.is_empty:
            known = self.start.before is not None
            return self.calculated(0, Status.Good, end) if known else self.nothing()
        return self.calculated(self.good, self.by_number(), end)


class Extreme(Calculation):
    """The least or the greatest Good value.

    Attributes:
        sign: 1 for the greatest, -1 for the least.
        actual_time: whether the result has the value's own timestamp.
    """

    sign: ClassVar[int] = 1
    actual_time: ClassVar[bool] = False

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._found: Point | None = None
        self._uncertain: Point | None = None
        self._multiple = False

    def add(self, point: Point) -> None:
        """Uncertain values do not count as Good here, whatever the configuration says; NaN counts as Bad."""
        if is_bad(point) or math.isnan(point.value):
            self.others += 1
        elif is_good(point):
            self.good += 1
            self._multiple = self._multiple and not self._beats(point, self._found)
            if self._beats(point, self._found):
                self._found = point
            elif self._found is not None and point.value == self._found.value:
                self._multiple = True
        elif self._beats(point, self._uncertain):
            self._uncertain = point

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        found = self._found
        if found is None:
            found = self._uncertain if not self.settings.treat_uncertain_as_bad else None
            if found is None:
                return self.nothing()
        uncertain = self._uncertain is not None and (
            self._uncertain is found or self._beats(self._uncertain, self._found)
        )
        status = Status.UncertainDataSubNormal if self.others or uncertain else Status.Good
        raw = found.time == self.interval.stamp or self.actual_time
        told = self.calculated(found.value, status, end, DATA_VALUE if raw else CALCULATED)
        bits = told.status & 0xFFFF | (MULTIPLE if self._multiple and self.actual_time else 0)
        time = found.time if self.actual_time else told.time
        return Point(time, marked(status, bits if bits != DATA_VALUE else 0), told.value)

    def _beats(self, point: Point, other: Point | None) -> bool:
        return other is None or (point.value - other.value) * self.sign > 0


class Minimum(Extreme):
    """The least Good value."""

    sign = -1


class Maximum(Extreme):
    """The greatest Good value."""


class MinimumActualTime(Minimum):
    """The least Good value with its own timestamp."""

    actual_time = True


class MaximumActualTime(Maximum):
    """The greatest Good value with its own timestamp."""

    actual_time = True


class Range(Calculation):
    """The greatest less the least Good value."""

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._parts = Minimum(interval, settings, start), Maximum(interval, settings, start)

    def add(self, point: Point) -> None:
        """Show it to both."""
        for part in self._parts:
            part.add(point)

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        least, greatest = (part.result(end) for part in self._parts)
        if least.value is None or greatest.value is None:
            return self.nothing()
        status = max(least.status & 0xFFFF_0000, greatest.status & 0xFFFF_0000)
        return self.calculated(greatest.value - least.value, status, end)


class Start(Calculation):
    """The first value of the interval, of any quality."""

    takes_any_value = True

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._found: Point | None = None

    def add(self, point: Point) -> None:
        """Keep the first."""
        self._found = self._found or point

    def result(self, end: Surroundings) -> Point:  # noqa: ARG002 - one signature
        """See Calculation."""
        return self._found or self.nothing()


class End(Start):
    """The last value of the interval, of any quality."""

    def add(self, point: Point) -> None:
        """Keep the last."""
        self._found = point


class Delta(Calculation):
    """The last Good value less the first one."""

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._first: Point | None = None
        self._last: Point | None = None
        self._sure = True
        self._ends_usable = False

    def add(self, point: Point) -> None:
        """Values that are not Good are passed over; at an edge they make the result Uncertain."""
        if self.settings.is_usable(point):
            self.good += 1
            if self._first is None:
                self._first, self._sure = point, not self.others
            self._last = point
        else:
            self.others += 1
        self._ends_usable = self._last is point

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        if self._first is None or self._last is None:
            return self.nothing()
        sure = self._sure and self._ends_usable and is_good(self._first) and is_good(self._last)
        status = Status.Good if sure else Status.UncertainDataSubNormal
        return self.calculated(self._last.value - self._first.value, status, end)


class NumberOfTransitions(Calculation):
    """How often the value changed, from the one before the interval on."""

    result_type = ResultType.INT32
    takes_any_value = True

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        before = start.usable_before
        at_start = before is not None and before.time >= interval.start
        self._last = start.earlier if at_start else before
        self._number = 0

    def take(self, point: Point) -> None:
        """Hold it against the one before."""
        if self._last is not None and point.value != self._last.value:
            self._number += 1
        self._last = point

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        if self.is_empty:
            return self.calculated(0, Status.Good, end) if self._last is not None else self.nothing()
        return self.calculated(self._number, self.by_number(), end)


class WorstQuality(Calculation):
    """The worst StatusCode; the first one where several are as bad."""

    result_type = ResultType.STATUS_CODE
    takes_any_value = True

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._worst: int | None = None
        self._multiple = False

    def add(self, point: Point) -> None:
        """Hold it against the worst one."""
        if self._worst is None or severity(point.status) > severity(self._worst):
            self._worst, self._multiple = point.status, False
        elif severity(point.status) == severity(self._worst) and point.status != self._worst:
            self._multiple = True

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        if self._worst is None:
            return self.nothing()
        bits = CALCULATED | (MULTIPLE if self._multiple else 0)
        return self.calculated(self._worst, Status.Good, end, bits)


class Spread(Calculation):
    """How far the Good values lie apart, by Welford's method, which does not lose digits.

    Attributes:
        sample: whether the values are a sample of a greater population.
        root: whether the result is the standard deviation; else the variance.
    """

    result_type = ResultType.DOUBLE
    sample: ClassVar[bool] = False
    root: ClassVar[bool] = False

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._mean = self._squares = 0.0

    def take(self, point: Point) -> None:
        """Add it up."""
        difference = point.value - self._mean
        self._mean += difference / self.good
        self._squares += difference * (point.value - self._mean)

    def result(self, end: Surroundings) -> Point:
        """See Calculation; one value lies 0 apart."""
        if not self.good:
            return self.nothing()
        variance = self._squares / max(self.good - self.sample, 1)
        return self.calculated(math.sqrt(variance) if self.root else variance, self.by_number(), end)


class VariancePopulation(Spread):
    """The variance of the values themselves."""


class VarianceSample(Spread):
    """The variance of what the values are a sample of."""

    sample = True


class StandardDeviationPopulation(VariancePopulation):
    """The root of it."""

    root = True


class StandardDeviationSample(VarianceSample):
    """The root of it."""

    root = True
