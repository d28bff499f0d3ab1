"""DateTime as on the wire: 100 ns ticks since 1601-01-01 UTC (OPC UA Part 6, 5.2.2.5), here called filetime.

The hot path keeps timestamps as these integers and turns them into `datetime` only where someone asks.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua import uatypes

if TYPE_CHECKING:
    from collections.abc import Callable

UNIX_EPOCH: Final = uatypes.EPOCH_AS_FILETIME
LATEST: Final = uatypes.MAX_OPC_FILETIME
"""9999-12-31 23:59:59 UTC: from here on the wire carries `FOREVER`."""
FOREVER: Final = uatypes.MAX_INT64

_START: Final = uatypes.FILETIME_EPOCH_AS_UTC_DATETIME


def filetime_now() -> int:
    """The present as filetime, whole microseconds, as asyncua stamps it."""
    return time.time_ns() // 1000 * 10 + UNIX_EPOCH


def to_filetime(moment: datetime) -> int:
    """Return `moment` as filetime; before 1601 it is 0, from 9999-12-31 23:59:59 on it is `FOREVER`.

    A moment without a time zone is taken as UTC, as asyncua takes it.
    """
    if moment.tzinfo is not UTC:
        return int(ua.datetime_to_win_epoch(moment))
    since = moment - _START
    ticks = (since.days * 86_400 + since.seconds) * 10_000_000 + since.microseconds * 10
    if 0 < ticks < LATEST:
        return ticks
    return 0 if ticks <= 0 else FOREVER


def remember_filetimes(capacity: int = 4096) -> Callable[[datetime], int]:
    """Return a `to_filetime` that remembers up to `capacity` moments by identity, then starts anew.

    For values that are sent again and again between two changes: their timestamps are the same objects, and
    finding one costs a third of converting it.
    """
    known: dict[int, tuple[datetime, int]] = {}

    def remembered(moment: datetime) -> int:
        entry = known.get(id(moment))  # the entry holds the moment, so the id stays its own
        if entry is not None and entry[0] is moment:
            return entry[1]
        filetime = to_filetime(moment)
        if len(known) >= capacity:
            known.clear()
        known[id(moment)] = moment, filetime
        return filetime

    return remembered


def to_datetime(filetime: int) -> datetime:
    """Return `filetime` as UTC, cut to microseconds and held within 1601 to 9999, as asyncua decodes it."""
    moment: datetime = ua.win_epoch_to_datetime(filetime)
    return moment
