"""What a reader of any database knows of its layouts, and makes of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.history.record import SeenEvents, StoredEvent, StoredValue
from opcua_ml.domain.errors import HistoryDamaged
from opcua_ml.history.layout_text import layout_of
from opcua_ml.history.row_codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opcua_ml.application.history.record import Layout

_log = structlog.get_logger(__name__)


class KnownLayouts:
    """The layouts of one store, which only ever become more.

    Attributes:
        newest: number of the last one; 0 for none.
        all: by number, each with what reads its rows.
    """

    def __init__(self) -> None:
        self.newest = 0
        self.all: dict[int, tuple[Layout, RowCodec]] = {}
        self._places: dict[str, list[tuple[int, RowCodec, int]]] = {}

    def add(self, rows: Iterable[tuple[int, str]]) -> None:
        """Take number and text of those behind the newest one, in their order."""
        for number, text in rows:
            self.newest = number
            try:
                layout = layout_of(text)
            except HistoryDamaged as error:  # only the rows of this layout are lost
                _log.error("rows of the history can't be read", layout=number, reason=str(error))
                continue
            codec = RowCodec(layout)
            self.all[number] = layout, codec
            for place, column in enumerate(layout.columns):
                self._places.setdefault(column.path, []).append((number, codec, place))

    def of(self, path: str) -> list[tuple[int, RowCodec, int]]:
        """The layouts that have this variable, each with what reads its rows and the variable's place."""
        return self._places.get(path, [])

    def paths(self) -> list[str]:
        """Of all variables."""
        return sorted(self._places)


def values_of(
    rows: Iterable[tuple[int, int, int, int, bytes]], codec: RowCodec, place: int
) -> list[StoredValue]:
    """The values of one variable.

    Args:
        rows: SourceTimestamp, number, ServerTimestamp, StatusCode and bytes of each.
        codec: of their layout.
        place: of the variable.
    """
    data_type = codec.data_type(place)
    found = []
    for source, number, server, status, data in rows:
        value, code = codec.decode(data, status, place)
        found.append(StoredValue(source, number, server, code, value, data_type))
    return found


def seen_events(rows: list[tuple[int, int, str | None]], most: int) -> SeenEvents:
    """What was looked at.

    Args:
        rows: time, number and content of each event; None for the content of another's.
        most: how many were asked for.
    """
    found = [StoredEvent(time, number, content) for time, number, content in rows if content is not None]
    return SeenEvents(found, rows[-1][:2] if len(rows) >= most else None)
