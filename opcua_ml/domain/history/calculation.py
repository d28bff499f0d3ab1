"""What every Aggregate is: a calculation that is shown the points of an interval one after another."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar

from opcua_ml.domain.history.point import CALCULATED, PARTIAL, Point, marked, no_data
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from opcua_ml.domain.history.aggregate_settings import AggregateSettings
    from opcua_ml.domain.history.interpolation import Surroundings
    from opcua_ml.domain.history.interval import Interval


class ResultType(Enum):
    """Of which type the results are."""

    SOURCE = "that of the values"
    DOUBLE = "Double"
    INT32 = "Int32"
    STATUS_CODE = "StatusCode"


class Calculation:
    """One Aggregate over one interval.

    Args:
        interval: that it is made for.
        settings: how quality counts.
        start: what surrounds the interval's start.
    """

    result_type: ClassVar[ResultType] = ResultType.SOURCE
    takes_any_value: ClassVar[bool] = False
    """Whether texts and arrays will do; else numbers and Booleans alone."""

    def __init__(self, interval: Interval, settings: AggregateSettings, start: Surroundings) -> None:
        self.interval = interval
        self.settings = settings
        self.start = start
        self.good = 0
        self.others = 0

    def add(self, point: Point) -> None:
        """Take the next raw value of the interval."""
        if self.settings.is_usable(point):
            self.good += 1
            self.take(point)
        else:
            self.others += 1
            self.pass_over(point)

    def take(self, point: Point) -> None:
        """Take a value that counts as Good."""

    def pass_over(self, point: Point) -> None:
        """Take note of a value that does not."""

    def result(self, end: Surroundings) -> Point:
        """What came of it.

        Args:
            end: what surrounds the interval's end, which is not in the interval.
        """
        raise NotImplementedError

    @property
    def is_empty(self) -> bool:
        """Whether there was no value at all."""
        return not self.good and not self.others

    def by_number(self) -> int:
        """The StatusCode by how many values were Good (Part 13, 5.3.3.2, not time based)."""
        return self.settings.status(self.good, self.others, self.good + self.others)

    def calculated(self, value: Any, status: int, end: Surroundings, bits: int = CALCULATED) -> Point:
        """A result at the interval's timestamp; partial where the archive does not cover the interval."""
        if status >= Status.Bad:
            value = None
        begun, ended = self.start.before is not None, end.next_from(self.interval.end) is not None
        partial = self.interval.cut or not (begun and ended)
        return Point(self.interval.stamp, marked(status, bits | PARTIAL * partial), value)

    def nothing(self) -> Point:
        """The result where there is no data."""
        return no_data(self.interval.stamp)
