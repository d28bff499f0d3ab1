"""The stores, each of which does what is asked of any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.application.history.record import Column, Layout, ValueRecord
from opcua_ml.domain.signature import DataType
from opcua_ml.history.postgresql_reader import PostgresqlReader
from opcua_ml.history.postgresql_writer import PostgresqlWriter
from opcua_ml.history.sqlite_file import SqliteFile
from opcua_ml.history.sqlite_reader import SqliteReader
from opcua_ml.history.sqlite_writer import SqliteWriter

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.application.history.store import HistoryReader, HistoryWriter
    from opcua_ml.history.postgresql_database import Database

MODEL = Layout((Column("m.Inputs.a", DataType.DOUBLE), Column("m.Outputs.b", DataType.INT32)))
NEXT = Layout((Column("m.Outputs.b", DataType.INT32), Column("m.Outputs.c", DataType.STRING)))
FOREVER = 1 << 62


def row(source: int, a: float, b: int, server: int | None = None) -> ValueRecord:
    """A Good one."""
    return ValueRecord(MODEL, source, source if server is None else server, (a, b), (0, 0))


@dataclass
class SqliteStore:
    """In a folder."""

    folder: Path

    def __post_init__(self) -> None:
        self._file = SqliteFile(self.folder)

    def writer(self, largest: int = 1 << 30) -> HistoryWriter:
        """Not open yet."""
        return SqliteWriter(self._file, largest)

    def reader(self) -> HistoryReader:
        """Of the same file."""
        return SqliteReader(self._file)


@dataclass
class PostgresqlStore:
    """In a schema."""

    database: Database

    def writer(self, largest: int = 1 << 30) -> HistoryWriter:
        """Not open yet."""
        return PostgresqlWriter(self.database, largest)

    def reader(self) -> HistoryReader:
        """Of the same schema."""
        return PostgresqlReader(self.database)


Store = SqliteStore | PostgresqlStore
