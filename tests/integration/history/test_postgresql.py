"""PostgreSQL as the store: what SQL sees, what it must not do, and servers that are away, hang or refuse."""

from __future__ import annotations

import asyncio
import math
import os
import secrets
import signal
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from opcua_ml.application.history.record import Column, EventRecord, Layout, ValueRecord
from opcua_ml.application.history.recorder import HistoryRecorder, RecorderSettings
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.domain.signature import DataType
from opcua_ml.domain.status import Status
from opcua_ml.history.postgresql_reader import PostgresqlReader
from opcua_ml.history.postgresql_writer import PostgresqlWriter
from tests.unit.history.stores import FOREVER, MODEL, row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opcua_ml.history.postgresql_database import Database
    from tests.integration.history.postgresql_server import PostgresqlServer

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON = 134_168_400_000_000_000  # as filetime


@pytest.fixture
def schema() -> str:
    """That nobody else has."""
    return f"h{secrets.token_hex(6)}"


@pytest.fixture
def writer(postgresql: PostgresqlServer, schema: str) -> Iterator[PostgresqlWriter]:
    """Open."""
    made = PostgresqlWriter(postgresql.database(schema), 1 << 30)
    made.open()
    yield made
    made.close()


@pytest.fixture
def reader(postgresql: PostgresqlServer, schema: str) -> Iterator[PostgresqlReader]:
    """Of the same schema."""
    made = PostgresqlReader(postgresql.database(schema))
    yield made
    made.close()


class Numbers:
    """A trail of one number."""

    weight = 2

    def record(self, happened: Any, _moment: datetime) -> ValueRecord:
        """At its own time."""
        return row(int(happened), float(happened), int(happened))


async def until(condition: Callable[[], bool]) -> None:
    """Look until it is so.

    Raises:
        TimeoutError: it took too long.
    """
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - another thread's state
            await asyncio.sleep(0.02)


def stored(database: Database) -> list[Any]:
    """The values of one variable."""
    reader = PostgresqlReader(database)
    try:
        return [one.value for one in reader.values("m.Outputs.b", 0, FOREVER, most=100_000)]
    finally:
        reader.close()


def stored_paths(database: Database) -> list[str]:
    """All variables that have values."""
    reader = PostgresqlReader(database)
    try:
        return reader.paths()
    finally:
        reader.close()


def test_sql_sees_numbers_by_path_and_time(
    postgresql: PostgresqlServer, writer: PostgresqlWriter, schema: str
) -> None:
    """What dashboards ask for; a Bad value is none."""
    bad = ValueRecord(MODEL, NOON + 10, NOON, (None, 7), (Status.BadTypeMismatch, 0))
    writer.append(1, [row(NOON, 1.5, 3), bad])
    with postgresql.admin("plant") as admin:
        found = admin.execute(
            f"SELECT path, time, value FROM {schema}.variable_values ORDER BY path, time"  # noqa: S608 - ours
        ).fetchall()
    after = NOW.replace(microsecond=1)
    assert found == [
        ("m.Inputs.a", NOW, 1.5),
        ("m.Inputs.a", after, None),
        ("m.Outputs.b", NOW, 3.0),
        ("m.Outputs.b", after, 7.0),
    ]


def test_texts_that_look_like_sql_are_texts(writer: PostgresqlWriter, reader: PostgresqlReader) -> None:
    """In paths, values, notifiers and events; so are those that PostgreSQL's own texts can't hold."""
    nasty = "'; DROP TABLE samples; -- %s {x} \\ \""
    layout = Layout((Column(nasty, DataType.STRING), Column("nan", DataType.DOUBLE)))
    texts = [nasty, "\0", "\ud800", ""]
    writer.append(1, [ValueRecord(layout, 10, 10, (text, math.inf), (0, 0)) for text in texts])
    writer.append(5, [EventRecord(10, 10, (nasty,), nasty), EventRecord(20, 20, ("s=m",), "\0\ud800")])
    assert [one.value for one in reader.values(nasty, 0, FOREVER, most=9)] == texts
    assert [one.value for one in reader.values("nan", 0, FOREVER, most=1)] == [math.inf]
    assert [one.content for one in reader.events(nasty, 0, FOREVER, most=9).found] == [nasty]
    assert len(reader.events("s=m", 0, FOREVER, most=9).found) == 1


def test_times_keep_their_hundred_nanoseconds(writer: PostgresqlWriter, reader: PostgresqlReader) -> None:
    """Though the database's own have microseconds; the longest times of OPC UA are kept too."""
    times = [0, NOON + 1, NOON + 3, NOON + 9, NOON + 10, (1 << 63) - 2]
    writer.append(1, [row(one, 1.0, 1, server=0) for one in reversed(times)])
    assert [one.source for one in reader.values("m.Inputs.a", 0, (1 << 63) - 1, most=9)] == times
    between = reader.values("m.Inputs.a", NOON + 3, NOON + 10, most=9, newest_first=True)
    assert [one.source for one in between] == [NOON + 9, NOON + 3]
    on = reader.values("m.Inputs.a", 0, NOON + 10, most=9, newest_first=True, after=between[0][:2])
    assert [one.source for one in on] == [NOON + 3, NOON + 1, 0]


def test_a_batch_that_was_stored_is_not_stored_again(writer: PostgresqlWriter) -> None:
    """Whoever believes that it was not, is told."""
    writer.append(1, [row(10, 1.0, 1)])
    with pytest.raises(HistoryFailed, match="holds what is to be written"):
        writer.append(1, [row(10, 1.0, 1)])
    assert writer.open() == 1


async def test_a_server_that_is_away_loses_nothing_and_stops_nobody(
    postgresql: PostgresqlServer, schema: str
) -> None:
    """Away at the start, and torn away while it writes; each value is there once afterwards."""
    database = postgresql.database(schema)
    postgresql.stop()
    recorder = HistoryRecorder(PostgresqlWriter(database, 1 << 30), RecorderSettings(0.01, max_age_days=1e6))
    recorder.start()
    recorder.take(Numbers(), 0, NOW)
    await until(lambda: recorder.state.problem == "the database of the history can't be reached")
    number = 1
    for _ in range(2):
        postgresql.start()
        await until(lambda: recorder.state.stored == 2 * number)  # noqa: B023 - asked at once
        for _ in range(300):
            recorder.take(Numbers(), number, NOW)
            number += 1
            await asyncio.sleep(0.001)
        postgresql.stop()
        recorder.take(Numbers(), number, NOW)
        number += 1
        await until(lambda: bool(recorder.state.problem))
    postgresql.start()
    await until(lambda: recorder.state.stored == 2 * number)
    assert recorder.state.dropped == 0
    await recorder.stop()
    assert stored(database) == list(range(number))


async def test_what_is_too_much_for_the_buffer_is_counted(postgresql: PostgresqlServer, schema: str) -> None:
    """The oldest goes first."""
    database = postgresql.database(schema)
    postgresql.stop()
    recorder = HistoryRecorder(PostgresqlWriter(database, 1 << 30), RecorderSettings(0.01, 100, 1e6))
    recorder.start()
    await until(lambda: bool(recorder.state.problem))
    for number in range(150):
        recorder.take(Numbers(), number, NOW)
    assert (recorder.state.dropped, recorder.state.waiting) == (100, 100)
    postgresql.start()
    await until(lambda: recorder.state.stored == 200)
    await recorder.stop()
    assert stored(database) == list(range(50, 150))


def test_a_server_that_hangs_is_away_within_its_time(postgresql: PostgresqlServer, schema: str) -> None:
    """Its process stands still, while its connections stay."""
    database = postgresql.database(schema, answer_s=0.5)
    writer = PostgresqlWriter(database, 1 << 30)
    writer.open()
    (backend,) = postgresql.backends()
    os.kill(backend, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        with pytest.raises(HistoryFailed, match="can't be reached"):
            writer.append(1, [row(10, 1.0, 1)])
        assert time.monotonic() - begun < 10
    finally:
        os.kill(backend, signal.SIGCONT)
    writer.close()


def test_a_password_is_never_told(postgresql: PostgresqlServer, schema: str) -> None:
    """Not in the error, nor where the settings are shown."""
    database = postgresql.database(schema, password="s3cret-and-wrong")
    writer = PostgresqlWriter(database, 1 << 30)
    with pytest.raises(HistoryFailed, match="refuses the login") as found:
        writer.open()
    assert "s3cret" not in f"{found.value} {found.value!r} {database} {database!r}"


def test_a_read_that_can_t_connect_does_not_hold_up_the_next(postgresql: PostgresqlServer) -> None:
    """For two seconds nobody tries again."""
    before = postgresql.log.count('authentication failed for user "historian"')
    reader = PostgresqlReader(postgresql.database("x", password="wrong"))
    for _ in range(200):
        with pytest.raises(HistoryFailed, match="refuses the login"):
            reader.values("m.Inputs.a", 0, FOREVER, most=1)
    assert postgresql.log.count('authentication failed for user "historian"') == before + 1


def test_a_database_without_utf_8_is_refused(postgresql: PostgresqlServer, schema: str) -> None:
    """In words."""
    with postgresql.admin() as admin:
        admin.execute("CREATE DATABASE old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0 OWNER historian")
    told = postgresql.database(schema)
    database = type(told)(told.host, told.port, "old", told.user, told.password, schema, "disable")
    with pytest.raises(HistoryFailed, match="can't hold every text"):
        PostgresqlWriter(database, 1 << 30).open()


def test_a_user_without_rights_is_told_so(postgresql: PostgresqlServer, schema: str) -> None:
    """What an administrator has to do is in the error of the database."""
    with postgresql.admin() as admin:
        admin.execute("CREATE DATABASE foreign_one")
    told = postgresql.database(schema)
    database = type(told)(told.host, told.port, "foreign_one", told.user, told.password, schema, "disable")
    with pytest.raises(HistoryFailed, match="lacks a right"):
        PostgresqlWriter(database, 1 << 30).open()


def test_a_server_without_tls_is_refused_where_none_was_written(
    postgresql: PostgresqlServer, schema: str
) -> None:
    """Unencrypted only where the configuration says so."""
    with pytest.raises(HistoryFailed, match="can't be reached"):
        PostgresqlWriter(postgresql.database(schema, sslmode="verify-full"), 1 << 30).open()


def test_reading_can_t_write(postgresql: PostgresqlServer, writer: PostgresqlWriter, schema: str) -> None:
    """Whatever goes wrong there."""
    writer.append(1, [row(10, 1.0, 1)])
    connection = postgresql.database(schema).connect(to_write=False)
    with connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("DELETE FROM samples")


_TIMESCALE = """
CREATE SCHEMA elsewhere;
GRANT USAGE ON SCHEMA elsewhere TO historian;
CREATE TABLE elsewhere.asked (relation text, time_column text, interval_ text, indexes boolean);
GRANT INSERT ON elsewhere.asked TO historian;
CREATE FUNCTION elsewhere.create_hypertable(relation regclass, time_column_name name,
    partitioning_column name = NULL, number_partitions integer = NULL,
    chunk_time_interval anyelement = NULL::bigint, create_default_indexes boolean = TRUE)
    RETURNS void LANGUAGE sql AS $$ INSERT INTO elsewhere.asked VALUES ($1::text, $2, $5::text, $6) $$;
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
    SELECT 99999, 'timescaledb', r.oid, n.oid, false, '2.0' FROM pg_roles r, pg_namespace n
    WHERE r.rolname = 'admin' AND n.nspname = 'elsewhere';
"""


def test_timescaledb_is_asked_for_hypertables_where_it_is_installed(
    postgresql: PostgresqlServer, schema: str
) -> None:
    """By its function's own signature, which stands here for the extension: Debian has none."""
    with postgresql.admin() as admin:
        admin.execute("CREATE DATABASE timescale OWNER historian")
    with postgresql.admin("timescale") as admin:
        admin.execute(_TIMESCALE)
    told = postgresql.database(schema)
    database = type(told)(told.host, told.port, "timescale", told.user, told.password, schema, "disable")
    writer = PostgresqlWriter(database, 1 << 30)
    assert [writer.open(), writer.open()] == [0, 0]
    writer.close()
    with postgresql.admin("timescale") as admin:
        asked = admin.execute("SELECT * FROM elsewhere.asked ORDER BY relation").fetchall()
    assert asked == [("events", "time", "1 day", False), ("samples", "time", "1 day", False)]
