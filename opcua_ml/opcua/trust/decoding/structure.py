"""Structures as asyncua declares them, read field by field; the readers are built once per type.

Source: OPC UA Part 6, 5.2.5 to 5.2.8 (arrays, structures, unions), 5.2.2.15 (ExtensionObject),
5.2.2.16 (Variant), 5.2.2.17 (DataValue), 5.2.2.12 (DiagnosticInfo).
"""

from __future__ import annotations

import functools
import struct
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.ua_binary import get_safe_type_hints, resolve_uatype
from asyncua.ua.uatypes import (
    type_allow_subclass,
    type_from_list,
    type_from_optional,
    type_is_list,
    type_is_optional,
)

from opcua_ml.opcua.trust.decoding.numbers import (
    NUMBERS,
    check_shape,
    enumeration,
    number_reader,
    read_dimensions,
    shaped,
)
from opcua_ml.opcua.trust.decoding.reader import Reader, malformed
from opcua_ml.opcua.trust.ground.ua_values import data_value, variant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Pause = Callable[[], Awaitable[None]]

    from opcua_ml.opcua.trust.ground.limits import Limits

_ua: Any = ua
_ARRAY_BIT: Final = 0x80
_DIMENSIONS_BIT: Final = 0x40
_VARIANT_TYPE: Final = ua.VariantType


def decode(kind: type, data: bytes, limits: Limits) -> Any:
    """An object of asyncua's type `kind` from the front of `data`.

    Raises:
        ServiceError: BadDecodingError or BadEncodingLimitsExceeded.
    """
    return read_structure(kind, Reader(data, limits))


def read_structure(kind: type, reader: Reader) -> Any:
    """An object of asyncua's type `kind`, read from where the reader stands.

    Raises:
        ServiceError: BadDecodingError or BadEncodingLimitsExceeded.
    """
    try:
        return reader_of(kind)(reader)
    except ServiceError:
        raise
    except (
        Exception
    ) as error:  # constructors of asyncua's types refuse values in many ways; all are the client's
        raise malformed() from error


@functools.cache
def reader_of(kind: Any) -> Callable[[Reader], Any]:
    """The reader of one declared type."""
    kind, _ = resolve_uatype(kind)
    if type_allow_subclass(kind) or kind is ua.ExtensionObject:
        return read_extension_object
    if type_is_list(kind):
        return ArrayReader(reader_of(type_from_list(kind)))
    name = kind.__name__
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    if issubclass(kind, Enum):
        return enumeration(kind)
    if issubclass(kind, ua.UaUnion):
        return UnionReader(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return StructureReader(kind)
    raise TypeError(f"no decoder for {kind}")


class ArrayReader:
    """Reads an array field of a structure; null is empty.

    Args:
        element: reads one element.
    """

    def __init__(self, element: Callable[[Reader], Any]) -> None:
        self.element = element

    def __call__(self, reader: Reader) -> list[Any]:
        """Read it from where the reader stands."""
        return reader.array(self.element)


class StructureReader:
    """Reads a dataclass; the fields' readers are looked up at first use, for types that hold themselves.

    Attributes:
        kind: the dataclass.
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self._fields: list[tuple[str, int, Callable[[Reader], Any]]] | None = None

    @property
    def fields(self) -> list[tuple[str, int, Callable[[Reader], Any]]]:
        """Of each field its name, its bit in the mask of optional ones, 0 for others, and what reads it."""
        if self._fields is None:
            self._fields = self._prepare()
        return self._fields

    def __call__(self, reader: Reader) -> Any:
        """Read it from where the reader stands."""
        reader.enter()
        mask = 0
        values = {}
        for name, bit, read in self._fields or self.fields:
            if name == "Encoding":
                mask = read(reader)
            elif not bit or mask & bit:
                values[name] = read(reader)
        reader.leave()
        return self.kind(**values)

    def _prepare(self) -> list[tuple[str, int, Callable[[Reader], Any]]]:
        hints = get_safe_type_hints(self.kind, {"ua": ua})
        prepared = []
        optional = 0
        for field in fields(self.kind):
            kind, bit = hints[field.name], 0
            if type_is_optional(kind):
                bit = 1 << optional
                optional += 1
                kind = type_from_optional(kind)
            prepared.append((field.name, bit, reader_of(kind)))
        return prepared


class UnionReader:
    """Reads a union: a number, and the member that it tells.

    Attributes:
        kind: asyncua's class.
        members: what reads each of them.
    """

    def __init__(self, kind: Any) -> None:
        self.kind = kind
        self.members = [reader_of(member) for member in kind._union_types]  # noqa: SLF001 - asyncua's only list

    def __call__(self, reader: Reader) -> Any:
        """Read it from where the reader stands."""
        found, read = self.begin(reader)
        found.Value = read(reader) if read is not None else None
        return found

    def begin(self, reader: Reader) -> tuple[Any, Callable[[Reader], Any] | None]:
        """The union without its value, and what reads that; None where it has none."""
        found = self.kind()
        found.Encoding = switch = reader.uint32()
        if switch > len(self.members):
            raise malformed()
        return found, self.members[switch - 1] if switch else None


def read_extension_object(reader: Reader) -> Any:
    """A structure of a known type, else its bytes as they came."""
    reader.enter()
    found, size, read = begin_extension_object(reader)
    if read is not None:
        found = reader.within(size, read)
    reader.leave()
    return found


def begin_extension_object(reader: Reader) -> tuple[Any, int, Callable[[Reader], Any] | None]:
    """An ExtensionObject as it came; of a known type the size of the structure, and what reads it instead."""
    type_id = reader.node_id()
    encoding = reader.byte()
    if encoding == 0:
        return (ua.ExtensionObject() if type_id.is_null() else ua.ExtensionObject(TypeId=type_id)), 0, None
    if encoding not in {1, 2}:
        raise malformed()
    size = reader.int32()
    known = ua.extension_objects_by_typeid.get(type_id) if encoding == 1 else None
    if known is None or size < 0:
        return _ua.ExtensionObject(TypeId=type_id, Body=reader.raw(size) if size >= 0 else None), 0, None
    return None, size, reader_of(known)


def read_variant(reader: Reader) -> ua.Variant:
    """A Variant; Dimensions have to multiply to the array's length."""
    number, is_array, is_shaped = begin_variant(reader)
    value = _values(number, reader) if is_array else scalar_reader(number)(reader)
    dimensions = read_dimensions(reader) if is_shaped else None
    if dimensions and value is not None:
        check_shape(value, dimensions)
        value = shaped(value, dimensions)
    return end_variant(reader, number, value, dimensions, is_array=is_array)


def begin_variant(reader: Reader) -> tuple[int, bool, bool]:
    """Its built-in type, whether it is an array, and whether Dimensions come behind its value."""
    reader.enter()
    encoding = reader.byte()
    number, is_array, is_shaped = (
        encoding & 0x3F,
        bool(encoding & _ARRAY_BIT),
        bool(encoding & _DIMENSIONS_BIT),
    )
    if number > 31 or (is_shaped and not is_array):
        raise malformed()
    return number, is_array, is_shaped


def end_variant(
    reader: Reader, number: int, value: Any, dimensions: list[int] | None, *, is_array: bool
) -> ua.Variant:
    """The Variant, when its value and its Dimensions were read."""
    reader.leave()
    return variant(value, ua.datatype_to_varianttype(number), dimensions or None, is_array=is_array)


def read_data_value(reader: Reader) -> ua.DataValue:
    """A DataValue."""
    reader.enter()
    mask = reader.byte()
    value = read_variant(reader) if mask & 1 else None
    return end_data_value(reader, mask, value)


def end_data_value(reader: Reader, mask: int, value: ua.Variant | None) -> ua.DataValue:
    """The DataValue, when its value was read."""
    status = reader.status_code() if mask & 2 else None
    source = reader.date_time() if mask & 4 else None
    source_picoseconds = reader.number(_PICOSECONDS) if mask & 16 else None
    server = reader.date_time() if mask & 8 else None
    server_picoseconds = reader.number(_PICOSECONDS) if mask & 32 else None
    reader.leave()
    return data_value(
        value,
        status,
        source=source,
        server=server,
        source_picoseconds=source_picoseconds,
        server_picoseconds=server_picoseconds,
    )


def read_diagnostic_info(reader: Reader) -> ua.DiagnosticInfo:
    """A DiagnosticInfo, which may hold another one."""
    reader.enter()
    mask = reader.byte()
    found: ua.DiagnosticInfo = _ua.DiagnosticInfo(
        SymbolicId=reader.int32() if mask & 1 else None,
        NamespaceURI=reader.int32() if mask & 2 else None,
        Locale=reader.int32() if mask & 8 else None,
        LocalizedText=reader.int32() if mask & 4 else None,
        AdditionalInfo=reader.string() if mask & 16 else None,
        InnerStatusCode=reader.status_code() if mask & 32 else None,
        InnerDiagnosticInfo=read_diagnostic_info(reader) if mask & 64 else None,
    )
    reader.leave()
    return found


def scalar_reader(number: int) -> Callable[[Reader], Any]:
    """What reads one value of a built-in type."""
    if number == 0:
        return lambda _: None
    if number > 25:
        return Reader.byte_string
    return (
        reader_of(getattr(ua, _VARIANT_TYPE(number).name))
        if number == 16
        else _BUILT_IN[_VARIANT_TYPE(number).name]
    )


def begin_values(number: int, reader: Reader) -> tuple[int, str, int]:
    """How many elements a Variant's array has, -1 for null; of numbers struct's letter, and their size."""
    if number == 0:
        raise malformed()  # elements without bytes: an array of any length in five
    name = _VARIANT_TYPE(number).name if number <= 25 else "ByteString"
    letter = NUMBERS.get(name, "")
    size = struct.calcsize(f"<{letter}") if letter else 1
    return reader.count(size), letter, size


def _values(number: int, reader: Reader) -> list[Any] | None:
    """The elements of an array in a Variant; null stays None."""
    count, letter, size = begin_values(number, reader)
    if count < 0:
        return None
    if letter:
        reader.allow(count >> 6)
        return reader.numbers(letter, size, count)
    reader.allow(count >> 2)
    read = scalar_reader(number)
    return [read(reader) for _ in range(count)]


_PICOSECONDS: Final = struct.Struct("<H")


_BUILT_IN: Final[dict[str, Callable[[Reader], Any]]] = {
    **{name: number_reader(letter) for name, letter in NUMBERS.items()},
    "Boolean": Reader.boolean,
    "String": Reader.string,
    "CharArray": Reader.string,
    "DateTime": Reader.date_time,
    "Guid": Reader.guid,
    "ByteString": Reader.byte_string,
    "NodeId": Reader.node_id,
    "ExpandedNodeId": Reader.expanded_node_id,
    "StatusCode": Reader.status_code,
    "QualifiedName": Reader.qualified_name,
    "LocalizedText": Reader.localized_text,
    "ExtensionObject": read_extension_object,
    "Variant": read_variant,
    "DataValue": read_data_value,
    "DiagnosticInfo": read_diagnostic_info,
}
