"""From when to when a HistoryRead goes, and in which direction.

Source: OPC UA Part 11, 6.4.2.2 and 6.4.3.2 (StartTime, EndTime, NumValuesPerNode, ReturnBounds).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.application.history.store import FIRST_TIME, LAST_TIME
from opcua_ml.opcua.hot import to_filetime

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """The time of one request.

    Attributes:
        start: filetime; None where it is not given.
        end: the same.
        number: NumValuesPerNode; 0 for all.
    """

    start: int | None
    end: int | None
    number: int

    @property
    def forward(self) -> bool:
        """Whether time goes forward: unless the end is earlier, or is alone."""
        if self.start is None:
            return False
        return self.end is None or self.start <= self.end

    @property
    def begin(self) -> int:
        """Where it begins, in its direction."""
        found = self.start if self.start is not None else self.end
        return FIRST_TIME if found is None else found

    @property
    def stop(self) -> int | None:
        """Where it ends, in its direction; None where it goes as far as there are values."""
        return self.end if self.start is not None else None

    @property
    def bounds(self) -> tuple[int, int]:
        """The first filetime and the one behind the last; the beginning is in it, the end is not."""
        begin, stop = self.begin, self.stop
        if stop is None:
            return (begin, LAST_TIME) if self.forward else (FIRST_TIME, behind(begin))
        if begin == stop:
            return begin, behind(begin)
        return (begin, stop) if self.forward else (behind(stop), behind(begin))


def span_of(start: datetime | None, end: datetime | None, number: int) -> Span:
    """The span of a request.

    Raises:
        ServiceError: BadHistoryOperationInvalid, less than two of the three are given.
    """
    first, last = given(start), given(end)
    if (first is None) + (last is None) + (not number) > 1:
        raise ServiceError(StatusCodes.BadHistoryOperationInvalid)
    return Span(first, last, number)


def behind(time: int, ticks: int = 1) -> int:
    """So many ticks later, or earlier, and never outside what a DateTime holds."""
    return min(max(time + ticks, FIRST_TIME), LAST_TIME)


def given(moment: datetime | None) -> int | None:
    """A time as filetime; None where it is not given, which is DateTime.MinValue."""
    return (to_filetime(moment) or None) if moment is not None else None
