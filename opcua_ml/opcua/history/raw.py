"""ReadRaw: values as they were stored, in pages.

Source: OPC UA Part 11, 6.4.3 (ReadRawModifiedDetails), 3.1.7 (bounding values).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua.ua.status_codes import StatusCodes

from opcua_ml.application.history.record import StoredValue
from opcua_ml.application.history.store import FIRST_TIME, LAST_TIME
from opcua_ml.domain.history.point import TICKS_PER_SECOND
from opcua_ml.opcua.history.span import behind

if TYPE_CHECKING:
    from collections.abc import Generator

    from opcua_ml.application.history.store import Cursor, HistoryReader, ValueReader
    from opcua_ml.opcua.history.encoding import ValueEncoder
    from opcua_ml.opcua.history.span import Span
    from opcua_ml.opcua.history.variable import Historized

_PAGE = 1_000


class RawRead:
    """One ReadRaw of one variable, which goes on where its last page ended.

    Args:
        variable: that is read.
        span: of time.
        encoder: of what is found.
        bounds: whether bounding values are wanted.
    """

    def __init__(self, variable: Historized, span: Span, encoder: ValueEncoder, *, bounds: bool) -> None:
        self._variable = variable
        self._span = span
        self._encoder = encoder
        self._cursor: Cursor | None = None
        self._left = span.number if span.number and span.stop is None else None
        self._start_bound = self._end_bound = bounds and span.begin != span.stop
        self._last: int | None = None
        self.done = False

    def page(self, reader: HistoryReader, most: int) -> Generator[None, bool, list[bytes]]:
        """The next values, encoded; a step for each thousand."""
        stored = self._variable.read_by(reader)
        budget = min(most, self._span.number or most)
        if self._left is not None:
            budget = min(budget, self._left)
        found: list[StoredValue] = []
        if self._start_bound:
            self._start_bound = False
            found += self._bound_before(stored)
        while len(found) < budget:
            wanted = min(_PAGE, budget - len(found))
            values = self._read(stored, wanted)
            found += values
            over = yield
            if len(values) < wanted:
                self._finish(stored, found)
                break
            if over:
                break
        if self._left is not None:
            self._left -= len(found)
            self.done = self.done or not self._left
        elif not self.done:
            self.done = not self._end_bound and not self._peek(stored)
        self._last = found[-1].source if found else self._last
        return [self._encoded(value) for value in found]

    def _read(self, reader: ValueReader, most: int) -> list[StoredValue]:
        low, high = self._span.bounds
        values = reader.values(
            self._variable.column.path,
            low,
            high,
            most=most,
            newest_first=not self._span.forward,
            after=self._cursor,
        )
        if values:
            self._cursor = values[-1][:2]
        return values

    def _peek(self, reader: ValueReader) -> bool:
        kept = self._cursor
        more = bool(self._read(reader, 1))
        self._cursor = kept
        return more

    def _bound_before(self, reader: ValueReader) -> list[StoredValue]:
        """The value in front of the beginning, where there is none right at it."""
        begin = self._span.begin
        if reader.values(self._variable.column.path, begin, behind(begin), most=1):
            return []
        return [self._next(reader, begin, newest_first=self._span.forward) or self._missing(begin)]

    def _finish(self, reader: ValueReader, found: list[StoredValue]) -> None:
        """Nothing is left but the bound at the end."""
        self.done = True
        if not self._end_bound:
            return
        self._end_bound = False
        stop = self._span.stop
        if stop is not None:
            bound = self._next(reader, stop, newest_first=not self._span.forward, itself=True)
            found.append(bound or self._missing(stop))
            return
        # Without an end the bound that is not found stands a second behind the last value.
        last = found[-1].source if found else self._last or self._span.begin
        ticks = TICKS_PER_SECOND if self._span.forward else -TICKS_PER_SECOND
        found.append(self._missing(behind(last, ticks)))

    def _next(
        self, reader: ValueReader, time: int, *, newest_first: bool, itself: bool = False
    ) -> StoredValue | None:
        if newest_first:
            low, high = FIRST_TIME, behind(time) if itself else time
        else:
            low, high = time if itself else behind(time), LAST_TIME
        found = reader.values(self._variable.column.path, low, high, most=1, newest_first=newest_first)
        return found[0] if found else None

    def _missing(self, time: int) -> StoredValue:
        status = StatusCodes.BadBoundNotFound
        return StoredValue(time, 0, time, status, None, self._variable.column.data_type)

    def _encoded(self, value: StoredValue) -> bytes:
        return self._encoder.value(value.value, value.data_type, value.status, value.source, value.server)
