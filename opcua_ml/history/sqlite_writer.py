"""The writer of the embedded store: one transaction for each batch, forced onto the disk."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.application.history.record import EventRecord, Extent, ValueRecord
from opcua_ml.domain.errors import HistoryDamaged, HistoryFailed
from opcua_ml.history.layout_text import layout_text
from opcua_ml.history.row_codec import RowCodec
from opcua_ml.history.sqlite_file import failure, is_full

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.history.record import Layout, Record
    from opcua_ml.history.sqlite_file import SqliteFile

_PRUNED_AT_ONCE: Final = 5_000
_LOOKED_AT: Final = 20_000
"""Rows behind the first ones that are looked at for old ones at once: some 5 ms."""
_GO_ON: Final = 1_000
"""Old rows at once behind which there may be more that should not wait."""
_FREE_PAGES: Final = 2_000
"""Free pages that stay in the file, as what is written next takes them."""
_SAMPLES: Final = "INSERT INTO samples VALUES (?, ?, ?, ?, ?, ?)"
_EVENTS: Final = "INSERT INTO events VALUES (?, ?, ?, ?, ?)"


class SqliteWriter:
    """A HistoryWriter.

    Args:
        file: of the store.
        largest: bytes that what is stored may take.
    """

    def __init__(self, file: SqliteFile, largest: int) -> None:
        self._file = file
        self._largest = largest
        self._connection: sqlite3.Connection | None = None
        self._layouts: dict[Layout, tuple[int, RowCodec]] = {}
        self._looked: dict[str, int] = {}

    @property
    def note(self) -> str:
        """See HistoryWriter."""
        return self._file.note

    def open(self) -> int:
        """See HistoryWriter."""
        self.close()
        self._connection = self._file.open()
        (newest,) = self._one("SELECT newest FROM progress")
        return int(newest)

    def append(self, first: int, records: Sequence[Record]) -> None:
        """See HistoryWriter."""
        if self._file.damaged.is_set():
            raise HistoryDamaged("the file of the history is damaged", where=str(self._file.path))
        connection = self._open_connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            samples, events = self._sorted(first, records)
            connection.executemany(_SAMPLES, samples)
            connection.executemany(_EVENTS, events)
            connection.execute("UPDATE progress SET newest = ?", (first + len(records) - 1,))
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error, "the history can't be written") from error

    def prune(self, oldest: int) -> bool:
        """See HistoryWriter."""
        connection = self._open_connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
            gone = self._prune_old("samples", oldest) + self._prune_old("events", oldest)
            too_much = self._used() > self._largest and bool(self._prune_first())
            connection.execute("COMMIT")
            free = self._pragma("freelist_count") - _FREE_PAGES
            if free > 0:
                connection.execute(f"PRAGMA incremental_vacuum({min(free, _FREE_PAGES)})").fetchall()
        except sqlite3.Error as error:
            raise self._failed(error, "the history can't be pruned") from error
        self._file.reserve.keep()
        return too_much or gone > _GO_ON or free > _FREE_PAGES

    def extent(self) -> Extent:
        """See HistoryWriter."""
        begins = [
            found[0]
            for table in ("samples", "events")
            if (found := self._row(f"SELECT server FROM {table} ORDER BY number LIMIT 1"))  # noqa: S608 - names of our own tables
        ]
        return Extent(min(begins, default=0), self._pragma("page_count") * self._pragma("page_size"))

    def close(self) -> None:
        """See HistoryWriter."""
        connection, self._connection = self._connection, None
        self._layouts = {}
        if connection is not None:
            with suppress(sqlite3.Error):  # what could not be written was told already
                connection.close()
        self._file.close()

    def _sorted(self, first: int, records: Sequence[Record]) -> tuple[list[Any], list[Any]]:
        samples: list[Any] = []
        events: list[Any] = []
        for number, record in enumerate(records, first):
            if isinstance(record, ValueRecord):
                layout, codec = self._layout(record.layout)
                status = record.statuses[-1] if record.statuses else 0
                data = codec.encode(record.values, record.statuses, status)
                samples.append((number, layout, record.source, record.server, status, data))
            elif isinstance(record, EventRecord):
                notifiers = "\n".join(("", *record.notifiers, ""))
                events.append((number, record.time, record.server, notifiers, record.content))
        return samples, events

    def _layout(self, layout: Layout) -> tuple[int, RowCodec]:
        known = self._layouts.get(layout)
        if known is None:
            text = layout_text(layout)
            connection = self._open_connection()
            connection.execute("INSERT OR IGNORE INTO layouts (columns) VALUES (?)", (text,))
            (number,) = connection.execute("SELECT id FROM layouts WHERE columns = ?", (text,)).fetchone()
            known = self._layouts[layout] = (int(number), RowCodec(layout))
        return known

    def _prune_old(self, table: str, oldest: int) -> int:
        """The old rows among those that came first, and of a piece behind them that moves on.

        While the clock was ahead rows may have come that stay young for long: they must not keep those behind
        them from going.
        """
        gone, _ = self._prune_piece(table, oldest, -1, _PRUNED_AT_ONCE)
        if gone < _PRUNED_AT_ONCE:
            more, self._looked[table] = self._prune_piece(
                table, oldest, self._looked.get(table, -1), _LOOKED_AT
            )
            gone += more
        return gone

    def _prune_piece(self, table: str, oldest: int, after: int, rows: int) -> tuple[int, int]:
        """How many old ones went, and the number that was looked at last; -1 where that was the last row."""
        connection = self._open_connection()
        piece = f"SELECT max(number), count(*) FROM (SELECT number FROM {table} WHERE number > ? ORDER BY number LIMIT ?)"  # noqa: S608, E501 - names of our own tables
        last, seen = connection.execute(piece, (after, rows)).fetchone()
        if not seen:
            return 0, -1
        removal = f"DELETE FROM {table} WHERE number > ? AND number <= ? AND server < ?"  # noqa: S608 - ours
        gone = connection.execute(removal, (after, last, oldest)).rowcount
        return gone, last if seen == rows else -1

    def _prune_first(self) -> int:
        """What came first goes first, values and events alike: a twentieth of all at most."""
        connection = self._open_connection()
        firsts = [
            first
            for table in ("samples", "events")
            for (first,) in connection.execute(f"SELECT min(number) FROM {table}")  # noqa: S608 - ours
            if first is not None
        ]
        if not firsts:
            return 0
        (newest,) = connection.execute("SELECT newest FROM progress").fetchone()
        part = min(_PRUNED_AT_ONCE, max(1, (newest - min(firsts)) // 20))
        gone = 0
        for table in ("samples", "events"):
            removal = f"DELETE FROM {table} WHERE number < ?"  # noqa: S608 - names of our own tables
            gone += connection.execute(removal, (min(firsts) + part,)).rowcount
        return gone

    def _used(self) -> int:
        pages = self._pragma("page_count") - self._pragma("freelist_count")
        return pages * self._pragma("page_size")

    def _pragma(self, name: str) -> int:
        return int(self._one(f"PRAGMA {name}")[0])

    def _one(self, query: str) -> Any:
        found = self._row(query)
        if found is None:
            raise HistoryDamaged("the file of the history lacks what it begins with")
        return found

    def _row(self, query: str) -> Any:
        try:
            return self._open_connection().execute(query).fetchone()
        except sqlite3.Error as error:
            raise self._failed(error, "the history can't be read") from error

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise HistoryFailed("the history is not open", where=str(self._file.path))
        return self._connection

    def _failed(self, error: sqlite3.Error, what: str) -> HistoryFailed:
        found = failure(error, what, self._file.path)
        if is_full(error):
            self._file.reserve.give_up()
        if isinstance(found, HistoryDamaged):
            self._file.damaged.set()
        return found
