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
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import get_safe_type_hints, resolve_uatype
from asyncua.ua.uatypes import (
    type_allow_subclass,
    type_from_list,
    type_from_optional,
    type_is_list,
    type_is_optional,
)

from opcua_ml.opcua.trust.decoding.numbers import NUMBERS, enumeration, number_reader, shaped
from opcua_ml.opcua.trust.decoding.reader import Reader, malformed
from opcua_ml.opcua.trust.make import data_value, variant

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Pause = Callable[[], Awaitable[None]]

    from opcua_ml.opcua.trust.limits import Limits

_ua: Any = ua
_ARRAY_BIT: Final = 0x80
_DIMENSIONS_BIT: Final = 0x40
_VARIANT_TYPE: Final = ua.VariantType
_PART: Final = 8
"""Elements of an array that are read without a pause."""


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


async def read_in_parts(kind: type, reader: Reader, pause: Pause, most: int | None = None) -> Any:
    """The same as `read_structure` for what may be long: `pause` is awaited after every few elements.

    Args:
        kind: asyncua's type.
        reader: stands where it begins.
        pause: lets others go first.
        most: elements that its arrays may have; None where no number is known.

    Raises:
        ServiceError: BadDecodingError, BadEncodingLimitsExceeded, BadTooManyOperations; what `pause` raises.
    """
    read = reader_of(kind)
    if not isinstance(read, StructureReader):
        return read_structure(kind, reader)
    try:
        return await read.in_parts(reader, pause, most)
    except ServiceError:
        raise
    except Exception as error:  # as in `read_structure`
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
        return _union(kind)
    if is_dataclass(kind) and isinstance(kind, type):
        return StructureReader(kind)
    raise TypeError(f"no decoder for {kind}")


class ArrayReader:
    """Reads an array field of a structure; null is empty.

    Args:
        element: reads one element.
    """

    def __init__(self, element: Callable[[Reader], Any]) -> None:
        self._element = element

    def __call__(self, reader: Reader) -> list[Any]:
        """Read it from where the reader stands."""
        return reader.array(self._element)

    async def in_parts(self, reader: Reader, pause: Pause, most: int | None) -> list[Any]:
        """The same, with a pause after every few elements, unless there are more than `most`."""
        found, element, count = [], self._element, reader.count()
        if most is not None and count > most:
            raise ServiceError(StatusCodes.BadTooManyOperations)
        for number in range(count):
            if number % _PART == _PART - 1:
                await pause()
            found.append(element(reader))
        return found


class StructureReader:
    """Reads a dataclass; the fields' readers are looked up at first use, for types that hold themselves."""

    def __init__(self, kind: type) -> None:
        self._kind = kind
        self._fields: list[tuple[str, int, Callable[[Reader], Any]]] | None = None

    def __call__(self, reader: Reader) -> Any:
        """Read it from where the reader stands."""
        own = self._fields
        if own is None:
            own = self._fields = self._prepare()
        reader.enter()
        mask = 0
        values = {}
        for name, bit, read in own:
            if name == "Encoding":
                mask = read(reader)
            elif not bit or mask & bit:
                values[name] = read(reader)
        reader.leave()
        return self._kind(**values)

    async def in_parts(self, reader: Reader, pause: Pause, most: int | None) -> Any:
        """The same for a structure without optional fields, whose own arrays are read with pauses."""
        own = self._fields = self._fields or self._prepare()
        reader.enter()
        values = {}
        for name, _, read in own:
            if name != "Encoding":
                array = isinstance(read, ArrayReader)
                values[name] = await read.in_parts(reader, pause, most) if array else read(reader)  # type: ignore[attr-defined]
        reader.leave()
        return self._kind(**values)

    def _prepare(self) -> list[tuple[str, int, Callable[[Reader], Any]]]:
        hints = get_safe_type_hints(self._kind, {"ua": ua})
        prepared = []
        optional = 0
        for field in fields(self._kind):
            kind, bit = hints[field.name], 0
            if type_is_optional(kind):
                bit = 1 << optional
                optional += 1
                kind = type_from_optional(kind)
            prepared.append((field.name, bit, reader_of(kind)))
        return prepared


def _union(kind: Any) -> Callable[[Reader], Any]:
    members = [reader_of(member) for member in kind._union_types]  # noqa: SLF001 - asyncua's only list of them

    def read(reader: Reader) -> Any:
        found = kind()
        found.Encoding = switch = reader.uint32()
        if switch > len(members):
            raise malformed()
        found.Value = members[switch - 1](reader) if switch else None
        return found

    return read


def read_extension_object(reader: Reader) -> Any:
    """A structure of a known type, else its bytes as they came."""
    reader.enter()
    type_id = reader.node_id()
    encoding = reader.byte()
    found: Any
    if encoding == 0:
        found = ua.ExtensionObject() if type_id.is_null() else ua.ExtensionObject(TypeId=type_id)
    elif encoding not in {1, 2}:
        raise malformed()
    else:
        size = reader.int32()
        known = ua.extension_objects_by_typeid.get(type_id) if encoding == 1 else None
        if known is None or size < 0:
            found = _ua.ExtensionObject(TypeId=type_id, Body=reader.raw(size) if size >= 0 else None)
        else:
            found = reader.within(size, reader_of(known))
    reader.leave()
    return found


def read_variant(reader: Reader) -> ua.Variant:
    """A Variant; Dimensions have to multiply to the array's length."""
    reader.enter()
    encoding = reader.byte()
    number = encoding & 0x3F
    if number > 31:
        raise malformed()
    if not encoding & _ARRAY_BIT:
        if encoding & _DIMENSIONS_BIT:
            raise malformed()
        value = _scalar(number)(reader)
        reader.leave()
        return variant(value, ua.datatype_to_varianttype(number), is_array=False)
    values = _values(number, reader)
    dimensions = None
    if encoding & _DIMENSIONS_BIT:
        dimensions = reader.array(lambda inner: inner.int32())
        values = shaped(values, dimensions)
    reader.leave()
    return variant(values, ua.datatype_to_varianttype(number), dimensions or None, is_array=True)


def read_data_value(reader: Reader) -> ua.DataValue:
    """A DataValue."""
    reader.enter()
    mask = reader.byte()
    value = read_variant(reader) if mask & 1 else None
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


def _scalar(number: int) -> Callable[[Reader], Any]:
    if number == 0:
        return lambda _: None
    if number > 25:
        return Reader.byte_string
    return (
        reader_of(getattr(ua, _VARIANT_TYPE(number).name))
        if number == 16
        else _BUILT_IN[_VARIANT_TYPE(number).name]
    )


def _values(number: int, reader: Reader) -> list[Any] | None:
    """The elements of an array in a Variant; null stays None."""
    if number == 0:
        raise malformed()  # elements without bytes: an array of any length in five
    name = _VARIANT_TYPE(number).name if number <= 25 else "ByteString"
    letter = NUMBERS.get(name)
    size = struct.calcsize(f"<{letter}") if letter else 1
    count = reader.count(size)
    if count < 0:
        return None
    if letter:
        return reader.numbers(letter, size, count)
    read = _scalar(number)
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
