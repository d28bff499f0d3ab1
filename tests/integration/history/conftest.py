"""A PostgreSQL server for all tests of a file of tests and more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.history.postgresql_server import PostgresqlServer, postgresql_server

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A running one."""
    with postgresql_server() as server:
        yield server
