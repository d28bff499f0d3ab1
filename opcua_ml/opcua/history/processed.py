"""ReadProcessed and ReadAtTime: what is calculated from stored values.

Source: OPC UA Part 11, 6.4.4 (ReadProcessedDetails), 6.4.5 (ReadAtTimeDetails); Part 13, 5.3.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.application.history.walk import Walk, calculate
from opcua_ml.domain.history.aggregates import AGGREGATES
from opcua_ml.domain.history.calculation import ResultType
from opcua_ml.domain.history.interpolation import interpolated, simply_bounded
from opcua_ml.domain.history.interval import count, intervals
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType
from opcua_ml.domain.value_range import GREATEST
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.values import shared_status

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from opcua_ml.application.history.store import HistoryReader
    from opcua_ml.domain.history.aggregate_settings import AggregateSettings
    from opcua_ml.domain.history.calculation import Calculation
    from opcua_ml.domain.history.point import Point
    from opcua_ml.opcua.history.encoding import ValueEncoder
    from opcua_ml.opcua.history.times import RequestedTimes
    from opcua_ml.opcua.history.variable import Historized

AGGREGATE_IDS: Final[Mapping[ua.NodeId, type[Calculation]]] = {
    standard_id(getattr(ObjectIds, f"AggregateFunction_{name}")): kind for name, kind in AGGREGATES.items()
}
_TYPES: Final = {ResultType.DOUBLE: DataType.DOUBLE, ResultType.INT32: DataType.INT32}
_BLOCK: Final = 100
"""Intervals that are calculated together; what is kept of an unfinished read is no more."""
_DIFFERENCES: Final = frozenset({"Range", "Delta", "DeltaBounds"})
_WIDER: Final = {
    DataType.SBYTE: DataType.INT16,
    DataType.BYTE: DataType.INT16,
    DataType.INT16: DataType.INT32,
    DataType.UINT16: DataType.INT32,
    DataType.INT32: DataType.INT64,
    DataType.UINT32: DataType.INT64,
    DataType.INT64: DataType.DOUBLE,
    DataType.UINT64: DataType.DOUBLE,
    DataType.FLOAT: DataType.DOUBLE,
}


def takes(kind: type[Calculation], variable: Historized) -> bool:
    """Whether the Aggregate can be made of the variable's values."""
    column = variable.column
    if kind.takes_any_value:
        return True
    if column.is_array or column.data_type is DataType.STRING:
        return False
    return not (column.data_type is DataType.BOOLEAN and kind.__name__ in _DIFFERENCES)


def difference_type(name: str, data_type: DataType, value: Any) -> DataType:
    """The type of a difference: that of the source where it holds it (Part 13, 5.4.3), else a wider one.

    Args:
        name: of the Aggregate.
        data_type: of the source. A Delta of unsigned numbers is signed always, as it may be negative.
        value: the difference; None where there is none.
    """
    if data_type is DataType.FLOAT:
        fits = value is None or not math.isfinite(value) or abs(value) <= GREATEST
    else:
        low, high = INTEGER_LIMITS.get(data_type, (-math.inf, math.inf))
        fits = (low < 0 or name == "Range") and (value is None or low <= value <= high)
    return data_type if fits else _WIDER.get(data_type, data_type)


class ProcessedRead:
    """One Aggregate of one variable, which goes on where its last page ended.

    Args:
        variable: that is read.
        kind: the Aggregate.
        settings: how quality counts.
        times: start, end and ProcessingInterval of the request, in ticks.
        encoder: of the results.
    """

    def __init__(
        self,
        variable: Historized,
        kind: type[Calculation],
        settings: AggregateSettings,
        times: tuple[int, int, int],
        encoder: ValueEncoder,
    ) -> None:
        self._variable = variable
        self._kind = kind
        self._settings = settings
        self._times = times
        self._encoder = encoder
        self._next = 0
        self._block: Generator[None, None, list[Point]] | None = None
        self.done = False

    def page(self, reader: HistoryReader, most: int) -> Generator[None, bool, list[bytes]]:
        """The results of the next intervals, encoded; a step for each and for each page of values."""
        found: list[bytes] = []
        while len(found) < most and not self.done:
            if self._block is None:
                self._block = self._calculated(reader, min(_BLOCK, most - len(found)))
            try:
                next(self._block)
            except StopIteration as end:
                found += map(self._encoded, end.value)
                self._next += len(end.value)
                self._block = None
                self.done = self._next >= count(*self._times)
            if (yield):
                break  # a block that is begun is kept: an interval that takes longer than a page is got done
        return found

    def _calculated(self, reader: HistoryReader, number: int) -> Generator[None, None, list[Point]]:
        """The next intervals, calculated forward in time whatever their order."""
        wanted = list(islice(intervals(*self._times, self._next), number))
        results = {}
        walk = None
        for interval in sorted(wanted):
            if walk is None:
                walk = _walk(self._variable, reader, self._settings, interval.start)
            results[interval] = yield from calculate(walk, self._kind, interval, self._settings)
            yield
        return [results[interval] for interval in wanted]

    def _encoded(self, point: Point) -> bytes:
        result = self._kind.result_type
        if result is ResultType.STATUS_CODE:
            code: Any = shared_status(point.value or 0)
            return self._encoder.other(ua.Variant(code, ua.VariantType.StatusCode), point.status, point.time)
        data_type = _TYPES.get(result, self._variable.column.data_type)
        if self._kind.__name__ in _DIFFERENCES:
            data_type = difference_type(self._kind.__name__, data_type, point.value)
        return self._encoder.value(point.value, data_type, point.status, point.time, point.time)


class AtTimeRead:
    """Values of one variable at given times, which goes on where its last page ended.

    Args:
        variable: that is read.
        times: of the request.
        settings: how quality counts.
        encoder: of the results.
        simple: whether the next values are taken whatever their quality.
    """

    def __init__(
        self,
        variable: Historized,
        times: RequestedTimes,
        settings: AggregateSettings,
        encoder: ValueEncoder,
        *,
        simple: bool,
    ) -> None:
        self._variable = variable
        self.times = times
        self._settings = settings
        self._encoder = encoder
        self._value_at = simply_bounded if simple else interpolated
        self._next = 0
        self.done = False

    def page(self, reader: HistoryReader, most: int) -> Generator[None, bool, list[bytes]]:
        """The next values, encoded; a step for each."""
        yield from self.times.pack()
        found = []
        for time in self.times.part(self._next, most):
            around = _walk(self._variable, reader, self._settings, time).around(time)
            raw = around.before
            point = (
                raw if raw is not None and raw.time == time else self._value_at(time, around, self._settings)
            )
            data_type = self._variable.column.data_type
            found.append(self._encoder.value(point.value, data_type, point.status, time, time))
            if (yield):
                break
        self._next += len(found)
        self.done = self._next >= len(self.times)
        return found


def _walk(variable: Historized, reader: HistoryReader, settings: AggregateSettings, start: int) -> Walk:
    return Walk(variable.read_by(reader), variable.column.path, settings, start)
