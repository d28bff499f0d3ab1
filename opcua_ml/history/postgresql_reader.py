"""The reader of a PostgreSQL store: what is committed, and nothing else."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import psycopg

from opcua_ml.application.history.record import SeenEvents
from opcua_ml.application.history.store import LAST_TIME
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.history.known_layouts import KnownLayouts, seen_events, values_of
from opcua_ml.history.merging import merged, records_of
from opcua_ml.history.postgresql_database import exists, failure, time_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.history.record import Record, StoredValue
    from opcua_ml.application.history.store import Cursor
    from opcua_ml.history.postgresql_database import Connection, Database

_BIGGEST: Final = 1 << 62
_PAUSE_S: Final = 2.0
"""After a connection that failed reads fail at once for so long: one that waits would hold up the others."""


class PostgresqlReader:
    """A HistoryReader.

    Args:
        database: of the store.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection: Connection | None = None
        self._layouts = KnownLayouts()
        self._failed: tuple[float, HistoryFailed] | None = None

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
        query = f"SELECT source, number, server, status, data FROM samples WHERE layout = %s AND {span}"  # noqa: S608 - names of our own tables
        with self._reading() as connection:
            if connection is None:
                return []
            found = [
                values_of(connection.execute(query, (layout, *arguments, most), binary=True), codec, place)
                for layout, codec, place in self._layouts_of(connection).of(path)
            ]
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
        span, arguments = _span("occurred", low, high, newest_first=newest_first, after=after)
        content = "CASE WHEN %s = ANY(notifiers) THEN content END"
        query = f"SELECT occurred, number, {content} FROM events WHERE {span}"  # noqa: S608 - names of our own tables
        with self._reading() as connection:
            if connection is None:
                return SeenEvents([], None)
            rows = connection.execute(query, (notifier, *arguments, most)).fetchall()
        return seen_events(rows, most)

    def records(self, after: int, *, most: int) -> list[tuple[int, Record]]:
        """See HistoryReader."""
        behind = "WHERE number > %s ORDER BY number LIMIT %s"
        with self._reading() as connection:
            if connection is None:
                return []
            layouts = self._layouts_of(connection).all
            samples = connection.execute(
                f"SELECT number, layout, source, server, status, data FROM samples {behind}",  # noqa: S608 - ours
                (after, most),
                binary=True,
            ).fetchall()
            events = connection.execute(
                f"SELECT number, occurred, server, notifiers, content FROM events {behind}",  # noqa: S608 - ours
                (after, most),
            ).fetchall()
        return records_of(samples, events, layouts, most)

    def paths(self) -> list[str]:
        """See HistoryReader."""
        with self._reading() as connection:
            if connection is None:
                return []
            return self._layouts_of(connection).paths()

    def close(self) -> None:
        """See HistoryReader."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                connection.close()

    def _layouts_of(self, connection: Connection) -> KnownLayouts:
        """All that there are by now."""
        query = "SELECT id, columns FROM layouts WHERE id > %s ORDER BY id"
        self._layouts.add(connection.execute(query, (self._layouts.newest,)).fetchall())
        return self._layouts

    @contextmanager
    def _reading(self) -> Iterator[Connection | None]:
        """The connection; None while nothing was ever written."""
        connection = self._connection or self._opened()
        try:
            with self._database.answering(connection):
                if self._connection is None:
                    if not exists(connection):
                        connection.close()
                        yield None
                        return
                    self._layouts = KnownLayouts()
                    self._connection = connection
                yield connection
        except psycopg.Error as error:
            connection.close()
            self._connection = None
            raise failure(error, "the history can't be read", self._database.where) from error

    def _opened(self) -> Connection:
        if self._failed is not None and time.monotonic() < self._failed[0] + _PAUSE_S:
            known = self._failed[1]
            raise HistoryFailed(known.what, where=known.where, found=known.found)
        try:
            connection = self._database.connect(to_write=False)
        except HistoryFailed as error:
            self._failed = time.monotonic(), error
            raise
        self._failed = None
        return connection


def _span(
    column: str, low: int, high: int, *, newest_first: bool, after: Cursor | None
) -> tuple[str, tuple[Any, ...]]:
    """The condition and order of a query, and its arguments; the last one is how many rows."""
    low, high = min(max(low, -_BIGGEST), LAST_TIME), min(high, LAST_TIME)
    if after is not None:
        low, high = (low, min(after[0] + 1, high)) if newest_first else (max(after[0], low), high)
    # The index is ordered by time in microseconds, and by the exact time within one.
    condition = f"time >= %s AND time <= %s AND {column} >= %s AND {column} < %s"
    arguments: tuple[Any, ...] = (time_of(low), time_of(high), low, high)
    if after is not None:
        condition += f" AND ({column}, number) {'<' if newest_first else '>'} (%s, %s)"
        arguments += after
    order = "DESC" if newest_first else "ASC"
    return f"{condition} ORDER BY time {order}, {column} {order}, number {order} LIMIT %s", arguments
