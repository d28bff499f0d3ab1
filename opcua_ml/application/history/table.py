"""Values of variables that belong together as rows of a table."""

from __future__ import annotations

import heapq
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.application.history.record import StoredValue
    from opcua_ml.application.history.store import Cursor, HistoryReader
    from opcua_ml.domain.sample import Value

_AT_ONCE: Final = 2_000


class TableRow(NamedTuple):
    """What was recorded together.

    Attributes:
        source: SourceTimestamp, as filetime.
        worst: the worst StatusCode among the values.
        values: one for each variable; None where there is none.
    """

    source: int
    worst: int
    values: tuple[Value | None, ...]


def table(reader: HistoryReader, paths: Sequence[str], low: int, high: int) -> Iterator[TableRow]:
    """Rows by time, a row for each prediction or write.

    Args:
        reader: of the store.
        paths: of the variables.
        low: SourceTimestamp from which on, as filetime.
        high: up to which, excluded.

    Raises:
        HistoryFailed: the store can't be read.
    """
    columns = (_numbered(reader, path, place, low, high) for place, path in enumerate(paths))
    merged = heapq.merge(*columns, key=lambda one: one[0][:2])
    for (source, _), group in groupby(merged, key=lambda one: one[0][:2]):
        values: list[Value | None] = [None] * len(paths)
        worst = 0
        for value, place in group:
            values[place] = value.value
            worst = max(worst, value.status)  # the severity stands in the highest bits
        yield TableRow(source, worst, tuple(values))


def _numbered(
    reader: HistoryReader, path: str, place: int, low: int, high: int
) -> Iterator[tuple[StoredValue, int]]:
    after: Cursor | None = None
    while values := reader.values(path, low, high, most=_AT_ONCE, after=after):
        for value in values:
            yield value, place
        after = values[-1].source, values[-1].number
