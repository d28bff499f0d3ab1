"""The embedded store: its file is put aside where it is damaged, and rows are read as they were written."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.application.history.record import Column, Layout, ValueRecord
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType
from opcua_ml.domain.status import Status
from opcua_ml.history import reserve
from opcua_ml.history.row_codec import RowCodec
from opcua_ml.history.sqlite_file import FILE, SqliteFile
from opcua_ml.history.sqlite_reader import SqliteReader
from opcua_ml.history.sqlite_writer import SqliteWriter
from tests.unit.history.stores import FOREVER, NEXT, row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> SqliteFile:
    """Of a store in a folder that is not there yet."""
    return SqliteFile(tmp_path / "history")


@pytest.fixture
def writer(file: SqliteFile) -> Iterator[SqliteWriter]:
    """Open."""
    made = SqliteWriter(file, 1 << 30)
    assert made.open() == 0
    yield made
    made.close()


@pytest.fixture
def reader(file: SqliteFile) -> Iterator[SqliteReader]:
    """Of the same file."""
    made = SqliteReader(file)
    yield made
    made.close()


class Small(SqliteFile):
    """On a disk that has room for so many pages more."""

    def open(self) -> sqlite3.Connection:
        """See SqliteFile."""
        connection = super().open()
        connection.execute("PRAGMA max_page_count=300")
        return connection


def test_a_full_disk_has_a_reserve_that_lets_old_rows_go(tmp_path: Path) -> None:
    """It is given up when the disk is full, and taken again when there is plenty of room."""
    file = Small(tmp_path)
    writer = SqliteWriter(file, 1 << 30)
    writer.open()
    reserved = tmp_path / reserve.FILE
    assert reserved.stat().st_size == reserve.BYTES
    first = 1
    with suppress(HistoryFailed):
        for first in range(1, 100_000, 2_000):
            writer.append(first, [row(first + n, 1.0, 1) for n in range(2_000)])
    assert first < 90_000
    assert not reserved.exists()
    assert writer.open() == first - 1
    writer.prune(first)
    writer.append(first, [row(first + n, 1.0, 1) for n in range(2_000)])
    assert reserved.exists()
    writer.close()


def test_one_row_that_can_t_be_read_is_lost_alone(
    file: SqliteFile, writer: SqliteWriter, reader: SqliteReader
) -> None:
    """Bad, with the code for lost data; the file is left in its place, and the writer goes on."""
    writer.append(1, [row(n, float(n), n) for n in range(9_000)])
    with sqlite3.connect(file.path) as connection:
        connection.execute("UPDATE samples SET data = x'00ff' WHERE number = 5001")
        connection.execute("UPDATE samples SET data = 'text' WHERE number = 5002")
    connection.close()
    found = reader.values("m.Inputs.a", 0, FOREVER, most=10_000)
    lost = [one.source for one in found if one.status == Status.BadDataLost and one.value is None]
    assert (len(found), lost) == (9_000, [5_000, 5_001])
    writer.append(9_001, [row(9_000, 1.0, 1)])
    assert writer.note == ""
    assert len(reader.values("m.Outputs.b", 0, FOREVER, most=10_000)) == 9_001


def test_a_layout_that_can_t_be_read_takes_no_other_along(
    file: SqliteFile, writer: SqliteWriter, reader: SqliteReader
) -> None:
    """The values of the others stay readable."""
    writer.append(1, [row(10, 1.0, 1), ValueRecord(NEXT, 20, 20, (2, "x"), (0, 0))])
    with sqlite3.connect(file.path) as connection:
        connection.execute("UPDATE layouts SET columns = '[[' WHERE id = 1")
    connection.close()
    assert [one.value for one in reader.values("m.Outputs.b", 0, FOREVER, most=10)] == [2]
    writer.append(3, [row(30, 3.0, 3)])


def test_a_text_that_was_cut_short_is_lost_not_short() -> None:
    """Half a text under Good would be a wrong value."""
    codec = RowCodec(Layout((Column("a", DataType.STRING),)))
    data = codec.encode(("a long text",), (0,), 0)
    assert codec.decode(data[:-3], 0, 0) == (None, Status.BadDataLost)


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_put_aside_and_a_new_one_begun(tmp_path: Path, content: bytes) -> None:
    """Said in a note; the old one stays for who wants to look."""
    file = SqliteFile(tmp_path)
    (tmp_path / FILE).write_bytes(content)
    writer = SqliteWriter(file, 1 << 30)
    assert writer.open() == 0
    writer.append(1, [row(10, 1.0, 1)])
    (aside,) = tmp_path.glob("history.damaged-*.sqlite")
    assert aside.read_bytes() == content
    assert aside.name in writer.note
    assert len(SqliteReader(file).values("m.Inputs.a", 0, FOREVER, most=10)) == 1
    writer.close()


def test_damage_that_a_reader_finds_makes_the_writer_begin_anew(
    file: SqliteFile, writer: SqliteWriter, reader: SqliteReader
) -> None:
    """The pages of the values are overwritten behind both backs."""
    writer.append(1, [row(n, 1.0, 1) for n in range(5_000)])
    writer.close()
    size = file.path.stat().st_size
    with file.path.open("r+b") as damaged:
        damaged.seek(8192)
        damaged.write(b"\xa5" * (size - 8192))
    with pytest.raises(HistoryFailed):
        reader.values("m.Inputs.a", 0, FOREVER, most=10_000)
    assert writer.open() == 0
    assert "put aside" in writer.note
    assert reader.values("m.Inputs.a", 0, FOREVER, most=10) == []


def test_a_file_of_a_newer_program_is_left_alone(file: SqliteFile, writer: SqliteWriter) -> None:
    """Its content is not thrown away for what it may have."""
    writer.close()
    with sqlite3.connect(file.path) as connection:
        connection.execute("PRAGMA user_version=2")
    connection.close()
    with pytest.raises(HistoryFailed, match="another version of this program"):
        writer.open()


def contents(column: Column) -> st.SearchStrategy[Any]:
    """Values of a column, and none."""
    scalar: st.SearchStrategy[Any]
    if column.data_type in INTEGER_LIMITS:
        scalar = st.integers(*INTEGER_LIMITS[column.data_type])
    elif column.data_type is DataType.BOOLEAN:
        scalar = st.booleans()
    elif column.data_type is DataType.STRING:
        scalar = st.text()
    else:
        scalar = st.floats(width=32 if column.data_type is DataType.FLOAT else 64, allow_nan=False)
    return st.none() | (st.lists(scalar, max_size=5).map(tuple) if column.is_array else scalar)


COLUMNS = tuple(Column(f"{kind}{array}", kind, array) for kind in DataType for array in (False, True))


@given(
    st.tuples(*map(contents, COLUMNS)),
    st.lists(st.sampled_from([0, 0x40A40000, 0x809B0000]), min_size=24, max_size=24),
)
def test_every_type_is_read_as_it_was_written(values: tuple[Any, ...], statuses: list[int]) -> None:
    """Scalars and arrays, with and without values, each with its own status."""
    codec = RowCodec(Layout(COLUMNS))
    data = codec.encode(values, statuses, statuses[-1])
    found = [codec.decode(data, statuses[-1], place) for place in range(len(COLUMNS))]
    assert found == list(zip(values, statuses, strict=True))


def test_a_value_that_does_not_fit_becomes_bad_and_the_others_stay() -> None:
    """A label beyond its type, an array in the place of a number."""
    layout = Layout((Column("a", DataType.BYTE), Column("b", DataType.DOUBLE), Column("c", DataType.DOUBLE)))
    codec = RowCodec(layout)
    values: Any = (300, (1.0,), 5.0)
    data = codec.encode(values, (0, 0, 0), 0)
    mismatch = (None, Status.BadTypeMismatch)
    assert [codec.decode(data, 0, place) for place in range(3)] == [mismatch, mismatch, (5.0, 0)]
