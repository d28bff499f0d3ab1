"""Any store: what is written is read in order, whole batches last, and what is stored stays bounded."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from psycopg import DataError

from opcua_ml.application.history.record import EventRecord, ValueRecord
from opcua_ml.application.history.store import LAST_TIME
from opcua_ml.domain.errors import HistoryFailed
from tests.unit.history.stores import FOREVER, NEXT, PostgresqlStore, SqliteStore, Store, row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from opcua_ml.application.history.store import HistoryReader, HistoryWriter


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """One of each kind, that is not there yet."""
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "history")
    server = request.getfixturevalue("postgresql")
    return PostgresqlStore(server.database(f"h{secrets.token_hex(6)}"))


@pytest.fixture
def writer(store: Store) -> Iterator[HistoryWriter]:
    """Open."""
    made = store.writer()
    assert made.open() == 0
    yield made
    made.close()


@pytest.fixture
def reader(store: Store) -> Iterator[HistoryReader]:
    """Of the same store."""
    made = store.reader()
    yield made
    made.close()


def test_what_was_never_written_has_no_history(reader: HistoryReader) -> None:
    """Which is no fault."""
    assert reader.values("m.Inputs.a", 0, FOREVER, most=10) == []
    assert reader.events("i=2253", 0, FOREVER, most=10) == ([], None)
    assert reader.paths() == []


def test_values_come_by_time_in_both_directions_and_go_on_behind_a_cursor(
    writer: HistoryWriter, reader: HistoryReader
) -> None:
    """Late values stand where their time is; of one time the order of arrival counts."""
    writer.append(1, [row(30, 3.0, 3), row(10, 1.0, 1), row(20, 2.0, 2), row(20, 2.5, 4)])
    found = reader.values("m.Inputs.a", 0, FOREVER, most=10)
    assert [(one.source, one.value) for one in found] == [(10, 1.0), (20, 2.0), (20, 2.5), (30, 3.0)]
    backward = reader.values("m.Outputs.b", 0, FOREVER, most=2, newest_first=True)
    assert [one.value for one in backward] == [3, 4]
    rest = reader.values("m.Outputs.b", 0, FOREVER, most=9, newest_first=True, after=backward[-1][:2])
    assert [one.value for one in rest] == [2, 1]
    assert [one.value for one in reader.values("m.Inputs.a", 20, 30, most=10)] == [2.0, 2.5]
    assert reader.values("m.Inputs.none", 0, FOREVER, most=10) == []


def test_nothing_lies_behind_the_last_time(writer: HistoryWriter, reader: HistoryReader) -> None:
    """Though one more than the largest integer of a store is asked for."""
    writer.append(1, [row(10, 1.0, 1)])
    behind = LAST_TIME + 1
    assert reader.values("m.Inputs.a", behind, behind, most=1) == []
    assert len(reader.values("m.Inputs.a", 10, behind, most=1)) == 1
    assert reader.events("i=2253", behind, behind, most=1) == ([], None)


def test_a_variable_of_two_versions_has_one_history(writer: HistoryWriter, reader: HistoryReader) -> None:
    """Whatever else the versions have."""
    writer.append(1, [row(10, 1.0, 1), ValueRecord(NEXT, 20, 20, (2, "x"), (0, 0)), row(30, 3.0, 3)])
    assert [one.value for one in reader.values("m.Outputs.b", 0, FOREVER, most=10)] == [1, 2, 3]
    assert reader.paths() == ["m.Inputs.a", "m.Outputs.b", "m.Outputs.c"]


def test_a_batch_is_stored_whole_or_not_at_all(writer: HistoryWriter, reader: HistoryReader) -> None:
    """And the number of the newest one tells which, after the file was opened again."""
    writer.append(1, [row(10, 1.0, 1)])
    with pytest.raises((OverflowError, DataError)):
        writer.append(2, [row(20, 2.0, 2), row(1 << 70, 1.0, 1)])
    assert writer.open() == 1
    assert len(reader.values("m.Inputs.a", 0, FOREVER, most=10)) == 1


def test_events_are_found_by_who_tells_of_them(writer: HistoryWriter, reader: HistoryReader) -> None:
    """A model's beside those of all, and none by a part of a name."""
    writer.append(1, [EventRecord(10, 10, ("i=2253", "s=m"), "{}"), EventRecord(20, 20, ("i=2253",), "{}")])
    assert [one.time for one in reader.events("i=2253", 0, FOREVER, most=10).found] == [10, 20]
    assert [one.time for one in reader.events("s=m", 0, FOREVER, most=10).found] == [10]
    assert reader.events("i=225", 0, FOREVER, most=10) == ([], None)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_search_for_rare_events_is_made_in_pieces(
    writer: HistoryWriter, reader: HistoryReader, newest_first: bool
) -> None:
    """Each looks at so many, whoever tells of them, and says where the next one goes on."""
    told = [
        EventRecord(time, time, ("s=rare",) if time in {7, 93} else ("s=m",), "{}") for time in range(100)
    ]
    writer.append(1, told)
    found, after, pieces = [], None, 0
    while pieces == 0 or after is not None:
        seen = reader.events("s=rare", 0, FOREVER, most=30, newest_first=newest_first, after=after)
        found += [one.time for one in seen.found]
        after, pieces = seen.behind, pieces + 1
    assert (found, pieces) == ([93, 7] if newest_first else [7, 93], 4)


def test_what_is_too_old_goes_a_piece_at_a_time(writer: HistoryWriter, reader: HistoryReader) -> None:
    """By when it came, whatever its own time says."""
    writer.append(1, [row(90_000 - number, 1.0, 1, server=number) for number in range(12_000)])
    rounds = 1
    while writer.prune(11_000):
        rounds += 1
    assert rounds == 3
    assert len(reader.values("m.Inputs.a", 0, FOREVER, most=20_000)) == 1_000
    assert writer.extent().begin == 11_000


def test_rows_of_a_clock_that_was_ahead_do_not_keep_older_ones(
    writer: HistoryWriter, reader: HistoryReader
) -> None:
    """Many of them came first; those behind them go when they are old, all of them."""
    ahead = [row(1_000_000 + number, 1.0, 1) for number in range(30_000)]
    writer.append(1, ahead + [row(number, 1.0, 1) for number in range(30_000)])
    for _ in range(12):
        writer.prune(25_000)
    kept = [one.source for one in reader.values("m.Inputs.a", 0, FOREVER, most=100_000)]
    assert kept == [*range(25_000, 30_000), *range(1_000_000, 1_030_000)]


def test_the_oldest_goes_where_it_is_too_much(store: Store, reader: HistoryReader) -> None:
    """And the file does not grow on."""
    writer = store.writer(200_000 if isinstance(store, SqliteStore) else 700_000)
    writer.open()
    sizes = []
    for part in range(12):
        writer.append(part * 4_000 + 1, [row(part * 4_000 + n, 1.0, 1) for n in range(4_000)])
        while writer.prune(-1):
            pass
        sizes.append(writer.extent().size)
    values = reader.values("m.Inputs.a", 0, FOREVER, most=100_000)
    assert values[-1].source == 47_999
    assert 1_000 < len(values) < 4_000
    assert max(sizes[4:]) <= 2 * sizes[3]
    writer.close()


def test_a_second_writer_is_told_that_there_is_one(store: Store, writer: HistoryWriter) -> None:
    """Until the first one is gone."""
    other = replace(store).writer()
    with pytest.raises(HistoryFailed, match="another service writes this history"):
        other.open()
    writer.close()
    assert other.open() == 0
    other.close()


def test_what_was_stored_is_there_for_whoever_comes_next(
    store: Store, writer: HistoryWriter, reader: HistoryReader
) -> None:
    """Numbers go on behind the newest one."""
    writer.append(1, [row(10, 1.0, 1), row(20, 2.0, 2)])
    writer.close()
    writer = replace(store).writer()
    assert writer.open() == 2
    writer.append(3, [row(30, 3.0, 3)])
    assert [one.number for one in reader.values("m.Inputs.a", 0, FOREVER, most=10)] == [1, 2, 3]
    writer.close()
