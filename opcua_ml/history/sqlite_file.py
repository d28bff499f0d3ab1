"""The embedded store's file: where it is, how it is opened, and what is done when it is damaged."""

from __future__ import annotations

import sqlite3
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import structlog

from opcua_ml.domain.errors import HistoryDamaged, HistoryFailed
from opcua_ml.history.reserve import Reserve

if TYPE_CHECKING:
    from pathlib import Path

_log = structlog.get_logger(__name__)

FILE: Final = "history.sqlite"
_LOCK: Final = "history.lock"
_SCHEMA: Final = 1
_BESIDE: Final = ("", "-wal", "-shm")
_TABLES: Final = """
CREATE TABLE layouts (id INTEGER PRIMARY KEY, columns TEXT NOT NULL UNIQUE);
CREATE TABLE samples (number INTEGER PRIMARY KEY, layout INTEGER NOT NULL, source INTEGER NOT NULL,
    server INTEGER NOT NULL, status INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX samples_by_time ON samples (layout, source);
CREATE TABLE events (number INTEGER PRIMARY KEY, time INTEGER NOT NULL, server INTEGER NOT NULL,
    notifiers TEXT NOT NULL, content TEXT NOT NULL);
CREATE INDEX events_by_time ON events (time);
CREATE TABLE progress (id INTEGER PRIMARY KEY CHECK (id = 1), newest INTEGER NOT NULL);
INSERT INTO progress VALUES (1, 0);
"""
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


class SqliteFile:
    """Shared by the writer and the readers of one store.

    Args:
        folder: for the file; made when the writer opens it.

    Attributes:
        note: that a damaged file was put aside; else empty.
        generation: counts the files there have been, so that readers see that theirs is another one.
        reserve: of room on the disk.
        damaged: is set by who found the file damaged; the writer begins a new one then.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / FILE
        self.note = ""
        self.generation = 0
        self.damaged = threading.Event()
        self.reserve = Reserve(folder)
        self._lock: sqlite3.Connection | None = None

    def open(self) -> sqlite3.Connection:
        """Open it to write, and make it where it is missing; a damaged one is put aside first.

        Raises:
            HistoryFailed: it can't be made or opened, or another process writes it.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a plant's values are its own
        except OSError as error:
            raise HistoryFailed(
                "the folder of the history can't be made", where=str(self.folder), found=error.strerror
            ) from error
        self._hold()
        if self.damaged.is_set():
            self._put_aside()
        try:
            return self._opened()
        except HistoryDamaged:
            self._put_aside()
            return self._opened()

    def close(self) -> None:
        """Let another process write it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _hold(self) -> None:
        """Hold what only one process can; the system lets it go with the process, however that ends."""
        if self._lock is not None:
            return
        lock = None
        try:
            lock = sqlite3.connect(
                self.folder / _LOCK, timeout=0.0, isolation_level=None, check_same_thread=False
            )
            lock.execute("PRAGMA journal_mode=MEMORY")
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if lock is not None:
                lock.close()
            busy = code_of(error) & 0xFF == sqlite3.SQLITE_BUSY
            what = "another service writes this history" if busy else "the history can't be written"
            wanted = "a folder of its own for each service (history.folder)" if busy else None
            raise HistoryFailed(what, where=str(self.folder), found=error, wanted=wanted) from error
        self._lock = lock

    def _opened(self) -> sqlite3.Connection:
        connection = None
        try:
            connection = sqlite3.connect(
                self.path, timeout=5.0, isolation_level=None, check_same_thread=False
            )
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("PRAGMA journal_mode=WAL")
            # With each commit the log is forced onto the disk: what was acknowledged outlives a power cut.
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute(f"PRAGMA journal_size_limit={64 << 20}")
            self._check(connection)
            # After a write that failed nobody knows what of the log is on the disk: it is brought there anew.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            if is_full(error):
                self.reserve.give_up()
            raise failure(error, "the history can't be opened", self.path) from error
        except HistoryFailed:
            if connection is not None:
                connection.close()
            raise
        self.reserve.keep()
        return connection

    def _check(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == 0:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version={_SCHEMA}; COMMIT;")
        elif version != _SCHEMA:
            raise HistoryFailed(
                "the history was written by another version of this program",
                where=str(self.path),
                found=f"schema {version}",
                wanted=f"schema {_SCHEMA}",
            )
        connection.execute("SELECT newest FROM progress").fetchone()
        for table in ("samples", "events"):
            connection.execute(f"SELECT * FROM {table} ORDER BY number DESC LIMIT 1").fetchall()  # noqa: S608 - names of our own tables

    def _put_aside(self) -> None:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
        aside = self.folder / f"history.damaged-{moment}.sqlite"
        try:
            for end in _BESIDE:
                part = self.path.with_name(self.path.name + end)
                if part.exists():
                    part.rename(aside.with_name(aside.name + end))
        except OSError as error:
            raise HistoryFailed(
                "the damaged file of the history can't be put aside",
                where=str(self.path),
                found=error.strerror,
            ) from error
        self.damaged.clear()
        self.generation += 1
        self.note = f"the file of the history was damaged: it was put aside as {aside.name}, a new one begun"
        _log.error("the history is damaged: it is put aside, a new one begins", file=str(aside))


def failure(error: sqlite3.Error, what: str, path: Path) -> HistoryFailed:
    """An error of SQLite in words: damaged, or anything else."""
    code = code_of(error)
    primary = code & 0xFF
    if primary in _DAMAGED:
        return HistoryDamaged("the file of the history is damaged", where=str(path), found=error)
    if primary == sqlite3.SQLITE_FULL:
        what = "the disk of the history is full"
    elif primary == sqlite3.SQLITE_IOERR:
        what = "the disk of the history fails"
    elif primary in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        what = "the file of the history can't be written"
    name = getattr(error, "sqlite_errorname", "")
    return HistoryFailed(what, where=str(path), found=f"{error} ({name})" if name else error)


def is_full(error: sqlite3.Error) -> bool:
    """Whether the disk has no room."""
    return code_of(error) & 0xFF == sqlite3.SQLITE_FULL


def code_of(error: sqlite3.Error) -> int:
    """SQLite's extended result code, 0 where there is none."""
    found = getattr(error, "sqlite_errorcode", None)
    return found if isinstance(found, int) else 0
