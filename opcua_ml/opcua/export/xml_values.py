"""Values in the XML encoding.

Source: OPC UA Part 6, 5.3.
"""

from __future__ import annotations

import base64
import dataclasses
import math
import typing
import xml.etree.ElementTree as ET
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.texts import every_language

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

PREFIX: Final = "uax:"
_NAMES: Final[dict[str, Any]] = {**vars(ua), "ua": ua}


class ValueWriter:
    """Writes values for one file.

    Args:
        node_id: writes a NodeId with the file's namespace indices.
        index: a namespace index of the server as the file's.
    """

    def __init__(self, node_id: Callable[[ua.NodeId], str], index: Callable[[int], int]) -> None:
        self._node_id = node_id
        self._index = index

    def add(self, parent: ET.Element, variant: ua.Variant) -> bool:
        """Add a value below `parent`; False, and nothing added, for one that has no XML form here."""
        kind = variant.VariantType
        if isinstance(kind, ua.VariantTypeCustom) or len(variant.Dimensions or ()) > 1:
            return False
        values = variant.Value if variant.is_array else [variant.Value]
        if not all(self._is_writable(kind, value) for value in values or ()):
            return False
        if not variant.is_array:
            self._value(parent, kind.name, variant.Value)
            return True
        table = ET.SubElement(parent, f"{PREFIX}ListOf{kind.name}")
        for value in values or ():
            self._value(table, kind.name, value)
        return True

    def _is_writable(self, kind: ua.VariantType, value: Any) -> bool:
        if kind == ua.VariantType.ExtensionObject:
            return _encoding(value) is not None
        return kind.name in _SCALARS or kind.name in ("QualifiedName", "NodeId", "ExpandedNodeId")

    def _value(self, parent: ET.Element, name: str, value: Any, tag: str = "") -> None:
        element = ET.SubElement(parent, PREFIX + (tag or name))
        if value is None:
            return
        if name in ("NodeId", "ExpandedNodeId"):
            ET.SubElement(element, f"{PREFIX}Identifier").text = self._node_id(value)
        elif name == "QualifiedName":
            ET.SubElement(element, f"{PREFIX}NamespaceIndex").text = str(self._index(value.NamespaceIndex))
            ET.SubElement(element, f"{PREFIX}Name").text = value.Name
        elif name == "ExtensionObject":
            encoding = ET.SubElement(element, f"{PREFIX}TypeId")
            ET.SubElement(encoding, f"{PREFIX}Identifier").text = f"i={_encoding(value)}"
            body = ET.SubElement(element, f"{PREFIX}Body")
            self._fields(ET.SubElement(body, PREFIX + type(value).__name__), value)
        else:
            _SCALARS[name](element, value)

    def _fields(self, element: ET.Element, value: Any) -> None:
        hints = typing.get_type_hints(type(value), _NAMES)
        for field in dataclasses.fields(value):
            if field.init:
                self._field(element, field.name, hints[field.name], getattr(value, field.name))

    def _field(self, parent: ET.Element, tag: str, hint: Any, value: Any) -> None:
        arguments = [argument for argument in typing.get_args(hint) if argument is not type(None)]
        if typing.get_origin(hint) is list:
            table = ET.SubElement(parent, PREFIX + tag)
            for item in value or ():
                self._field(table, arguments[0].__name__, arguments[0], item)
        elif arguments:
            self._field(parent, tag, arguments[0], value)
        elif isinstance(value, IntEnum):
            ET.SubElement(parent, PREFIX + tag).text = f"{value.name}_{value.value}"
        elif dataclasses.is_dataclass(value) and hint.__name__ not in _STRUCTURED:
            self._fields(ET.SubElement(parent, PREFIX + tag), value)
        else:
            self._value(parent, hint.__name__, value, tag)


_STRUCTURED: Final = frozenset({"NodeId", "ExpandedNodeId", "QualifiedName", "LocalizedText", "StatusCode"})


def _encoding(value: Any) -> int | None:
    """The number of the XML encoding of one of the standard's structures."""
    if not dataclasses.is_dataclass(value) or isinstance(value, ua.ExtensionObject):
        return None
    found = getattr(ObjectIds, f"{type(value).__name__}_Encoding_DefaultXml", None)
    return int(found) if found is not None else None


def _localized_text(element: ET.Element, value: ua.LocalizedText) -> None:
    locale, words = next(iter(every_language(value).items()))  # a value in a file has one language
    if locale:
        ET.SubElement(element, f"{PREFIX}Locale").text = locale
    ET.SubElement(element, f"{PREFIX}Text").text = words


def _child(name: str) -> Callable[[ET.Element, Any], None]:
    def write(element: ET.Element, value: Any) -> None:
        text = str(value.value) if isinstance(value, ua.StatusCode) else str(value)
        ET.SubElement(element, PREFIX + name).text = text

    return write


def _plain(text: Callable[[Any], str]) -> Callable[[ET.Element, Any], None]:
    def write(element: ET.Element, value: Any) -> None:
        element.text = text(value)

    return write


def _float(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return repr(float(value)) if math.isfinite(value) else "INF" if value > 0 else "-INF"


def _moment(value: datetime) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"


_SCALARS: Final[dict[str, Callable[[ET.Element, Any], None]]] = {
    **dict.fromkeys(
        ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64"),
        _plain(lambda value: str(int(value))),
    ),
    "Boolean": _plain(lambda value: "true" if value else "false"),
    "Float": _plain(_float),
    "Double": _plain(_float),
    "String": _plain(str),
    "DateTime": _plain(_moment),
    "ByteString": _plain(lambda value: base64.b64encode(value).decode()),
    "Guid": _child("String"),
    "StatusCode": _child("Code"),
    "LocalizedText": _localized_text,
}
