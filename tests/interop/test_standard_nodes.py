"""The standard's own nodes, held against the file of the standard that node-opcua brings."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.trust.server import PlantServer
from tests.interop.conftest import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = FOLDER / "node_modules" / "node-opcua-nodesets" / "nodesets" / "Opc.Ua.NodeSet2.xml"
XML = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"
TYPES = {"UAObjectType", "UAVariableType", "UADataType", "UAReferenceType"}
# What is otherwise on purpose: Server tells of history, and diagnostics can't be switched off.
OWN = {("i=2253", AttributeIds.EventNotifier), ("i=2294", AttributeIds.AccessLevel)}


def wanted(element: ET.Element, names: dict[str, str]) -> Iterator[tuple[AttributeIds, Any]]:
    """Attributes of one node, with the defaults of the schema where the file leaves them out."""
    kind = element.tag.removeprefix(XML)
    given = element.get
    if kind in TYPES:
        yield AttributeIds.IsAbstract, given("IsAbstract") == "true"
    if kind == "UAReferenceType":
        yield AttributeIds.Symmetric, given("Symmetric") == "true"
        yield AttributeIds.InverseName, element.findtext(f"{XML}InverseName")
    if kind in {"UAVariable", "UAVariableType"}:
        name = given("DataType", "i=24")
        yield AttributeIds.DataType, names.get(name, name)
        yield AttributeIds.ValueRank, int(given("ValueRank", "-1"))
        yield AttributeIds.ArrayDimensions, given("ArrayDimensions") or None
    if kind == "UAVariable":
        yield AttributeIds.AccessLevel, int(given("AccessLevel", "1"))
        yield AttributeIds.MinimumSamplingInterval, float(given("MinimumSamplingInterval", "0"))
        yield AttributeIds.Historizing, given("Historizing") == "true"
    if kind == "UAObject":
        yield AttributeIds.EventNotifier, int(given("EventNotifier", "0"))


def plain(value: Any) -> Any:
    """As the file writes it."""
    if isinstance(value, ua.NodeId):
        return value.to_string()
    if isinstance(value, ua.LocalizedText):
        return value.Text
    if isinstance(value, list):
        return ",".join(map(str, value)) or None
    return value


@pytest.mark.usefixtures("node")
async def test_standard_nodes_have_the_attributes_of_the_standards_file() -> None:
    """Of every node that both know: abstract, symmetric, types, ranks, access; asyncua's differ."""
    server = PlantServer()
    await server.init()
    root = ET.parse(FILE).getroot()  # noqa: S314 - a file of the tests' own packages
    aliases = root.find(f"{XML}Aliases")
    assert aliases is not None
    names = {one.get("Alias", ""): one.text or "" for one in aliases}
    held, unlike = 0, []
    for element in root:
        text = element.get("NodeId")
        node = server.iserver.aspace.get(ua.NodeId.from_string(text)) if text else None
        if node is None or text is None:
            continue
        for attribute, value in wanted(element, names):
            found = node.attributes.get(attribute)
            data = None if found is None else found.value
            shown = plain(data.Value.Value) if data is not None and data.Value is not None else None
            held += 1
            if shown != value and (text, attribute) not in OWN:
                unlike.append((text, element.get("BrowseName"), attribute.name, shown, value))
    assert held > 15_000
    assert unlike == []
