"""Nodes as a NodeSet2 document (OPC UA Part 6, annex F)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nodesets.conformance import unit_of
from nodesets.standard import NODE_IDS
from nodesets.translations import TRANSLATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nodesets.design import Enumeration, Structure

NODE_SET = "http://opcfoundation.org/UA/2011/03/UANodeSet.xsd"
TYPES = "http://opcfoundation.org/UA/2008/02/Types.xsd"
_ALIASES = (
    "HasModellingRule",
    "HasEncoding",
    "HasTypeDefinition",
    "HasSubtype",
    "HasProperty",
    "HasComponent",
    "Organizes",
    "FromState",
    "ToState",
)


@dataclass
class Node:
    """One node of the document; `parent` is the reference that holds it and the symbol of its holder."""

    kind: str
    symbol: str
    name: str
    words: str
    parent: tuple[str, str]
    type: str = ""
    data_type: str = ""
    rank: int = -1
    rule: str = ""
    standard: bool = False
    value: str = ""
    links: tuple[tuple[str, str], ...] = ()
    enumeration: Enumeration | None = None
    structure: Structure | None = None


@dataclass(frozen=True)
class Document:
    """A namespace's nodes, and the numbers of its symbols."""

    uri: str
    version: str
    date: str
    required: tuple[str, str, str]
    nodes: tuple[Node, ...]
    numbers: Mapping[str, int]

    def xml(self) -> str:
        """As text with a line per element."""
        root = ET.Element("UANodeSet", {"xmlns": NODE_SET, "xmlns:uax": TYPES, "LastModified": self.date})
        ET.SubElement(ET.SubElement(root, "NamespaceUris"), "Uri").text = self.uri
        self._models(root)
        self._aliases(root)
        for node in self.nodes:
            self._node(root, node)
        ET.indent(root, "  ")
        return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'

    def _models(self, root: ET.Element) -> None:
        own = {"ModelUri": self.uri, "Version": self.version, "PublicationDate": self.date}
        model = ET.SubElement(ET.SubElement(root, "Models"), "Model", own)
        uri, version, date = self.required
        ET.SubElement(model, "RequiredModel", {"ModelUri": uri, "Version": version, "PublicationDate": date})

    def _aliases(self, root: ET.Element) -> None:
        table = ET.SubElement(root, "Aliases")
        fields = {field.data_type for node in self.nodes if node.structure for field in node.structure.fields}
        names = {*_ALIASES, *fields, *(node.data_type for node in self.nodes)} - {""}
        for name in sorted(names, key=lambda name: (name in self.numbers, self._id(name))):
            ET.SubElement(table, "Alias", {"Alias": name}).text = self._id(name)

    def _id(self, symbol: str) -> str:
        number = self.numbers.get(symbol)
        return f"i={NODE_IDS[symbol]}" if number is None else f"ns=1;i={number}"

    def _node(self, root: ET.Element, node: Node) -> None:
        reference, holder = node.parent
        attributes = {
            "NodeId": self._id(node.symbol),
            "BrowseName": node.name if node.standard else f"1:{node.name}",
            "SymbolicName": node.symbol,
        }
        if node.kind in {"Object", "Variable", "Method"}:
            attributes["ParentNodeId"] = self._id(holder)
        if node.kind == "Variable":
            attributes["DataType"] = node.data_type
            if node.rank != -1:
                attributes["ValueRank"] = str(node.rank)
            if node.rank > 0:
                attributes["ArrayDimensions"] = ",".join("0" * node.rank)
        element = ET.SubElement(root, f"UA{node.kind}", attributes)
        _tell(element, "DisplayName", node.name)
        _tell(element, "Description", node.words)
        if unit := unit_of(node.symbol):
            ET.SubElement(element, "Category").text = unit
        self._references(element, node, reference, holder)
        self._definition(element, node)
        if given := node.value or _default(node):
            value = ET.SubElement(element, "Value")
            value.extend(_fragment(given))

    def _references(self, element: ET.Element, node: Node, reference: str, holder: str) -> None:
        table = ET.SubElement(element, "References")
        if node.type:
            self._reference(table, "HasTypeDefinition", node.type)
        if node.rule:
            self._reference(table, "HasModellingRule", node.rule)
        if node.structure is not None:
            self._reference(table, "HasEncoding", f"{node.symbol}_Encoding_DefaultBinary")
        for kind, target in node.links:
            self._reference(table, kind, target)
        self._reference(table, reference, holder, forward=False)

    def _reference(self, table: ET.Element, kind: str, target: str, *, forward: bool = True) -> None:
        attributes = {"ReferenceType": kind} | ({} if forward else {"IsForward": "false"})
        ET.SubElement(table, "Reference", attributes).text = self._id(target)

    def _definition(self, element: ET.Element, node: Node) -> None:
        if node.enumeration is not None:
            table = ET.SubElement(element, "Definition", {"Name": f"1:{node.name}"})
            for value, (name, shown, words) in enumerate(node.enumeration.fields):
                field = ET.SubElement(table, "Field", {"Name": name, "Value": str(value)})
                _tell(field, "DisplayName", shown)
                _tell(field, "Description", words)
        if node.structure is not None:
            table = ET.SubElement(element, "Definition", {"Name": f"1:{node.name}"})
            for item in node.structure.fields:
                attributes = {"Name": item.name, "DataType": item.data_type}
                if item.rank != -1:
                    attributes["ValueRank"] = str(item.rank)
                field = ET.SubElement(table, "Field", attributes)
                _tell(field, "Description", item.description)


def _tell(parent: ET.Element, kind: str, words: str) -> None:
    """A text in all languages, English first: some readers keep the first alone."""
    ET.SubElement(parent, kind, {"Locale": "en"}).text = words
    for locale, table in TRANSLATIONS.items():
        if words in table:
            ET.SubElement(parent, kind, {"Locale": locale}).text = table[words]


_ZEROS = {
    "Boolean": "<uax:Boolean>false</uax:Boolean>",
    "UInt32": "<uax:UInt32>0</uax:UInt32>",
    "UInt64": "<uax:UInt64>0</uax:UInt64>",
    "Double": "<uax:Double>0</uax:Double>",
    "String": "<uax:String></uax:String>",
    "UtcTime": "<uax:DateTime>1601-01-01T00:00:00Z</uax:DateTime>",
    "NodeId": "<uax:NodeId><uax:Identifier>i=0</uax:Identifier></uax:NodeId>",
    "LocalizedText": "<uax:LocalizedText><uax:Text></uax:Text></uax:LocalizedText>",
}


def _default(node: Node) -> str:
    """The value that instances of a declaration begin with (Part 3, 6.2.5), so that none reads as null.

    A structure's and an abstract type's declaration has none.
    """
    if node.kind != "Variable":
        return ""
    if node.rank > 0:
        return (
            f"<uax:ListOf{node.data_type}></uax:ListOf{node.data_type}>" if node.data_type in _ZEROS else ""
        )
    if node.data_type.endswith("Enumeration"):
        return "<uax:Int32>0</uax:Int32>"
    return _ZEROS.get(node.data_type, "")


def _fragment(value: str) -> list[ET.Element]:
    """The description's own XML, with the prefix kept as it is written."""
    wrapped = ET.fromstring(f'<value xmlns:uax="{TYPES}">{value}</value>')  # noqa: S314 - from description.py
    for element in wrapped.iter():
        element.tag = element.tag.replace(f"{{{TYPES}}}", "uax:")
    return list(wrapped)
