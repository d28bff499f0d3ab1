"""The shipped NodeSet2 file is what its description makes, is valid, and keeps its promises."""

from __future__ import annotations

import csv
import re
import xml.etree.ElementTree as ET
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from lxml import etree

from nodesets import build
from opcua_ml import bundled
from opcua_ml.domain.signature import Task
from opcua_ml.domain.state import ConnectionState, ModelState

if TYPE_CHECKING:
    from pathlib import Path

NODE_SET = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"


def _root() -> ET.Element:
    return ET.parse(bundled.node_set()).getroot()  # noqa: S314 - our own file


def test_the_files_are_what_the_description_makes() -> None:
    """Building again from the shipped table gives the shipped bytes: nobody edited them by hand."""
    xml, table = build.build(bundled.node_ids().read_text(encoding="utf-8"))
    assert xml == bundled.node_set().read_text(encoding="utf-8")
    assert table == bundled.node_ids().read_text(encoding="utf-8")


def test_building_writes_all_files(tmp_path: Path) -> None:
    """The command writes XML and table into the folder it is given, and what is written by hand as it is."""
    build.main(tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written.keys() == {build.XML_NAME, build.CSV_NAME, *build.WRITTEN_BY_HAND}
    assert written == {name: (bundled.nodesets() / name).read_bytes() for name in written}


def test_a_symbol_keeps_its_number() -> None:
    """A node that is added later takes a free number and moves no other."""
    table = bundled.node_ids().read_text(encoding="utf-8")
    without = "".join(line for line in table.splitlines(keepends=True) if not line.startswith("ModelType,"))
    _, rebuilt = build.build(without)
    changed = set(rebuilt.splitlines()) ^ set(table.splitlines())
    assert {line.split(",")[0] for line in changed} <= {"ModelType"}


def test_a_lost_symbol_is_an_error() -> None:
    """Clients may be bound to a node that vanished from the description."""
    table = bundled.node_ids().read_text(encoding="utf-8") + "GoneType,1999,ObjectType\n"
    with pytest.raises(SystemExit, match="GoneType"):
        build.build(table)


def test_a_symbol_keeps_its_node_class() -> None:
    """A number that was an object's never becomes a variable's."""
    table = bundled.node_ids().read_text(encoding="utf-8")
    with pytest.raises(SystemExit, match="ModelType was of the class"):
        build.build(re.sub(r"^(ModelType,\d+),\w+", r"\1,DataType", table, flags=re.MULTILINE))


def test_every_node_is_described_and_numbered_once() -> None:
    """No two nodes share a NodeId, none lacks a description, and table and XML agree."""
    nodes = [node for node in _root() if node.get("NodeId")]
    ids = Counter(node.get("NodeId") for node in nodes)
    assert [one for one, times in ids.items() if times > 1] == []
    assert [node.get("NodeId") for node in nodes if not node.findtext(f"{NODE_SET}Description")] == []
    with bundled.node_ids().open(encoding="utf-8", newline="") as file:
        numbered = {f"ns=1;i={number}" for _, number, _ in csv.reader(file)}
    assert numbered == set(ids)


def test_every_reference_leads_somewhere() -> None:
    """References point to nodes of the file or of namespace 0."""
    root = _root()
    own = {node.get("NodeId") for node in root}
    targets = {target.text for target in root.iter(f"{NODE_SET}Reference")}
    assert {target for target in targets if target and target.startswith("ns=1;")} - own == set()


@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("TaskEnumeration", [task.value.capitalize() for task in Task]),
        ("ModelStateEnumeration", [state.name for state in ModelState]),
        ("ConnectionStateEnumeration", [state.name for state in ConnectionState]),
    ],
)
def test_enumerations_are_those_of_the_domain(name: str, members: list[str]) -> None:
    """Numbers and names on the wire are those of the code."""
    found = _root().find(f"{NODE_SET}UADataType[@SymbolicName='{name}']")
    assert found is not None
    fields = sorted(found.iter(f"{NODE_SET}Field"), key=lambda field: int(field.get("Value", "")))
    assert [field.findtext(f"{NODE_SET}DisplayName") for field in fields] == members
    assert [int(field.get("Value", "")) for field in fields] == list(range(len(members)))


def test_the_state_machine_has_the_states_of_the_domain() -> None:
    """Every state of a model has its node in the type, with the same number."""
    root = _root()
    for state in ModelState:
        symbol = f"ModelStateMachineType_{state.name}_StateNumber"
        number = root.find(f"{NODE_SET}UAVariable[@SymbolicName='{symbol}']")
        assert number is not None
        assert "".join(number.itertext()).strip().endswith(str(int(state)))


def test_the_file_is_valid(official_nodesets: Path) -> None:
    """The OPC Foundation's schema accepts it."""
    schema = etree.parse(official_nodesets / "Schema" / "UANodeSet.xsd")
    etree.XMLSchema(schema).assertValid(etree.parse(bundled.node_set()))
