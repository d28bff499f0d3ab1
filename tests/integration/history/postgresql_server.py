"""A real PostgreSQL server of our own, on a free port, until it is ended."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from opcua_ml.history.postgresql_database import Database
from tests.integration.plc.bench import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "historian"


class PostgresqlServer:
    """One server with a database whose owner is no superuser.

    Args:
        programs: folder of `initdb` and `postgres`.
        folder: for its files.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = free_port()
        self.password = secrets.token_hex(8)
        self._programs = programs
        self._folder = folder
        self._process: subprocess.Popen[Any] | None = None
        self._as: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        if os.geteuid() == 0:  # as whom the server refuses to run
            import pwd

            nobody = pwd.getpwnam("nobody")
            self._as |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    def make(self) -> None:
        """Its files, its user and its database."""
        told = self._folder / "password"
        told.write_text(self.password)
        told.chmod(0o644)
        command: list[str | Path] = [
            self._programs / "initdb",
            "-D",
            "data",
            "-U",
            "admin",
            "--auth=scram-sha-256",
        ]
        subprocess.run(
            [*command, "--pwfile=password", "--encoding=UTF8", "--no-sync", "--no-instructions"],
            check=True,
            capture_output=True,
            **self._as,
        )
        self.start()
        with self.admin() as admin:
            admin.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{self.password}'")
            admin.execute(f"CREATE DATABASE plant OWNER {USER}")

    def start(self) -> None:
        """Let it listen; returns when it does."""
        command: list[str | Path] = [
            self._programs / "postgres",
            "-D",
            "data",
            "-k",
            self._folder,
            "-h",
            "127.0.0.1",
        ]
        # After an end at once the server forces all of its files onto the disk, one by one.
        command += ["-c", "recovery_init_sync_method=syncfs"]
        with (self._folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen(
                [*command, "-p", str(self.port)], stdout=log, stderr=log, **self._as
            )
        until = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(self._admin_at("postgres")).close()
            except psycopg.OperationalError:
                assert process.poll() is None and time.monotonic() < until, self.log  # noqa: PT018 - one cause
                time.sleep(0.05)
            else:
                return

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """End it, by default at once and without a checkpoint; it can be started again."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(60)

    @property
    def log(self) -> str:
        """What it has told."""
        return (self._folder / "log").read_text(encoding="utf-8")

    def backends(self) -> list[int]:
        """Process ids of those that serve the owner of the database."""
        with self.admin() as admin:
            found = admin.execute("SELECT pid FROM pg_stat_activity WHERE usename = %s", [USER]).fetchall()
        return [int(pid) for (pid,) in found]

    @contextmanager
    def admin(self, database: str = "postgres") -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
        """A superuser's connection."""
        connection = psycopg.connect(self._admin_at(database), autocommit=True)
        try:
            yield connection
        finally:
            connection.close()

    def database(self, schema: str, **more: Any) -> Database:
        """As a store has it; it waits longer for answers, as a busy machine is slow to write many rows."""
        told = {"password": self.password, "schema": schema, "sslmode": "disable", "answer_s": 60.0, **more}
        return Database("127.0.0.1", self.port, "plant", USER, **told)

    def _admin_at(self, database: str) -> str:
        return f"host=127.0.0.1 port={self.port} dbname={database} user=admin password={self.password}"


@contextmanager
def postgresql_server() -> Iterator[PostgresqlServer]:
    """A running one; without PostgreSQL's programs the test is skipped, or fails where they must be there."""
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    server = PostgresqlServer(_programs(), folder)
    try:
        server.make()
        yield server
    finally:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4]))
    on_path = shutil.which("initdb")
    if found or on_path:
        return (found[-1] if found else Path(str(on_path)).resolve()).parent
    without = os.environ.get("WITHOUT_POSTGRESQL")
    if os.environ.get("CI") == "true" and not without:
        pytest.fail("PostgreSQL's server is missing: apt-get install postgresql")
    pytest.skip(f"PostgreSQL's server is missing: {without or 'apt-get install postgresql'}")
