"""The store of the history that the configuration names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opcua_ml.config import HistorySection, load
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.history.sqlite_file import FILE, SqliteFile
from opcua_ml.history.sqlite_reader import SqliteReader
from opcua_ml.history.sqlite_writer import SqliteWriter
from opcua_ml.service.building.password import password_of

if TYPE_CHECKING:
    from pathlib import Path

    from opcua_ml.application.history.store import HistoryReader, HistoryWriter
    from opcua_ml.config import PostgresqlSection

_MEGABYTE: Final = 1 << 20


def store(section: HistorySection) -> tuple[HistoryWriter, HistoryReader]:
    """Writer and reader of what the section names; nothing is opened yet.

    Raises:
        ConfigurationError: the password of a database can't be read, or what talks to it is not installed.
    """
    largest = section.max_mb * _MEGABYTE
    if section.postgresql is not None:
        return _postgresql(section.postgresql, largest)
    file = SqliteFile(section.folder)
    return SqliteWriter(file, largest), SqliteReader(file)


def stored_at(place: Path) -> HistorySection:
    """The section of a history that is there: in a folder, or in what a configuration file names.

    Raises:
        HistoryFailed: there is none in that folder.
    """
    if not place.is_dir():
        return load(place).history
    if not (place / FILE).exists():
        raise HistoryFailed("there is no history", where=str(place), wanted=f"a folder with {FILE}")
    return HistorySection(folder=place)


def _postgresql(section: PostgresqlSection, largest: int) -> tuple[HistoryWriter, HistoryReader]:
    from opcua_ml.history.postgresql_database import Database  # noqa: PLC0415 - of an extra
    from opcua_ml.history.postgresql_reader import PostgresqlReader  # noqa: PLC0415 - of an extra
    from opcua_ml.history.postgresql_writer import PostgresqlWriter  # noqa: PLC0415 - of an extra

    database = Database(
        section.host,
        section.port,
        section.database,
        section.user,
        password_of(section, "history.postgresql"),
        section.schema_name,
        section.sslmode,
        section.sslrootcert,
    )
    return PostgresqlWriter(database, largest), PostgresqlReader(database)
