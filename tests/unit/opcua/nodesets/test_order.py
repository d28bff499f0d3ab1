"""The order of files, and the sentences of those that can't be ordered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets.document import NodeSetDocument, read_document
from opcua_ml.opcua.nodesets.order import in_order
from tests.unit.opcua.nodesets.files import model, node_set

if TYPE_CHECKING:
    from pathlib import Path

A, B, C = "urn:test:a", "urn:test:b", "urn:test:c"


def read(
    folder: Path, name: str, *required: tuple[str, str, str], date: str = "2024-01-01"
) -> NodeSetDocument:
    """A file that defines `urn:test:<name>`."""
    return read_document(node_set(folder, name, model(f"urn:test:{name}", *required, date=date)))


def test_each_file_comes_after_what_it_requires(tmp_path: Path) -> None:
    """However they were given."""
    a = read(tmp_path, "a", (B, "1", "2020-01-01"), (C, "1", "2020-01-01"))
    b = read(tmp_path, "b", (C, "1", "2020-01-01"))
    c = read(tmp_path, "c")
    assert [item.models[0].uri for item in in_order([a, b, c], {})] == [C, B, A]


def test_a_missing_model_is_told_by_uri_and_version(tmp_path: Path) -> None:
    """And by who requires it."""
    a = read(tmp_path, "a", (B, "2.0.1", "2023-05-01"))
    with pytest.raises(ConfigurationError) as refused:
        in_order([a], {})
    assert "urn:test:a requires a model that is missing" in str(refused.value)
    assert "urn:test:b 2.0.1 of 2023-05-01" in str(refused.value)
    assert in_order([a], {}, tolerant=True) == [a]


def test_an_older_model_than_required_is_refused(tmp_path: Path) -> None:
    """Publication dates decide."""
    a, b = read(tmp_path, "a", (B, "2.0", "2023-05-01")), read(tmp_path, "b", date="2022-01-01")
    with pytest.raises(ConfigurationError, match=r"newer model; found urn:test:b 1\.0\.0 of 2022-01-01"):
        in_order([a, b], {})


def test_a_circle_is_told_as_one(tmp_path: Path) -> None:
    """With the way around."""
    a, b = read(tmp_path, "a", (B, "1", "2020-01-01")), read(tmp_path, "b", (A, "1", "2020-01-01"))
    with pytest.raises(ConfigurationError, match="urn:test:a requires urn:test:b requires urn:test:a"):
        in_order([a, b], {})


def test_a_model_that_requires_itself_is_refused(tmp_path: Path) -> None:
    """Nothing could come before it."""
    with pytest.raises(ConfigurationError, match="a model requires itself; found urn:test:a"):
        in_order([read(tmp_path, "a", (A, "1", "2020-01-01"))], {})


def test_a_model_defined_twice_is_refused(tmp_path: Path) -> None:
    """In two files, or in a file and the server."""
    a = read(tmp_path, "a")
    again = read_document(node_set(tmp_path, "again", model(A)))
    with pytest.raises(ConfigurationError, match="defined twice"):
        in_order([a, again], {})
    with pytest.raises(ConfigurationError, match="part of this server already"):
        in_order([a], {A: a.models[0]})
