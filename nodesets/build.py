"""Makes `OpcUaMl.NodeSet2.xml` and `OpcUaMl.NodeIds.csv` from the descriptions, always the same bytes.

The files that are written by hand get their texts in other languages.

    python -m nodesets.build [FOLDER]

The CSV is also the memory: a symbol keeps the number that it has there, a new one gets the next free number
of its node class, and one that vanished is an error, as clients may be bound to it.
"""

from __future__ import annotations

import csv
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nodesets import description
from nodesets.data_types import ENUMERATIONS, STRUCTURES
from nodesets.design import MANDATORY, PLACEHOLDER
from nodesets.document import Document, Node
from nodesets.object_types import OBJECT_TYPES
from nodesets.standard import INHERITED
from nodesets.translations import retold

if TYPE_CHECKING:
    from nodesets.design import Child, Enumeration, ObjectType, Structure

XML_NAME = "OpcUaMl.NodeSet2.xml"
CSV_NAME = "OpcUaMl.NodeIds.csv"
WRITTEN_BY_HAND = ("OpcUaMl.Adi.NodeSet2.xml", "OpcUaMl.Result.NodeSet2.xml")
"""Files whose texts alone are made here: each of them has one type."""
_FIRST_NUMBERS = {"ObjectType": 1001, "DataType": 3001, "Object": 5001, "Variable": 6001, "Method": 7001}


class NodeIds:
    """Which number each symbol has."""

    def __init__(self, table: str) -> None:
        rows = [row for row in csv.reader(io.StringIO(table)) if row]
        self._known = {symbol: (int(number), kind) for symbol, number, kind in rows}
        self._used: dict[str, tuple[int, str]] = {}

    def number(self, symbol: str, kind: str) -> int:
        """Of this symbol; a new one gets the next free number of its class."""
        if symbol in self._used:
            raise SystemExit(f"two nodes have the symbol {symbol}; wanted unique names")
        known = self._known.get(symbol)
        if known is None:
            taken = [
                number for number, other in (*self._known.values(), *self._used.values()) if other == kind
            ]
            known = (max(taken, default=_FIRST_NUMBERS[kind] - 1) + 1, kind)
        elif known[1] != kind:
            raise SystemExit(f"{CSV_NAME}: {symbol} was of the class {known[1]}; found {kind}")
        self._used[symbol] = known
        return known[0]

    def table(self) -> str:
        """As CSV, by number."""
        if lost := sorted(self._known.keys() - self._used.keys()):
            raise SystemExit(f"{CSV_NAME}: clients may be bound to {', '.join(lost)}; found no description")
        rows = sorted(self._used.items(), key=lambda item: item[1][0])
        return "".join(f"{symbol},{number},{kind}\n" for symbol, (number, kind) in rows)


class Builder:
    """Turns the description into nodes."""

    def __init__(self, ids: NodeIds) -> None:
        self._ids = ids
        self._numbers: dict[str, int] = {}
        self._types = {item.name: item for item in OBJECT_TYPES}
        self.nodes: list[Node] = []

    def build(self) -> Document:
        """All nodes, types before what uses them."""
        for enumeration in ENUMERATIONS:
            self._enumeration(enumeration)
        for structure in STRUCTURES:
            self._structure(structure)
        for item in OBJECT_TYPES:
            self._add("ObjectType", item.name, item.name, item.description, ("HasSubtype", item.base))
        for item in OBJECT_TYPES:
            for child in item.children:
                self._child(child, item.name)
        self._child(description.METADATA, "Server_Namespaces", symbol="NamespaceMetadata")
        return Document(
            description.NAMESPACE_URI,
            description.VERSION,
            description.PUBLICATION_DATE,
            description.REQUIRED,
            tuple(self.nodes),
            self._numbers,
        )

    def _add(self, kind: str, symbol: str, name: str, words: str, parent: tuple[str, str]) -> Node:
        self._numbers[symbol] = self._ids.number(symbol, kind)
        node = Node(kind, symbol, name, words, parent)
        self.nodes.append(node)
        return node

    def _enumeration(self, item: Enumeration) -> None:
        node = self._add("DataType", item.name, item.name, item.description, ("HasSubtype", "Enumeration"))
        node.enumeration = item
        texts = "".join(
            f"<uax:LocalizedText><uax:Locale>en</uax:Locale><uax:Text>{shown}</uax:Text></uax:LocalizedText>"
            for _, shown, _ in item.fields
        )
        strings = self._add(
            "Variable",
            f"{item.name}_EnumStrings",
            "EnumStrings",
            "Names of the values.",
            ("HasProperty", item.name),
        )
        strings.standard, strings.type, strings.data_type, strings.rank = (
            True,
            "PropertyType",
            "LocalizedText",
            1,
        )
        strings.value = f"<uax:ListOfLocalizedText>{texts}</uax:ListOfLocalizedText>"

    def _structure(self, item: Structure) -> None:
        node = self._add("DataType", item.name, item.name, item.description, ("HasSubtype", "Structure"))
        node.structure = item
        encoding = self._add(
            "Object",
            f"{item.name}_Encoding_DefaultBinary",
            "Default Binary",
            "How it travels.",
            ("HasEncoding", item.name),
        )
        encoding.standard, encoding.type = True, "DataTypeEncodingType"

    def _child(self, child: Child, parent: str, *, symbol: str = "") -> None:
        symbol = symbol or f"{parent}_{child.name.strip('<>')}"
        node = self._add(child.kind, symbol, child.name, child.description, (child.reference, parent))
        node.type, node.data_type, node.rank = child.type, child.data_type, child.rank
        node.rule, node.standard, node.value, node.links = (
            child.rule,
            child.standard,
            child.value,
            child.links,
        )
        own = {below.name for below in child.children}
        brought = () if child.rule == PLACEHOLDER else self._brought(child.type)
        for below in (*child.children, *(item for item in brought if item.name not in own)):
            self._child(below, symbol)

    def _brought(self, type_name: str) -> list[Child]:
        """What every instance of a type must have (Part 3, 6.4.4.4): the declarations are instances too."""
        item: ObjectType | None = self._types.get(type_name)
        if item is None:
            return list(INHERITED.get(type_name, ()))
        return self._brought(item.base) + [child for child in item.children if child.rule == MANDATORY]


def build(table: str) -> tuple[str, str]:
    """XML and CSV, from the CSV as it was."""
    ids = NodeIds(table)
    document = Builder(ids).build()
    return document.xml(), ids.table()


def main(folder: Path) -> None:
    """Write the files."""
    table = Path(__file__).with_name(CSV_NAME)
    xml, numbers = build(table.read_text(encoding="utf-8") if table.exists() else "")
    (folder / XML_NAME).write_text(xml, encoding="utf-8", newline="\n")
    (folder / CSV_NAME).write_text(numbers, encoding="utf-8", newline="\n")
    for name in WRITTEN_BY_HAND:
        text = Path(__file__).with_name(name).read_text(encoding="utf-8")
        (folder / name).write_text(retold(text), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
