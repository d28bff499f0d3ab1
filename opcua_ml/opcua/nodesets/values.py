"""Values of a NodeSet2 file: from the XML encoding to Variants.

Structures of the standard become asyncua's; those of other models become ExtensionObjects whose body is
encoded here, from the fields that the file declares: no class is made and no code runs because of a file.

Source: OPC UA Part 6, 5.3 (XML encoding) and 5.2 (binary encoding).
"""

from __future__ import annotations

import base64
import dataclasses
import math
import typing
import uuid
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua import ua_binary
from asyncua.ua.object_ids import ObjectIdNames

from opcua_ml.opcua.nodesets.bounds import INTEGERS, MOST_DIMENSIONS, UnfitError, a, whole
from opcua_ml.opcua.nodesets.document import TYPES, moment

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Callable

    from opcua_ml.opcua.nodesets.numbering import Numbering
    from opcua_ml.opcua.nodesets.structures import Structures

_LIST: Final = "ListOf"
_BEYOND_SINGLE: Final = 2.0**128 - 2.0**103
"""The smallest number that IEEE 754 rounds beyond the largest one of 32 bits."""
_NAMES: Final[dict[str, Any]] = {**vars(ua), "ua": ua}


class ValueReader:
    """Reads the values of one file.

    Args:
        numbering: of the file's namespaces.
        structures: the structures that the address space declares.
    """

    def __init__(self, numbering: Numbering, structures: Structures) -> None:
        self._numbering = numbering
        self._structures = structures
        self._readers: dict[str, Callable[[ET.Element], Any]] = {
            **{kind: partial(_integer, kind) for kind in INTEGERS},
            "Boolean": _boolean,
            "Float": _single,
            "Double": lambda element: _float(_text(element)),
            "String": lambda element: element.text or "",
            "DateTime": lambda element: moment(_text(element)),
            "Guid": lambda element: uuid.UUID(_child_text(element, "String")),
            "ByteString": lambda element: base64.b64decode("".join(_text(element).split()), validate=True),
            "XmlElement": lambda element: ua.XmlElement(ua.String("".join(element.itertext()).strip())),
            "NodeId": lambda element: numbering.node_id(_child_text(element, "Identifier")),
            "ExpandedNodeId": lambda element: numbering.node_id(_child_text(element, "Identifier")),
            "StatusCode": lambda element: ua.StatusCode(
                ua.UInt32(whole(_child_text(element, "Code") or "0", "UInt32"))
            ),
            "QualifiedName": self._qualified_name,
            "LocalizedText": _localized_text,
            "ExtensionObject": self.extension_object,
            "Variant": self._variant,
        }

    def variant(self, element: ET.Element) -> ua.Variant:
        """The value in a `Value` element; null where there is none."""
        for inner in element:
            name = _local(inner)
            if name.startswith(_LIST):
                kind = _variant_type(name.removeprefix(_LIST))
                return ua.Variant([self.value(kind.name, item) for item in inner], kind, None, True)
            if name == "Matrix":
                return self._matrix(inner)
            if name == "Null":
                break
            kind = _variant_type(name)
            return ua.Variant(self.value(kind.name, inner), kind, None, False)
        return ua.Variant(None, ua.VariantType.Null)

    def _variant(self, element: ET.Element) -> ua.Variant:
        held = element.find(f"{TYPES}Value")
        return self.variant(element if held is None else held)

    def value(self, name: str, element: ET.Element) -> Any:
        """A value of a built-in type."""
        reader = self._readers.get(name)
        if reader is None:
            raise UnfitError(a(name), "a value of a type that variables have")
        return reader(element)

    def extension_object(self, element: ET.Element) -> Any:
        """A structure; one that no loaded model declares is refused."""
        encoding = self._numbering.node_id(_child_text(element.find(f"{TYPES}TypeId"), "Identifier"))
        body = element.find(f"{TYPES}Body")
        if encoding.is_null() or body is None or not len(body):
            return None
        return self.structure(self._structures.data_type(encoding) or encoding, body[0])

    def structure(self, data_type: ua.NodeId, element: ET.Element) -> Any:
        """A structure of this DataType."""
        standard = _standard_class(data_type)
        if standard is not None:
            return self._standard(standard, element)
        definition = self._structures.definition(data_type)
        body = b"" if definition is None else self.encoded(definition, element)
        encoding = self._structures.binary_encoding(data_type)
        if definition is None or encoding is None:
            raise ValueError(f"no loaded model declares the structure {data_type.to_string()}")
        return ua.ExtensionObject(encoding, ua.ByteString(body))

    def encoded(self, definition: ua.StructureDefinition, element: ET.Element) -> bytes:
        """The binary encoding of a structure's fields."""
        given = {_local(child): child for child in element}
        kind = definition.StructureType
        fields = definition.Fields
        if kind in (ua.StructureType.Union, ua.StructureType.UnionWithSubtypedValues):
            for place, field in enumerate(fields, 1):
                if field.Name in given:
                    return place.to_bytes(4, "little") + self._field(definition, field, given[field.Name])
            return bytes(4)
        has_mask = (
            any(field.IsOptional for field in fields) and kind == ua.StructureType.StructureWithOptionalFields
        )
        mask, parts, bit = 0, [], 0
        for field in fields:
            if has_mask and field.IsOptional:
                bit += 1
                if field.Name not in given:
                    continue
                mask |= 1 << (bit - 1)
            parts.append(self._field(definition, field, given.get(field.Name)))
        return (mask.to_bytes(4, "little") if has_mask else b"") + b"".join(parts)

    def _field(
        self, owner: ua.StructureDefinition, field: ua.StructureField, element: ET.Element | None
    ) -> bytes:
        if field.ValueRank < 1:
            return self._member(owner, field, element)
        if element is None:
            return (-1).to_bytes(4, "little", signed=True)
        members = [self._member(owner, field, item) for item in element]
        return len(members).to_bytes(4, "little") + b"".join(members)

    def _member(
        self, owner: ua.StructureDefinition, field: ua.StructureField, element: ET.Element | None
    ) -> bytes:
        built_in = self._structures.built_in(field.DataType)
        if built_in is None:
            raise ValueError(f"field {field.Name} is of an unknown data type")
        if built_in != ua.VariantType.ExtensionObject:
            return _packed(built_in, None if element is None else self._simple(built_in, element))
        if self._structures.is_open(owner, field):
            return _extension(None if element is None else self.extension_object(element))
        standard = _standard_class(field.DataType)
        if standard is not None:
            value = standard() if element is None else self._standard(standard, element)
            return bytes(ua_binary.struct_to_binary(value))
        definition = self._structures.definition(field.DataType)
        if definition is None:
            raise ValueError(f"field {field.Name} is of an unknown structure")
        return self.encoded(definition, [] if element is None else element)  # type: ignore[arg-type]

    def _simple(self, kind: ua.VariantType, element: ET.Element) -> Any:
        text = _text(element)
        if kind == ua.VariantType.Int32 and "_" in text:
            return whole(text.rpartition("_")[2], "Int32")  # an enumeration: Name_Value
        return self.value(kind.name, element)

    def _standard(self, made: type[Any], element: ET.Element) -> Any:
        hints = typing.get_type_hints(made, _NAMES)
        given = {_local(child): child for child in element}
        values = {
            field.name: self._hinted(hints[field.name], given[field.name])
            for field in dataclasses.fields(made)
            if field.init and field.name in given
        }
        return made(**values)

    def _hinted(self, hint: Any, element: ET.Element) -> Any:
        arguments = [argument for argument in typing.get_args(hint) if argument is not type(None)]
        if typing.get_origin(hint) is list:
            return [self._hinted(arguments[0], item) for item in element]
        if arguments:
            return self._hinted(arguments[0], element)
        if isinstance(hint, type) and issubclass(hint, IntEnum):
            return hint(int(_text(element).rpartition("_")[2]))
        if hint.__name__ in self._readers:
            return self._readers[hint.__name__](element)
        if hint.__name__ == "CharArray":
            return element.text or ""
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self._standard(hint, element)
        raise ValueError(f"a field of the type {hint.__name__} can't be read")

    def _qualified_name(self, element: ET.Element) -> ua.QualifiedName:
        number = int(_child_text(element, "NamespaceIndex") or 0)
        return ua.QualifiedName(_child_text(element, "Name"), ua.UInt16(self._numbering.index(number)))

    def _matrix(self, element: ET.Element) -> ua.Variant:
        sizes = [whole(_text(item) or "0", "UInt32") for item in element.iterfind(f"{TYPES}Dimensions/*")]
        items = list(element.iterfind(f"{TYPES}Elements/*"))
        if not 0 < len(sizes) <= MOST_DIMENSIONS or math.prod(sizes) != len(items):
            told = " x ".join(map(str, sizes[:MOST_DIMENSIONS])) or "no"
            raise UnfitError(f"{told} dimensions", f"dimensions of its {len(items)} elements")
        kind = _variant_type(_local(items[0])) if items else ua.VariantType.Null
        flat = [self.value(kind.name, item) for item in items]
        return ua.Variant(_folded(flat, sizes), kind, [ua.Int32(size) for size in sizes], True)


def hold(value: ua.Variant, kind: ua.VariantType | None) -> None:
    """See that a value is of its variable's built-in type and can be sent.

    Args:
        value: as it was read.
        kind: of the DataType; None where it is unknown.

    Raises:
        UnfitError: it is of another type.
        Exception: what asyncua's encoder raises for what it can't encode; it may be any.
    """
    held = value.VariantType
    any_will_do = kind is None or kind == ua.VariantType.Variant or held == ua.VariantType.Null
    # Bytes may travel as a ByteString (Part 4, 7.7).
    bytes_will_do = (held, kind) == (ua.VariantType.ByteString, ua.VariantType.Byte)
    if kind is not None and held != kind and not any_will_do and not bytes_will_do:
        raise UnfitError(a(held.name), a(kind.name))
    ua_binary.variant_to_binary(value)


def _folded(flat: list[Any], sizes: list[int]) -> list[Any]:
    for size in reversed(sizes[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)] if size else []
    return flat


def _variant_type(name: str) -> ua.VariantType:
    try:
        return ua.VariantType[name]
    except KeyError:
        raise ValueError(f"there is no built-in type {name}") from None


def _standard_class(data_type: ua.NodeId) -> type[Any] | None:
    """Asyncua's class of a structure of the standard."""
    if data_type.NamespaceIndex or not isinstance(data_type.Identifier, int):
        return None
    found = getattr(ua, ObjectIdNames.get(data_type.Identifier, ""), None)
    return found if isinstance(found, type) and dataclasses.is_dataclass(found) else None


def _extension(value: Any) -> bytes:
    return bytes(ua_binary.extensionobject_to_binary(value))


def _packed(kind: ua.VariantType, value: Any) -> bytes:
    if value is None:
        value = _DEFAULTS.get(kind, lambda: None)()
    return bytes(ua_binary.pack_uatype(kind, value))


_DEFAULTS: Final[dict[ua.VariantType, Callable[[], Any]]] = {
    **dict.fromkeys((ua.VariantType[name] for name in INTEGERS), int),
    ua.VariantType.Boolean: bool,
    ua.VariantType.Float: float,
    ua.VariantType.Double: float,
    ua.VariantType.DateTime: lambda: moment(None),
    ua.VariantType.Guid: lambda: uuid.UUID(int=0),
    ua.VariantType.NodeId: ua.NodeId,
    ua.VariantType.ExpandedNodeId: ua.NodeId,
    ua.VariantType.StatusCode: ua.StatusCode,
    ua.VariantType.QualifiedName: ua.QualifiedName,
    ua.VariantType.LocalizedText: ua.LocalizedText,
    ua.VariantType.Variant: ua.Variant,
}


def _localized_text(element: ET.Element) -> ua.LocalizedText:
    text = element.find(f"{TYPES}Text")
    return ua.LocalizedText(None if text is None else text.text or "", _child_text(element, "Locale") or None)


def _integer(kind: str, element: ET.Element) -> int:
    return whole(_text(element) or "0", kind)


def _boolean(element: ET.Element) -> bool:
    text = _text(element).lower()
    if text not in ("true", "1", "false", "0", ""):
        raise UnfitError(text, "true or false")
    return text in ("true", "1")


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: ET.Element) -> str:
    return (element.text or "").strip()


def _child_text(element: ET.Element | None, name: str) -> str:
    found = None if element is None else element.find(f"{TYPES}{name}")
    return "" if found is None else _text(found)


def _single(element: ET.Element) -> float:
    number = _float(_text(element))
    if math.isfinite(number) and abs(number) >= _BEYOND_SINGLE:
        raise UnfitError(_text(element), a("Float"))
    return number


def _float(text: str) -> float:
    return float(text.lower() or 0)  # XML Schema writes INF, -INF and NaN
