"""Aggregates over the time between values.

Source: OPC UA Part 13, 5.4.3.4 (Interpolative), 5.4.3.6 to 5.4.3.9 (TimeAverage, Total and their kin),
5.4.3.26 to 5.4.3.28 (StartBound, EndBound, DeltaBounds), 5.4.3.29 to 5.4.3.32 (DurationGood, DurationBad,
PercentGood, PercentBad), 5.4.3.35 and 5.4.3.36 (DurationInStateZero, DurationInStateNonZero).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from opcua_ml.domain.history.calculation import Calculation, ResultType
from opcua_ml.domain.history.interpolation import Surroundings, interpolated, simply_bounded
from opcua_ml.domain.history.point import TICKS_PER_SECOND, Point, is_bad, is_good, no_data
from opcua_ml.domain.status import Severity, Status, severity

if TYPE_CHECKING:
    from opcua_ml.domain.history.aggregate_settings import AggregateSettings
    from opcua_ml.domain.history.interval import Interval

_TICKS_PER_MILLISECOND = TICKS_PER_SECOND / 1000


class Interpolative(Calculation):
    """The value at the interval's timestamp."""

    takes_any_value = True

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        backward = self.interval.stamp == self.interval.end
        return interpolated(self.interval.stamp, end if backward else self.start, self.settings)


class StartBound(Calculation):
    """The simple bounding value at the interval's start."""

    takes_any_value = True

    def result(self, end: Surroundings) -> Point:  # noqa: ARG002 - one signature
        """See Calculation."""
        return simply_bounded(self.interval.start, self.start, self.settings)


class EndBound(Calculation):
    """The simple bounding value at the interval's end."""

    takes_any_value = True

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        return simply_bounded(self.interval.end, end, self.settings)


class DeltaBounds(Calculation):
    """The simple bounding value at the end less that at the start."""

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        first = simply_bounded(self.interval.start, self.start, self.settings)
        last = simply_bounded(self.interval.end, end, self.settings)
        if not (self.settings.is_usable(first) and self.settings.is_usable(last)):
            return self.nothing()
        sure = is_good(first) and is_good(last)
        status = Status.Good if sure else Status.UncertainDataSubNormal
        return self.calculated(last.value - first.value, status, end)


class TimeAverage(Calculation):
    """The mean over time of the line through the usable values, with interpolated bounds."""

    result_type = ResultType.DOUBLE
    is_total: ClassVar[bool] = False

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._area = 0.0
        self._good = self._uncertain = 0
        self._last = interpolated(interval.start, start, settings)
        self._skipped = start.before is not start.usable_before

    def take(self, point: Point) -> None:
        """Go on to it."""
        self._go_on(point)
        self._last, self._skipped = point, False

    def pass_over(self, point: Point) -> None:
        """The line goes on, but is less sure."""
        del point
        self._skipped = True

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        last = interpolated(self.interval.end, end, self.settings)
        self._skipped = self._skipped or severity(last.status) is not Severity.GOOD
        self._go_on(last)
        covered = self._good + self._uncertain
        if not covered:
            return self.nothing()
        total = self.interval.end - self.interval.start
        status = self.settings.status(self._good, total - covered, total)
        value = self._area / TICKS_PER_SECOND if self.is_total else self._area / covered
        return self.calculated(value, status, end)

    def _go_on(self, point: Point) -> None:
        last = self._last
        if last.value is None or point.value is None:
            return
        duration = point.time - last.time
        end_value = last.value if self.settings.stepped else point.value
        self._area += (last.value + end_value) / 2 * duration
        if self._skipped or not is_good(last) or not (self.settings.stepped or is_good(point)):
            self._uncertain += duration
        else:
            self._good += duration


class Total(TimeAverage):
    """The area under the same line, in the value's unit times seconds."""

    is_total = True


class Regions(Calculation):
    """The interval cut at its raw values, each of which holds its quality until the next one."""

    result_type = ResultType.DOUBLE
    takes_any_value = True

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._last = start.before or no_data(interval.start)
        self._since = interval.start

    def add(self, point: Point) -> None:
        """The region of the value before it ends."""
        self.region(self._last, point.time - self._since, point)
        self._last, self._since = point, point.time

    def close(self, end: Surroundings) -> None:
        """The last region ends with the interval."""
        self.region(self._last, self.interval.end - self._since, end.next_from(self.interval.end))

    def region(self, point: Point, duration: int, following: Point | None) -> None:
        """So many ticks begin with this value, and end before that one."""


class DurationGood(Regions):
    """Milliseconds in which the value was Good."""

    wanted: ClassVar[Severity] = Severity.GOOD
    percent: ClassVar[bool] = False

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._found = 0

    def region(self, point: Point, duration: int, following: Point | None) -> None:
        """Add up those of the wanted quality."""
        del following
        self._found += duration if severity(point.status) is self.wanted else 0

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        self.close(end)
        total = self.interval.end - self.interval.start
        value = self._found / total * 100 if self.percent else self._found / _TICKS_PER_MILLISECOND
        return self.calculated(value, Status.Good, end)


class DurationBad(DurationGood):
    """Milliseconds in which the value was Bad, or not known yet."""

    wanted = Severity.BAD


class PercentGood(DurationGood):
    """The share of DurationGood."""

    percent = True


class PercentBad(DurationBad):
    """The share of DurationBad."""

    percent = True


class DurationInStateZero(Regions):
    """Milliseconds in which the value was 0 or false."""

    takes_any_value = False
    zero: ClassVar[bool] = True

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._found = self._good = self._bad = 0

    def region(self, point: Point, duration: int, following: Point | None) -> None:
        """Add up those in the state."""
        del following
        if not self.settings.is_usable(point):
            self._bad += duration
            return
        self._good += duration
        self._found += duration if (not point.value) is self.zero else 0

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        self.close(end)
        if not self._good:
            return self.nothing()
        status = self.settings.status(self._good, self._bad, self._good + self._bad)
        return self.calculated(self._found / _TICKS_PER_MILLISECOND, status, end)


class DurationInStateNonZero(DurationInStateZero):
    """Milliseconds in which the value was neither 0 nor false."""

    zero = False


class TimeAverage2(Regions):
    """The mean over time, with simple bounds: time that begins with a Bad value does not count."""

    takes_any_value = False
    is_total: ClassVar[bool] = False

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        super().__init__(interval, settings, start)
        self._area = 0.0
        self._good = self._bad = 0
        bound = simply_bounded(interval.start, start, settings)
        self._last = bound

    def region(self, point: Point, duration: int, following: Point | None) -> None:
        """Add up the area of those that count."""
        if not self.settings.is_usable(point):
            self._bad += duration
            return
        self._good += duration
        end = point.value
        if not self.settings.stepped and following is not None and not is_bad(following):
            reach = following.time - self._since
            end += (following.value - end) * (duration / reach if reach else 0.0)
        self._area += (point.value + end) / 2 * duration

    def result(self, end: Surroundings) -> Point:
        """See Calculation."""
        self.close(end)
        if not self._good:
            return self.nothing()
        status = self.settings.status(self._good, self._bad, self._good + self._bad)
        value = self._area / TICKS_PER_SECOND if self.is_total else self._area / self._good
        return self.calculated(value, status, end)


class Total2(TimeAverage2):
    """The area, with simple bounds, in the value's unit times seconds."""

    is_total = True
