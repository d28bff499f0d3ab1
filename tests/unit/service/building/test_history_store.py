"""The store that the configuration names, and what is told where it can't be had."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from opcua_ml.config import HistorySection, PostgresqlSection
from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.history.sqlite_writer import SqliteWriter
from opcua_ml.service.building.history_store import store

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_keeps_the_history_where_no_database_is_named(tmp_path: Path) -> None:
    """Nothing is made before it is opened."""
    writer, _ = store(HistorySection(folder=tmp_path / "history"))
    assert isinstance(writer, SqliteWriter)
    assert not (tmp_path / "history").exists()


def test_a_password_that_is_not_there_is_told_by_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything connects."""
    monkeypatch.delenv("NO_SUCH_PASSWORD", raising=False)
    section = PostgresqlSection(host="historian.plant", password_env="NO_SUCH_PASSWORD")
    with pytest.raises(ConfigurationError, match=r"history\.postgresql\.password_env: .*not set"):
        store(HistorySection(postgresql=section))


def test_a_library_that_is_not_there_is_told_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The base installation has none."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    for name in ("database", "reader", "writer"):
        monkeypatch.delitem(sys.modules, f"opcua_ml.history.postgresql_{name}", raising=False)
    with pytest.raises(ConfigurationError, match=r"psycopg is not installed.*opcua-ml\[postgresql\]"):
        store(HistorySection(postgresql=PostgresqlSection(host="historian.plant")))
