"""Values whose SourceTimestamps lie far ahead: recorded at the time when they came."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog

from opcua_ml.application.history.record import ValueRecord
from opcua_ml.domain.history.point import TICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.history.record import Record

_log = structlog.get_logger(__name__)

_TOLD_S: Final = 60.0


class TimesAhead:
    """Holds what is recorded to times that may be.

    A value of the year 2500 would be the newest of its variable until then: who reads the last values, or up
    to now with bounds, would find it in place of all that came since.

    Args:
        most: seconds that a SourceTimestamp may lie ahead of the ServerTimestamp.
        monotonic: seconds that only pass.
    """

    def __init__(self, most: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = most
        self._most = int(min(most * TICKS_PER_SECOND, 2**62))
        self._monotonic = monotonic
        self._told_at = -_TOLD_S
        self._untold = 0

    def held(self, record: Record) -> Record:
        """The same, or with the ServerTimestamp in place of a SourceTimestamp too far ahead; never raises."""
        if not isinstance(record, ValueRecord) or record.source - record.server <= self._most:
            return record
        self._untold += 1
        now = self._monotonic()
        if now - self._told_at >= _TOLD_S:
            _log.warning(
                "a SourceTimestamp lies too far ahead: the server's time is recorded",
                variable=record.layout.columns[0].path,
                found_ahead_s=(record.source - record.server) // TICKS_PER_SECOND,
                wanted_at_most_s=self._seconds,
                rows=self._untold,
            )
            self._told_at, self._untold = now, 0
        return record._replace(source=record.server)
