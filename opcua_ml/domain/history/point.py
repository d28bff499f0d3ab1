"""One value of a history, and the bits by which its StatusCode tells where it comes from.

Source: OPC UA Part 11, 6.3 (StatusCodes of history); Part 4, 7.39 (StatusCode, InfoBits of DataValues).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from opcua_ml.domain.status import Severity, Status, severity

TICKS_PER_SECOND: Final = 10_000_000
"""Times are filetimes: ticks of 100 ns since 1601-01-01 UTC, as on the wire (Part 6, 5.2.2.5)."""

DATA_VALUE: Final = 0x0400
CALCULATED: Final = DATA_VALUE | 0x01
INTERPOLATED: Final = DATA_VALUE | 0x02
PARTIAL: Final = DATA_VALUE | 0x04
MULTIPLE: Final = DATA_VALUE | 0x10
_CODE: Final = 0xFFFF_0000


class Point(NamedTuple):
    """A value at a time.

    Attributes:
        time: SourceTimestamp, as filetime.
        status: StatusCode.
        value: None where there is none.
    """

    time: int
    status: int
    value: Any


def is_good(point: Point) -> bool:
    """Whether the value is Good."""
    return severity(point.status) is Severity.GOOD


def is_bad(point: Point) -> bool:
    """Whether the value is Bad, or there is none."""
    return point.value is None or severity(point.status) is Severity.BAD


def no_data(time: int) -> Point:
    """In the place of a value of which nothing is known."""
    return Point(time, Status.BadNoData, None)


def marked(status: int, bits: int) -> int:
    """A StatusCode's code with these InfoBits."""
    return status & _CODE | bits
