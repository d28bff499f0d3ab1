"""A namespace's nodes as a NodeSet2 file, valid against UANodeSet.xsd.

Source: OPC UA Part 6, annex F.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.figure import exact
from opcua_ml.opcua.export.xml_values import ValueWriter
from opcua_ml.opcua.space.standard import HAS_PROPERTY, PROPERTY_TYPE, standard_id
from opcua_ml.opcua.texts import every_language

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.opcua.export.exported_space import ExportedNode, ExportedSpace

_NODE_SET: Final = "http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"
_TYPES: Final = "http://opcfoundation.org/UA/2008/02/Types.xsd"
_OLDEST_STANDARD: Final = ("1.04", "2019-05-01T00:00:00Z")
"""The first version that has all types of instances here: a tool's may be older than this server's."""
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Texts of packages, PLCs and operators may have what XML can't hold (XML 1.0, 2.2)."""
_HAS_TYPE: Final = standard_id(ObjectIds.HasTypeDefinition)


def node_set(space: ExportedSpace, version: str, published: datetime) -> str:
    """The file's text.

    Args:
        space: what was read.
        version: of the model that the file defines.
        published: when the nodes were read; timezone-aware.
    """
    return _Writer(space, version, f"{published:%Y-%m-%dT%H:%M:%SZ}").text()


class _Writer:
    def __init__(self, space: ExportedSpace, version: str, published: str) -> None:
        self._space = space
        self._version = version
        self._published = published
        others = {
            node.NamespaceIndex
            for one in space.nodes.values()
            for node in (
                *(reference.NodeId for reference in one.references),
                *(reference.ReferenceTypeId for reference in one.references),
                one.attributes.get(AttributeIds.DataType, _HAS_TYPE),
            )
        } | {one.attributes[AttributeIds.BrowseName].NamespaceIndex for one in space.nodes.values()}
        self._indices = {0: 0, space.index: 1}
        for index in sorted(others - {0, 1, space.index}):
            self._indices[index] = len(self._indices)
        self._values = ValueWriter(self._node_id, self._index)

    def text(self) -> str:
        """With a line per element."""
        attributes = {"xmlns": _NODE_SET, "xmlns:uax": _TYPES, "LastModified": self._published}
        root = ET.Element("UANodeSet", attributes)
        table = ET.SubElement(root, "NamespaceUris")
        for index in list(self._indices)[1:]:
            ET.SubElement(table, "Uri").text = self._space.uris[index]
        self._models(root)
        for node in self._space.nodes.values():
            self._node(root, node)
        ET.indent(root, "  ")
        text = _NO_CHARACTER.sub("\ufffd", ET.tostring(root, encoding="unicode"))
        return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'

    def _models(self, root: ET.Element) -> None:
        own = {
            "ModelUri": self._space.uris[self._space.index],
            "Version": self._version,
            "PublicationDate": self._published,
        }
        model = ET.SubElement(ET.SubElement(root, "Models"), "Model", own)
        for index in self._indices:
            uri = self._space.uris[index]
            if index != self._space.index and uri in self._space.versions:
                version, published = self._space.versions[uri]
                date = f"{published:%Y-%m-%dT%H:%M:%SZ}"
                if not index:
                    version, date = _OLDEST_STANDARD
                required = {"ModelUri": uri, "Version": version, "PublicationDate": date}
                ET.SubElement(model, "RequiredModel", required)

    def _index(self, index: int) -> int:
        return self._indices.get(index, 0)

    def _node_id(self, node: ua.NodeId) -> str:
        kind = {
            ua.NodeIdType.String: "s",
            ua.NodeIdType.Guid: "g",
            ua.NodeIdType.ByteString: "b",
        }.get(node.NodeIdType, "i")
        own = ua.NodeId(node.Identifier, ua.Int16(0)).to_string().partition("=")[2]
        index = self._index(node.NamespaceIndex)
        return f"{kind}={own}" if not index else f"ns={index};{kind}={own}"

    def _node(self, root: ET.Element, node: ExportedNode) -> None:
        name = node.attributes[AttributeIds.BrowseName]
        index = self._index(name.NamespaceIndex)
        attributes = {
            "NodeId": self._node_id(node.node_id),
            "BrowseName": f"{index}:{name.Name}" if index else str(name.Name),
            "ParentNodeId": self._node_id(node.parent),
        }
        self._own_attributes(node, attributes)
        element = ET.SubElement(root, f"UA{node.node_class.name}", attributes)
        for tag, attribute in (
            ("DisplayName", AttributeIds.DisplayName),
            ("Description", AttributeIds.Description),
        ):
            told = node.attributes.get(attribute)
            if told is not None and (told.Text or tag == "DisplayName"):
                for locale, words in every_language(told).items():
                    ET.SubElement(element, tag, {"Locale": locale} if locale else {}).text = words
        self._references(element, node)
        self._value(element, node)

    def _own_attributes(self, node: ExportedNode, attributes: dict[str, str]) -> None:
        found = node.attributes
        if node.node_class == ua.NodeClass.Variable:
            attributes["DataType"] = self._node_id(found[AttributeIds.DataType])
            rank = found.get(AttributeIds.ValueRank, -1)
            if rank != -1:
                attributes["ValueRank"] = str(int(rank))
                sizes = found.get(AttributeIds.ArrayDimensions) or [0] * max(int(rank), 0)
                attributes["ArrayDimensions"] = ",".join(map(str, sizes))
            attributes["AccessLevel"] = str(int(found.get(AttributeIds.AccessLevel, 1)))
            interval = found.get(AttributeIds.MinimumSamplingInterval)
            if interval:
                attributes["MinimumSamplingInterval"] = exact(interval)
            if found.get(AttributeIds.Historizing):
                attributes["Historizing"] = "true"
        elif node.node_class == ua.NodeClass.Object and found.get(AttributeIds.EventNotifier):
            attributes["EventNotifier"] = str(int(found[AttributeIds.EventNotifier]))
        elif node.node_class == ua.NodeClass.Method and found.get(AttributeIds.Executable) is False:
            attributes["Executable"] = "false"

    def _references(self, element: ET.Element, node: ExportedNode) -> None:
        table = ET.SubElement(element, "References")
        for one in node.references:
            if not one.IsForward and one.NodeId in self._space.nodes:
                continue  # the other end tells it
            attributes = {"ReferenceType": self._node_id(one.ReferenceTypeId)}
            if not one.IsForward:
                attributes["IsForward"] = "false"
            ET.SubElement(table, "Reference", attributes).text = self._node_id(one.NodeId)

    def _value(self, element: ET.Element, node: ExportedNode) -> None:
        """Properties keep their values; what changes with the process is read from the server."""
        value = node.attributes.get(AttributeIds.Value)
        is_property = any(
            one.IsForward and one.ReferenceTypeId == _HAS_TYPE and one.NodeId == PROPERTY_TYPE
            for one in node.references
        ) and any(not one.IsForward and one.ReferenceTypeId == HAS_PROPERTY for one in node.references)
        if value is None or not is_property:
            return
        wrapped = ET.Element("Value")
        if self._values.add(wrapped, value):
            element.append(wrapped)
