"""What is in several tables in one order."""

from __future__ import annotations

import heapq
from itertools import islice
from typing import TYPE_CHECKING

from opcua_ml.application.history.record import EventRecord, ValueRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opcua_ml.application.history.record import Layout, Record, StoredValue
    from opcua_ml.history.row_codec import RowCodec

SampleRow = tuple[int, int, int, int, int, bytes]
EventRow = tuple[int, int, int, list[str], str]


def merged(found: list[list[StoredValue]], most: int, *, newest_first: bool) -> list[StoredValue]:
    """By time and number.

    Args:
        found: of each layout in that order.
        most: how many.
        newest_first: whether they come from the newest to the oldest.
    """
    if len(found) == 1:
        return found[0]
    return list(islice(heapq.merge(*found, key=lambda value: value[:2], reverse=newest_first), most))


def records_of(
    samples: Iterable[SampleRow],
    events: Iterable[EventRow],
    layouts: Mapping[int, tuple[Layout, RowCodec]],
    most: int,
) -> list[tuple[int, Record]]:
    """Records by number.

    Args:
        samples: number, layout, SourceTimestamp, ServerTimestamp, StatusCode and bytes of each row, by
            number.
        events: number, time, ServerTimestamp, notifiers and content of each event, by number.
        layouts: by number.
        most: how many.

    Raises:
        HistoryDamaged: a row is not as it was written.
    """

    def rows() -> Iterable[tuple[int, Record]]:
        for number, layout, source, server, status, data in samples:
            known, codec = layouts[layout]
            decoded = [codec.decode(data, status, place) for place in range(len(known.columns))]
            values, statuses = tuple(zip(*decoded, strict=True)) or ((), ())
            yield number, ValueRecord(known, source, server, values, statuses)

    told = (
        (number, EventRecord(time, server, tuple(by), content))
        for number, time, server, by, content in events
    )
    return list(islice(heapq.merge(rows(), told, key=lambda numbered: numbered[0]), most))
