"""The writer of a PostgreSQL store: one transaction for each batch, durable when it returns."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import sql

from opcua_ml.application.history.record import EventRecord, Extent, ValueRecord
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.history.layout_text import layout_text
from opcua_ml.history.postgresql_database import failure, time_of
from opcua_ml.history.row_codec import RowCodec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.application.history.record import Layout, Record
    from opcua_ml.history.postgresql_database import Connection, Database

_PRUNED_AT_ONCE: Final = 5_000
_LOOKED_AT: Final = 20_000
"""Rows behind the first ones that are looked at for old ones at once."""
_GO_ON: Final = 1_000
"""Old rows at once behind which there may be more that should not wait."""
_BAD: Final = 2
_TABLES: Final = ("samples", "events")
# What a row takes with its header and its entries in the indexes, as near as matters.
_SIZE: Final = {
    "samples": "octet_length(data) + 8 * cardinality(numbers) + 180",
    "events": "octet_length(content) + octet_length(array_to_string(notifiers, ' ')) + 160",
}
_COPY: Final = {
    "samples": (
        "COPY samples (number, layout, time, source, server, status, numbers, data) FROM STDIN WITH BINARY",
        ("int8", "int4", "timestamptz", "int8", "int8", "int8", "float8[]", "bytea"),
    ),
    "events": (
        "COPY events (number, time, occurred, server, notifiers, content) FROM STDIN WITH BINARY",
        ("int8", "timestamptz", "int8", "int8", "text[]", "text"),
    ),
}


class PostgresqlWriter:
    """A HistoryWriter.

    Args:
        database: of the store.
        largest: bytes that what is stored may take, as near as the sizes of its rows tell.
    """

    def __init__(self, database: Database, largest: int) -> None:
        self._database = database
        self._largest = largest
        self._connection: Connection | None = None
        self._layouts: dict[Layout, tuple[int, RowCodec]] = {}
        self._looked: dict[str, int] = {}
        self._note = ""

    @property
    def note(self) -> str:
        """See HistoryWriter."""
        return self._note

    def open(self) -> int:
        """See HistoryWriter."""
        self.close()
        self._connection = self._database.connect(to_write=True)
        try:
            with self._answering("the history can't be opened") as connection:
                self._note = self._database.prepare(connection)
                return int(self._one(connection, "SELECT newest FROM progress"))
        except HistoryFailed:
            self.close()
            raise

    def append(self, first: int, records: Sequence[Record]) -> None:
        """See HistoryWriter."""
        with self._answering("the history can't be written") as connection, connection.transaction():
            for table, rows in zip(_TABLES, self._sorted(connection, first, records), strict=True):
                if rows:
                    self._copy(connection, table, first, rows)
            changed = connection.execute(
                "UPDATE progress SET newest = %s WHERE newest < %s", (first + len(records) - 1, first)
            )
            if records and changed.rowcount != 1:
                raise HistoryFailed("the history holds what is to be written", where=self._database.where)

    def prune(self, oldest: int) -> bool:
        """See HistoryWriter."""
        with self._answering("the history can't be pruned") as connection, connection.transaction():
            gone = sum(self._prune_old(connection, table, oldest) for table in _TABLES)
            too_much = self._used(connection) > self._largest and bool(self._prune_first(connection))
        return too_much or gone > _GO_ON

    def extent(self) -> Extent:
        """See HistoryWriter."""
        with self._answering("the history can't be read") as connection:
            begins = [
                found
                for table in _TABLES
                if (found := self._one(connection, f"SELECT server FROM {table} ORDER BY number LIMIT 1"))  # noqa: S608 - names of our own tables
            ]
            return Extent(min(begins, default=0), self._used(connection))

    def close(self) -> None:
        """See HistoryWriter."""
        connection, self._connection = self._connection, None
        self._layouts = {}
        if connection is not None:
            with suppress(psycopg.Error, OSError):  # what could not be written was told already
                connection.close()

    def _sorted(
        self, connection: Connection, first: int, records: Sequence[Record]
    ) -> tuple[list[Any], list[Any]]:
        samples: list[Any] = []
        events: list[Any] = []
        for number, record in enumerate(records, first):
            if isinstance(record, ValueRecord):
                layout, codec = self._layout(connection, record.layout)
                status = record.statuses[-1] if record.statuses else 0
                data = codec.encode(record.values, record.statuses, status)
                time = time_of(record.source)
                numbers = _numbers(record)
                samples.append((number, layout, time, record.source, record.server, status, numbers, data))
            elif isinstance(record, EventRecord):
                time = time_of(record.time)
                events.append(
                    (
                        number,
                        time,
                        record.time,
                        record.server,
                        [*map(_text, record.notifiers)],
                        _text(record.content),
                    )
                )
        return samples, events

    def _copy(self, connection: Connection, table: str, first: int, rows: list[Any]) -> None:
        statement, types = _COPY[table]
        with connection.cursor() as cursor:
            with cursor.copy(sql.SQL(statement)) as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
            cursor.execute(
                f"UPDATE progress SET bytes = bytes + (SELECT sum({_SIZE[table]}) FROM {table}"  # noqa: S608 - ours
                " WHERE number >= %s)",
                (first,),
            )

    def _layout(self, connection: Connection, layout: Layout) -> tuple[int, RowCodec]:
        known = self._layouts.get(layout)
        if known is None:
            text = layout_text(layout)
            number = self._one(connection, "SELECT id FROM layouts WHERE columns = %s", text)
            if number is None:
                number = self._one(connection, "INSERT INTO layouts (columns) VALUES (%s) RETURNING id", text)
                for place, column in enumerate(layout.columns, 1):
                    values = (number, place, _text(column.path), column.data_type.value)
                    connection.execute("INSERT INTO columns VALUES (%s, %s, %s, %s)", values)
            known = self._layouts[layout] = (int(number), RowCodec(layout))
        return known

    def _prune_old(self, connection: Connection, table: str, oldest: int) -> int:
        """The old rows among those that came first, and of a piece behind them that moves on.

        While the clock was ahead rows may have come that stay young for long: they must not keep those behind
        them from going.
        """
        gone, _ = self._prune_piece(connection, table, oldest, -1, _PRUNED_AT_ONCE)
        if gone < _PRUNED_AT_ONCE:
            after = self._looked.get(table, -1)
            more, self._looked[table] = self._prune_piece(connection, table, oldest, after, _LOOKED_AT)
            gone += more
        return gone

    def _prune_piece(
        self, connection: Connection, table: str, oldest: int, after: int, rows: int
    ) -> tuple[int, int]:
        """How many old ones went, and the number that was looked at last; -1 where that was the last row."""
        last, seen = connection.execute(
            f"SELECT max(number), count(*) FROM (SELECT number FROM {table}"  # noqa: S608 - names of our own tables
            " WHERE number > %s ORDER BY number LIMIT %s) AS piece",
            (after, rows),
        ).fetchone() or (None, 0)
        if not seen:
            return 0, -1
        condition = "number > %s AND number <= %s AND server < %s"
        return self._delete(connection, table, condition, after, last, oldest), last if seen == rows else -1

    def _prune_first(self, connection: Connection) -> int:
        """What came first goes first, values and events alike: a twentieth of all at most."""
        firsts = [
            first
            for table in _TABLES
            if (first := self._one(connection, f"SELECT min(number) FROM {table}")) is not None  # noqa: S608 - ours
        ]
        if not firsts:
            return 0
        newest = self._one(connection, "SELECT newest FROM progress")
        part = min(_PRUNED_AT_ONCE, max(1, (newest - min(firsts)) // 20))
        return sum(self._delete(connection, table, "number < %s", min(firsts) + part) for table in _TABLES)

    def _delete(self, connection: Connection, table: str, condition: str, *arguments: int) -> int:
        count, size = connection.execute(
            f"WITH gone AS (DELETE FROM {table} WHERE {condition} RETURNING {_SIZE[table]} AS size)"  # noqa: S608 - ours
            " SELECT count(*), coalesce(sum(size), 0) FROM gone",
            arguments,
        ).fetchone() or (0, 0)
        if count:
            connection.execute("UPDATE progress SET bytes = greatest(bytes - %s, 0)", (size,))
        return int(count)

    def _used(self, connection: Connection) -> int:
        return int(self._one(connection, "SELECT bytes FROM progress"))

    def _one(self, connection: Connection, query: str, *arguments: Any) -> Any:
        row = connection.execute(query, arguments or None).fetchone()
        return None if row is None else row[0]

    @contextmanager
    def _answering(self, what: str) -> Iterator[Connection]:
        if self._connection is None:
            raise HistoryFailed("the history is not open", where=self._database.where)
        try:
            with self._database.answering(self._connection) as connection:
                yield connection
        except psycopg.DataError:
            raise  # of what is to be written, which no other attempt would change
        except psycopg.Error as error:
            raise failure(error, what, self._database.where) from error


def _numbers(record: ValueRecord) -> list[float | None]:
    """What SQL can compute with: the numbers among the values, without Bad ones."""
    return [
        None if status >> 30 == _BAD or not isinstance(value, int | float) else float(value)
        for value, status in zip(record.values, record.statuses, strict=True)
    ]


def _text(text: str) -> str:
    """Without what a text of PostgreSQL can't hold."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")
