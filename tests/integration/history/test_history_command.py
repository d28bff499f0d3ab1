"""`opcua-ml history`: a table of what was recorded, and a copy in another store."""

from __future__ import annotations

import csv
import secrets
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from opcua_ml.application.history.record import EventRecord, ValueRecord
from opcua_ml.cli.history import history
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.domain.status import Status
from tests.unit.history.stores import MODEL, NEXT, PostgresqlStore, SqliteStore, row

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.application.history.record import Record
    from tests.integration.history.postgresql_server import PostgresqlServer
    from tests.unit.history.stores import Store

NOON = 134_168_400_000_000_000  # 2026-03-01, as filetime
SECOND = 10_000_000
RECORDS: list[Record] = [
    row(NOON, 1.5, 1),
    EventRecord(NOON, NOON, ("i=2253", "s=m"), '{"Message": "x"}'),
    ValueRecord(MODEL, NOON + SECOND, NOON, (None, 2), (Status.BadTypeMismatch, 0)),
    ValueRecord(NEXT, NOON + 2 * SECOND, NOON, (3, "a,b"), (0, 0)),
]


def filled(store: Store, records: list[Record]) -> None:
    """Stored."""
    writer = store.writer()
    writer.append(writer.open() + 1, records)
    writer.close()


def content(store: Store) -> list[tuple[int, Record]]:
    """All of it."""
    reader = store.reader()
    try:
        return reader.records(0, most=100_000)
    finally:
        reader.close()


def configured(folder: Path, lines: str = "") -> Path:
    """A configuration file whose history is in the folder beside it, or where the lines say."""
    file = folder / "plant.toml"
    file.write_text(f"[history]\nmax_age_days = 3650\n{lines}", encoding="utf-8")
    return file


def with_database(folder: Path, server: PostgresqlServer, schema: str) -> Path:
    """The same with a database."""
    (folder / "password").write_text(server.password, encoding="utf-8")
    return configured(
        folder,
        f'[history.postgresql]\nhost = "127.0.0.1"\nport = {server.port}\ndatabase = "plant"\n'
        f'user = "historian"\nschema_name = "{schema}"\npassword_file = "password"\nsslmode = "disable"\n',
    )


def test_a_model_s_history_is_a_table_with_a_row_for_each_prediction(tmp_path: Path) -> None:
    """While a service writes; Bad is told, and a span of time cuts rows out."""
    file = configured(tmp_path)
    filled(SqliteStore(tmp_path / "history"), RECORDS)
    table = tmp_path / "hour.csv"
    result = CliRunner().invoke(history, ["export", str(file), "m", str(table)])
    assert result.exit_code == 0, result.output
    assert list(csv.reader(table.read_text(encoding="utf-8").splitlines())) == [
        ["time", "quality", "Inputs.a", "Outputs.b", "Outputs.c"],
        ["2026-03-01T12:00:00.000000+00:00", "Good", "1.5", "1", ""],
        ["2026-03-01T12:00:01.000000+00:00", "Bad", "", "2", ""],
        ["2026-03-01T12:00:02.000000+00:00", "Good", "", "3", "a,b"],
    ]
    span = ["--from", "2026-03-01T12:00:01", "--to", "2026-03-01T12:00:02"]
    cut = CliRunner().invoke(history, ["export", str(file), "m", *span])
    assert [line.split(",")[1] for line in cut.stdout.splitlines()] == ["quality", "Bad"]


def test_a_table_that_is_there_is_lost_only_where_that_is_wanted(tmp_path: Path) -> None:
    """Nor is it by an export that fails."""
    file, table = configured(tmp_path), tmp_path / "hour.csv"
    filled(SqliteStore(tmp_path / "history"), RECORDS)
    table.write_text("mine", encoding="utf-8")
    command = ["export", str(file), "m", "--csv", str(table)]
    refused = CliRunner().invoke(history, command)
    assert str(refused.exception) == (
        f"{table}: the file is there already; wanted another name, or --overwrite"
    )
    failed = CliRunner().invoke(history, [*command[:2], "unknown", *command[3:], "--overwrite"])
    assert isinstance(failed.exception, HistoryFailed)
    assert table.read_text(encoding="utf-8") == "mine"
    assert CliRunner().invoke(history, [*command, "--overwrite"]).exit_code == 0
    assert table.read_text(encoding="utf-8").startswith("time,quality")


def test_a_model_without_history_is_told(tmp_path: Path) -> None:
    """By its name."""
    result = CliRunner().invoke(history, ["export", str(configured(tmp_path)), "m"])
    assert isinstance(result.exception, HistoryFailed)
    assert "nothing was recorded of this model" in str(result.exception)


def test_a_folder_is_copied_into_a_database_and_back(tmp_path: Path, postgresql: PostgresqlServer) -> None:
    """Records, their numbers and their order; a copy goes on where it was, and never over other records."""
    schema = f"h{secrets.token_hex(6)}"
    file = with_database(tmp_path, postgresql, schema)
    folder = SqliteStore(tmp_path / "old")
    filled(folder, [*RECORDS, *(row(NOON + n, float(n), n) for n in range(6_000))])
    database = PostgresqlStore(postgresql.database(schema))
    filled(database, RECORDS[:2])  # an earlier copy that was interrupted
    command = ["import", str(file), str(tmp_path / "old")]
    result = CliRunner().invoke(history, command)
    assert (result.exit_code, "6002 records copied" in result.output) == (0, True), result.output
    assert content(database) == content(folder)
    back = tmp_path / "back"
    back.mkdir()
    result = CliRunner().invoke(history, ["import", str(configured(back)), str(file)])
    assert result.exit_code == 0, result.output
    assert content(SqliteStore(back / "history")) == content(folder)
    filled(database, [row(NOON, 9.0, 9)])
    refused = CliRunner().invoke(history, command)
    assert "records of its own" in str(refused.exception)


def test_what_is_no_history_is_not_copied(tmp_path: Path) -> None:
    """Nor is one into itself."""
    file = configured(tmp_path)
    (tmp_path / "history").mkdir()
    empty = CliRunner().invoke(history, ["import", str(file), str(tmp_path / "history")])
    assert "there is no history" in str(empty.exception)
    filled(SqliteStore(tmp_path / "history"), RECORDS)
    itself = CliRunner().invoke(history, ["import", str(file), str(tmp_path / "history")])
    assert "into itself" in str(itself.exception)
