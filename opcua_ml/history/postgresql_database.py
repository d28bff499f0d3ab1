"""A site's PostgreSQL as a store: how it is reached, its tables, and its errors in words.

With the TimescaleDB extension in the database, samples and events become hypertables. Needs the extra
`postgresql`.
"""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from opcua_ml.domain.errors import ConfigurationError, HistoryFailed

try:
    import psycopg
    from psycopg import sql
except ImportError as error:
    raise ConfigurationError(
        "psycopg is not installed", where="history.postgresql", wanted='pip install "opcua-ml[postgresql]"'
    ) from error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Connection: TypeAlias = psycopg.Connection[tuple[Any, ...]]

_SCHEMA: Final = 1
_CONNECT_S: Final = 5
_ANSWER_S: Final = 10.0
"""Longest wait for an answer; a database that hangs counts as away after it."""
_LOCK: Final = 0x6F70_6375  # with the schema's identifier it is the key of the lock of the writer
_EPOCH: Final = datetime(1601, 1, 1, tzinfo=UTC)
_FIRST: Final = int((datetime(2, 1, 1, tzinfo=UTC) - _EPOCH) / timedelta(microseconds=1)) * 10
_LAST: Final = int((datetime(9999, 12, 31, tzinfo=UTC) - _EPOCH) / timedelta(microseconds=1)) * 10
_TABLES: Final = """
CREATE TABLE layouts (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, columns text NOT NULL UNIQUE);
CREATE TABLE columns (layout integer NOT NULL, place integer NOT NULL, path text NOT NULL,
    data_type text NOT NULL, PRIMARY KEY (layout, place));
CREATE TABLE samples (number bigint NOT NULL, layout integer NOT NULL, time timestamptz NOT NULL,
    source bigint NOT NULL, server bigint NOT NULL, status bigint NOT NULL, numbers float8[] NOT NULL,
    data bytea NOT NULL);
CREATE INDEX samples_by_time ON samples (layout, time, source, number);
CREATE INDEX samples_by_number ON samples (number);
CREATE TABLE events (number bigint NOT NULL, time timestamptz NOT NULL, occurred bigint NOT NULL,
    server bigint NOT NULL, notifiers text[] NOT NULL, content text NOT NULL);
CREATE INDEX events_by_time ON events (time, occurred, number);
CREATE INDEX events_by_number ON events (number);
CREATE VIEW variable_values AS SELECT path, time, numbers[place] AS value
    FROM columns JOIN samples USING (layout);
CREATE TABLE progress (id integer PRIMARY KEY CHECK (id = 1), schema_version integer NOT NULL,
    newest bigint NOT NULL, bytes bigint NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Database:
    """Where the history is.

    Attributes:
        host: name or address, or the folder of its socket.
        port: of the server, or of the socket's name.
        database: its name.
        user: who logs in.
        password: None where the server asks for none.
        schema: that holds the tables; one service writes to it.
        sslmode: as libpq has it.
        sslrootcert: PEM file with who may have signed the server's certificate; None for the system's.
        answer_s: longest wait for an answer.
    """

    host: str
    port: int
    database: str
    user: str
    password: str | None = field(default=None, repr=False)
    schema: str = "opcua_ml"
    sslmode: str = "verify-full"
    sslrootcert: Path | None = None
    answer_s: float = _ANSWER_S

    @property
    def where(self) -> str:
        """For people."""
        return f"{self.user}@{self.host}:{self.port}/{self.database}, schema {self.schema}"

    def connect(self, *, to_write: bool) -> Connection:
        """A connection that commits by itself where it is not told otherwise.

        Raises:
            HistoryFailed: there is none to be had.
        """
        seconds = int(self.answer_s * 1000)
        options = (
            f"-c search_path={self.schema} -c timezone=UTC -c synchronous_commit=on"
            " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
            f" -c statement_timeout={seconds} -c lock_timeout={seconds}"
            f" -c default_transaction_read_only={'off' if to_write else 'on'}"
        )
        verified = "system" if self.sslmode == "verify-full" else None
        try:
            return psycopg.connect(
                host=self.host,
                port=self.port,
                dbname=self.database,
                user=self.user,
                password=self.password,
                sslmode="disable" if self.host.startswith("/") else self.sslmode,
                sslrootcert=str(self.sslrootcert) if self.sslrootcert else verified,
                gssencmode="disable",
                connect_timeout=_CONNECT_S,
                client_encoding="UTF8",
                application_name="opcua-ml",
                options=options,
                autocommit=True,
            )
        except psycopg.Error as error:
            raise failure(error, "the database of the history can't be reached", self.where) from error

    @contextmanager
    def answering(self, connection: Connection) -> Iterator[Connection]:
        """Let the block fail where the database does not answer in time: its connection is cut then."""
        # A server that hangs keeps TCP alive, so no setting of the socket ends a wait for it.
        watched = socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM)
        cut = threading.Timer(self.answer_s + 1.0, _cut, [watched])
        cut.daemon = True
        cut.start()
        try:
            yield connection
        finally:
            cut.cancel()
            watched.close()

    def prepare(self, connection: Connection) -> str:
        """Be the only writer, and make the tables where they are missing; what operators should know.

        Raises:
            HistoryFailed: another service writes here, or this database can't hold a history.
        """
        encoding = _one(connection, "SHOW server_encoding")
        if encoding != "UTF8":
            raise HistoryFailed(
                "the database of the history can't hold every text",
                where=self.where,
                found=encoding,
                wanted="a database with the encoding UTF8",
            )
        if not _one(connection, "SELECT pg_try_advisory_lock(%s, hashtext(%s))", _LOCK, self.schema):
            raise HistoryFailed(
                "another service writes this history",
                where=self.where,
                wanted="a schema of its own for each service (history.postgresql.schema_name)",
            )
        with connection.transaction():
            if not exists(connection):
                self._make(connection)
        version = _one(connection, "SELECT schema_version FROM progress")
        if version != _SCHEMA:
            raise HistoryFailed(
                "the history was written by another version of this program",
                where=self.where,
                found=f"schema {version}",
                wanted=f"schema {_SCHEMA}",
            )
        lasts = all(_one(connection, f"SHOW {name}") == "on" for name in ("fsync", "full_page_writes"))
        return (
            "" if lasts else "the database runs without fsync or full_page_writes: a power cut can destroy it"
        )

    def _make(self, connection: Connection) -> None:
        has_schema = _one(connection, "SELECT count(*) FROM pg_namespace WHERE nspname = %s", self.schema)
        if not has_schema:
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(self.schema)))
        connection.execute(_TABLES)
        connection.execute("INSERT INTO progress VALUES (1, %s, 0, 0)", (_SCHEMA,))
        timescale = connection.execute(
            "SELECT nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace"
            " WHERE extname = 'timescaledb'"
        ).fetchone()
        if timescale is not None:
            make = sql.SQL(
                "SELECT {}.create_hypertable({}::regclass, 'time', create_default_indexes => FALSE,"
                " chunk_time_interval => INTERVAL '1 day')"
            )
            for table in ("samples", "events"):
                connection.execute(make.format(sql.Identifier(timescale[0]), sql.Literal(table)))


def exists(connection: Connection) -> bool:
    """Whether there is a history."""
    return _one(connection, "SELECT to_regclass('progress')") is not None


def time_of(filetime: int) -> datetime:
    """A filetime as the database orders by it: in microseconds, and never beyond what it can hold."""
    return _EPOCH + timedelta(microseconds=min(max(filetime, _FIRST), _LAST) // 10)


def failure(error: psycopg.Error, what: str, where: str) -> HistoryFailed:
    """An error of the database in words."""
    state = error.sqlstate or ""
    found = " ".join(str(error).split())
    if state == "53100":
        what = "the disk of the history's database is full"
    elif state[:2] == "28" or "authentication failed" in found or "no password supplied" in found:
        what = "the database of the history refuses the login"
    elif state == "3D000" or ("database" in found and "does not exist" in found):
        what = "the database of the history does not exist"
    elif state == "42501":
        what = "the user of the history's database lacks a right there"
    elif state in ("57P01", "57P02", "57P03"):
        what = "the database of the history is away"
    elif state == "57014":
        what = "the database of the history takes too long"
    elif not state and isinstance(error, psycopg.OperationalError):
        what = "the database of the history can't be reached"
    return HistoryFailed(what, where=where, found=f"{found} ({state})" if state else found)


def _cut(watched: socket.socket) -> None:
    with suppress(OSError):  # it ended meanwhile
        watched.shutdown(socket.SHUT_RDWR)


def _one(connection: Connection, query: str, *arguments: Any) -> Any:
    row = connection.execute(query, arguments or None).fetchone()
    return None if row is None else row[0]
