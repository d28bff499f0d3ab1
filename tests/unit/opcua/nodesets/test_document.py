"""Files are data: what is not plain XML of a NodeSet2 is refused in one sentence, and nothing is fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets.document import read_document
from tests.unit.opcua.nodesets.files import model, node_set

if TYPE_CHECKING:
    from pathlib import Path

BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd">&b;</UANodeSet>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">
<UANodeSet xmlns="http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"/>"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "document type"),
        (OUTSIDE, "document type"),
        ("<UANodeSet", "no well-formed XML"),
        ("", "no well-formed XML"),
        ("<html/>", "no NodeSet2 file"),
        ("<a>" * 300 + "</a>" * 300, "nested too deeply"),
    ],
)
def test_what_is_no_node_set_is_refused_with_the_files_name(text: str, told: str, tmp_path: Path) -> None:
    """Entities, document types, broken XML, other documents, and depth without end."""
    path = tmp_path / "some.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told) as refused:
        read_document(path)
    assert refused.value.where == str(path)


@pytest.mark.parametrize("encoding", ["shift_jis", "utf-7", "rot13", "idna", "undefined", "hex", "nonsense"])
def test_an_encoding_that_cannot_be_read_is_told(encoding: str, tmp_path: Path) -> None:
    """Whatever Python's codec of that name makes of it."""
    path = tmp_path / "some.xml"
    path.write_bytes(f'<?xml version="1.0" encoding="{encoding}"?><UANodeSet/>'.encode())
    with pytest.raises(ConfigurationError, match="encoding") as refused:
        read_document(path)
    assert refused.value.where == str(path)


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2020-13-01"])
def test_a_date_that_is_none_is_told(date: str, tmp_path: Path) -> None:
    """Also one that leaves the calendar where it becomes UTC."""
    path = node_set(tmp_path, "a", f'<Model ModelUri="urn:test:a" PublicationDate="{date}"/>')
    with pytest.raises(ConfigurationError, match="the model urn:test:a has no publication date") as refused:
        read_document(path)
    assert refused.value.where == str(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    """By its path."""
    with pytest.raises(ConfigurationError, match="can't be read; found no such file"):
        read_document(tmp_path / "none.xml")


def test_models_and_what_they_require_are_read(tmp_path: Path) -> None:
    """With versions and dates."""
    path = node_set(tmp_path, "a", model("urn:test:a", ("urn:test:b", "2.1", "2023-05-01"), version="1.2"))
    found = read_document(path)
    assert found.uris == ("urn:test:a",)
    assert found.models[0].version == "1.2"
    assert str(found.models[0].required[0]) == "urn:test:b 2.1 of 2023-05-01"
