"""Reads that take longer than a page may: they go on where their time was over, and lose nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua

from opcua_ml.application.history.record import Column, Layout, ValueRecord
from opcua_ml.domain.history.aggregate_settings import AggregateSettings
from opcua_ml.domain.history.aggregates import AGGREGATES
from opcua_ml.domain.signature import DataType
from opcua_ml.history.sqlite_file import SqliteFile
from opcua_ml.history.sqlite_reader import SqliteReader
from opcua_ml.history.sqlite_writer import SqliteWriter
from opcua_ml.opcua.history import reading
from opcua_ml.opcua.history.encoding import ValueEncoder
from opcua_ml.opcua.history.paging import Paged, PageLimit
from opcua_ml.opcua.history.processed import AtTimeRead, ProcessedRead
from opcua_ml.opcua.history.raw import RawRead
from opcua_ml.opcua.history.reading import ReadingRoom
from opcua_ml.opcua.history.span import Span
from opcua_ml.opcua.history.times import RequestedTimes
from opcua_ml.opcua.history.variable import Historized
from opcua_ml.opcua.hot import to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from opcua_ml.opcua.history.paging import Unfinished

SECOND = 10_000_000
NOON = 134_000_000_000_000_000
ROWS = 6_000
END = NOON + ROWS * SECOND
LAYOUT = Layout((Column("a", DataType.DOUBLE),))
VARIABLE = Historized(LAYOUT.columns[0], stepped=False)
ENCODER = ValueEncoder(ua.TimestampsToReturn.Both)
LIMIT = PageLimit(10_000, 1 << 24)
SETTINGS = AggregateSettings()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteReader]:
    """Of a value each second."""
    folder: Path = tmp_path_factory.mktemp("history")
    file = SqliteFile(folder)
    writer, made = SqliteWriter(file, 1 << 30), SqliteReader(file)
    writer.open()
    times = [NOON + number * SECOND for number in range(ROWS)]
    writer.append(1, [ValueRecord(LAYOUT, at, at, (float(at - NOON),), (0,)) for at in times])
    yield made
    made.close()
    writer.close()


def average(start: int, end: int, length: int) -> ProcessedRead:
    """Of intervals of so many seconds; 0 for a single one."""
    return ProcessedRead(VARIABLE, AGGREGATES["Average"], SETTINGS, (start, end, length * SECOND), ENCODER)


def at_times() -> AtTimeRead:
    """Each half second of the first minutes."""
    moments: list[Any] = [to_datetime(NOON + number * SECOND // 2) for number in range(1_000)]
    return AtTimeRead(VARIABLE, RequestedTimes(moments), SETTINGS, ENCODER, simple=False)


@pytest.mark.parametrize(
    "begin",
    [
        lambda: average(NOON, END, 20),
        lambda: average(END, NOON, 20),
        lambda: average(NOON, END, 0),
        lambda: RawRead(VARIABLE, Span(NOON, END, 0), ENCODER, bounds=True),
        lambda: RawRead(VARIABLE, Span(END, NOON, 0), ENCODER, bounds=True),
        at_times,
    ],
    ids=["processed", "processed backward", "one long interval", "raw", "raw backward", "at times"],
)
async def test_what_is_found_in_the_time_is_told_and_the_rest_follows(
    reader: SqliteReader, begin: Callable[[], Unfinished], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked: the pages together are what one page would have been."""
    room = ReadingRoom(reader)
    whole = await room.page("owner", Paged(begin(), 0), LIMIT, math.inf)
    monkeypatch.setattr(reading, "SLICE_S", 0.0)
    cut, pages = Paged(begin(), 0), []
    while not cut.done:
        pages.append(await room.page("owner", cut, LIMIT, 0.0))
    assert len(pages) > 1
    assert [one for page in pages for one in page] == whole
