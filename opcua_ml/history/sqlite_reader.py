"""The reader of the embedded store; it sees what is committed, and nothing else."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING

from opcua_ml.application.history.record import SeenEvents
from opcua_ml.application.history.store import LAST_TIME
from opcua_ml.domain.errors import HistoryDamaged, HistoryFailed
from opcua_ml.history.known_layouts import KnownLayouts, seen_events, values_of
from opcua_ml.history.merging import merged, records_of
from opcua_ml.history.sqlite_file import failure

if TYPE_CHECKING:
    from opcua_ml.application.history.record import Record, StoredValue
    from opcua_ml.application.history.store import Cursor
    from opcua_ml.history.sqlite_file import SqliteFile

_BIGGEST = 1 << 62


class SqliteReader:
    """A HistoryReader.

    Args:
        file: of the store.
    """

    def __init__(self, file: SqliteFile) -> None:
        self._file = file
        self._generation = -1
        self._connection: sqlite3.Connection | None = None
        self._layouts = KnownLayouts()

    def values(
        self,
        path: str,
        low: int,
        high: int,
        *,
        most: int,
        newest_first: bool = False,
        after: Cursor | None = None,
    ) -> list[StoredValue]:
        """See HistoryReader."""
        span, arguments = _span("source", low, high, newest_first=newest_first, after=after)
        query = f"SELECT source, number, server, status, data FROM samples WHERE layout = ? AND {span}"  # noqa: S608 - names of our own tables
        try:
            connection = self._open_connection()
            if connection is None:
                return []
            found = [
                values_of(connection.execute(query, (layout, *arguments, most)), codec, place)
                for layout, codec, place in self._layouts_of(connection).of(path)
            ]
        except sqlite3.Error as error:
            raise self._failed(error) from error
        return merged(found, most, newest_first=newest_first)

    def events(
        self,
        notifier: str,
        low: int,
        high: int,
        *,
        most: int,
        newest_first: bool = False,
        after: Cursor | None = None,
    ) -> SeenEvents:
        """See HistoryReader."""
        span, arguments = _span("time", low, high, newest_first=newest_first, after=after)
        content = "CASE WHEN instr(notifiers, ?) > 0 THEN content END"
        query = f"SELECT time, number, {content} FROM events WHERE {span}"  # noqa: S608 - names of our own tables
        try:
            connection = self._open_connection()
            if connection is None:
                return SeenEvents([], None)
            rows = connection.execute(query, (f"\n{notifier}\n", *arguments, most)).fetchall()
        except sqlite3.Error as error:
            raise self._failed(error) from error
        return seen_events(rows, most)

    def records(self, after: int, *, most: int) -> list[tuple[int, Record]]:
        """See HistoryReader."""
        try:
            connection = self._open_connection()
            if connection is None:
                return []
            layouts = self._layouts_of(connection).all
            behind = "WHERE number > ? ORDER BY number LIMIT ?"
            samples = connection.execute(f"SELECT * FROM samples {behind}", (after, most))  # noqa: S608 - ours
            events = [
                (*row[:3], row[3].split("\n")[1:-1], row[4])
                for row in connection.execute(f"SELECT * FROM events {behind}", (after, most))  # noqa: S608 - ours
            ]
            return records_of(samples, events, layouts, most)
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def paths(self) -> list[str]:
        """See HistoryReader."""
        try:
            connection = self._open_connection()
            if connection is None:
                return []
            return self._layouts_of(connection).paths()
        except sqlite3.Error as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """See HistoryReader."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _layouts_of(self, connection: sqlite3.Connection) -> KnownLayouts:
        """All that there are by now."""
        query = "SELECT id, columns FROM layouts WHERE id > ? ORDER BY id"
        self._layouts.add(connection.execute(query, (self._layouts.newest,)).fetchall())
        return self._layouts

    def _open_connection(self) -> sqlite3.Connection | None:
        """The connection; None while there is no file, and so no history."""
        if self._connection is not None and self._generation != self._file.generation:
            self.close()
        if self._connection is None:
            if not self._file.path.exists():
                return None
            self._layouts = KnownLayouts()
            self._generation = self._file.generation
            connection = sqlite3.connect(
                f"{self._file.path.absolute().as_uri()}?mode=ro",
                uri=True,
                timeout=5.0,
                isolation_level=None,
                check_same_thread=False,
            )
            # A text with bytes that are none must not keep the others from being read.
            connection.text_factory = lambda content: content.decode("utf-8", "replace")
            self._connection = connection
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            if version == 0:  # it is being made
                self.close()
        return self._connection

    def _failed(self, error: sqlite3.Error) -> HistoryFailed:
        found = failure(error, "the history can't be read", self._file.path)
        if isinstance(found, HistoryDamaged):
            self._file.damaged.set()
        self.close()
        return found


def _span(
    time: str, low: int, high: int, *, newest_first: bool, after: Cursor | None
) -> tuple[str, tuple[int, ...]]:
    """The condition and order of a query, and its arguments; the last one is how many rows."""
    low, high = min(max(low, -_BIGGEST), LAST_TIME), min(high, LAST_TIME)
    order = "DESC" if newest_first else "ASC"
    sign = "<" if newest_first else ">"
    condition = f"{time} >= ? AND {time} < ?"
    if after is None:
        return f"{condition} ORDER BY {time} {order}, number {order} LIMIT ?", (low, high)
    # The first condition bounds the search in the index, the second one goes on behind the cursor.
    span = (low, min(after[0] + 1, high)) if newest_first else (max(after[0], low), high)
    condition += f" AND ({time}, number) {sign} (?, ?)"
    arguments = (*span, *after)
    return f"{condition} ORDER BY {time} {order}, number {order} LIMIT ?", arguments
