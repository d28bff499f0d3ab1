"""Stored events, one of which is not as it was written."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.common.events import Event

from opcua_ml.application.history.record import EventRecord
from opcua_ml.history.sqlite_file import SqliteFile
from opcua_ml.history.sqlite_reader import SqliteReader
from opcua_ml.history.sqlite_writer import SqliteWriter
from opcua_ml.opcua.history.event_content import EventContent
from opcua_ml.opcua.history.event_read import EventRead
from opcua_ml.opcua.history.span import Span
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.trust.subscriptions.event_filter import CompiledEventFilter

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SERVER: Any = ua.NodeId(ua.Int32(2253))


def test_an_event_that_can_t_be_read_takes_no_other_along(tmp_path: Path) -> None:
    """The others are told."""
    content = EventContent(list)
    event = Event()
    event.add_property("Time", NOON, ua.VariantType.DateTime)
    good = content.record((event, [SERVER]), NOON)
    file = SqliteFile(tmp_path)
    writer, reader = SqliteWriter(file, 1 << 30), SqliteReader(file)
    writer.open()
    broken = [EventRecord(good.time, good.server, good.notifiers, text) for text in ("{", "[1]", '{"a":1}')]
    writer.append(1, [good, *broken, good])
    types: Any = None
    begin = to_filetime(NOON)
    everything = CompiledEventFilter([], [], types)
    read = EventRead(
        content.named(SERVER), Span(begin, begin + 1, 0), content, everything, lambda _event: True
    )
    steps = read.page(reader, 10)
    found: list[bytes] = []
    try:
        while True:
            next(steps)
    except StopIteration as end:
        found = end.value
    assert (len(found), read.done) == (2, True)
    reader.close()
    writer.close()
