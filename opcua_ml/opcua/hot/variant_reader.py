"""Variants as they arrive: every built-in scalar that plants use, and one-dimensional arrays of them.

OPC UA Part 6, 5.2.2.16. Known are Null, Boolean, SByte to UInt64, Float, Double, String, DateTime, Guid,
ByteString, NodeId, StatusCode, QualifiedName and LocalizedText; matrices, nested Variants, DataValues,
structures, XML, expanded NodeIds and DiagnosticInfo are left to asyncua.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct, unpack_from
from typing import Any, Final
from uuid import UUID

from asyncua import ua

from .declined import UnknownEncodingError
from .filetime import FOREVER, LATEST, to_datetime
from .nodeid import nodeid_end, parse_nodeid
from .primitive import read_bytes, read_count, read_int64, read_string, read_uint32

Reader = Callable[[bytes, int], tuple[Any, int]]

ARRAY: Final = 0x80
"""The bit of a Variant's encoding byte that marks an array."""
TYPE: Final = 0x3F
"""The bits of a Variant's encoding byte that name its type."""

NUMBERS: Final[dict[int, str]] = {
    ua.VariantType.SByte.value: "b",
    ua.VariantType.Byte.value: "B",
    ua.VariantType.Int16.value: "h",
    ua.VariantType.UInt16.value: "H",
    ua.VariantType.Int32.value: "i",
    ua.VariantType.UInt32.value: "I",
    ua.VariantType.Int64.value: "q",
    ua.VariantType.UInt64.value: "Q",
    ua.VariantType.Float.value: "f",
    ua.VariantType.Double.value: "d",
}
"""The `struct` format of each number by its built-in type."""
NUMBERS_AND_BOOLEAN: Final = {**NUMBERS, ua.VariantType.Boolean.value: "?"}
"""Likewise, for writing and for bytes known to be 0 or 1: `struct` reads any other byte as True too."""

_read_short: Final = Struct("<h").unpack_from
_LOCALE: Final = 1
_TEXT: Final = 2


def _read_null(_body: bytes, pos: int) -> tuple[None, int]:
    return None, pos


def _number_reader(code: str) -> Reader:
    number = Struct("<" + code)
    unpack, size = number.unpack_from, number.size

    def read(body: bytes, pos: int) -> tuple[Any, int]:
        return unpack(body, pos)[0], pos + size

    return read


def _number_array_reader(code: str) -> Reader:
    size = Struct("<" + code).size

    def read(body: bytes, pos: int) -> tuple[Any, int]:
        count, start = read_count(body, pos, size)
        if count < 0:
            return None, start
        return list(unpack_from(f"<{count}{code}", body, start)), start + count * size

    return read


def _read_boolean(body: bytes, pos: int) -> tuple[bool, int]:
    value = body[pos]
    if value > 1:  # asyncua takes any other byte as True, which is not what was sent
        raise UnknownEncodingError(value)
    return value == 1, pos + 1


def _read_boolean_array(body: bytes, pos: int) -> tuple[list[bool] | None, int]:
    count, start = read_count(body, pos, 1)
    if count < 0:
        return None, start
    end = start + count
    raw = body[start:end]
    if raw.strip(b"\x00\x01"):
        raise UnknownEncodingError(raw)
    return list(map(bool, raw)), end


def _read_datetime(body: bytes, pos: int) -> tuple[Any, int]:
    (filetime,) = read_int64(body, pos)
    if not 0 <= filetime <= LATEST and filetime != FOREVER:
        raise UnknownEncodingError(filetime)
    return to_datetime(filetime), pos + 8


def _read_guid(body: bytes, pos: int) -> tuple[UUID, int]:
    end = pos + 16
    if end > len(body):
        raise UnknownEncodingError(end)
    return UUID(bytes_le=body[pos:end]), end


def _read_nodeid(body: bytes, pos: int) -> tuple[ua.NodeId, int]:
    end = nodeid_end(body, pos)
    return parse_nodeid(body[pos:end]), end


def _read_status(body: bytes, pos: int) -> tuple[ua.StatusCode, int]:
    return ua.StatusCode(read_uint32(body, pos)[0]), pos + 4


def read_qualified_name(body: bytes, pos: int) -> tuple[int, str | None, int]:
    """Read a QualifiedName; return its namespace index, its name and the position after it.

    asyncua reads the index as signed: one above 32767 is left to it.
    """
    (namespace,) = _read_short(body, pos)
    if namespace < 0:
        raise UnknownEncodingError(namespace)
    name, end = read_string(body, pos + 2)
    return namespace, name, end


def _read_qualified_name(body: bytes, pos: int) -> tuple[ua.QualifiedName, int]:
    namespace, name, end = read_qualified_name(body, pos)
    return ua.QualifiedName(name, namespace), end


def _read_localized_text(body: bytes, pos: int) -> tuple[ua.LocalizedText, int]:
    mask = body[pos]
    end = pos + 1
    locale = text = None
    if mask & ~(_LOCALE | _TEXT):
        raise UnknownEncodingError(mask)
    if mask & _LOCALE:
        locale, end = read_string(body, end)
    if mask & _TEXT:
        text, end = read_string(body, end)
    return ua.LocalizedText(text, locale), end


def _array_reader(read_one: Reader, smallest: int) -> Reader:
    def read(body: bytes, pos: int) -> tuple[Any, int]:
        count, end = read_count(body, pos, smallest)
        if count < 0:
            return None, end
        values = []
        for _ in range(count):
            value, end = read_one(body, end)
            values.append(value)
        return values, end

    return read


_OTHERS: Final[dict[ua.VariantType, tuple[Reader, int]]] = {
    ua.VariantType.String: (read_string, 4),
    ua.VariantType.DateTime: (_read_datetime, 8),
    ua.VariantType.Guid: (_read_guid, 16),
    ua.VariantType.ByteString: (read_bytes, 4),
    ua.VariantType.NodeId: (_read_nodeid, 2),
    ua.VariantType.StatusCode: (_read_status, 4),
    ua.VariantType.QualifiedName: (_read_qualified_name, 6),
    ua.VariantType.LocalizedText: (_read_localized_text, 1),
}
"""Readers of the types that are no numbers, with the bytes of their smallest value."""


def _readers() -> dict[int, Reader]:
    readers: dict[int, Reader] = {0: _read_null}
    for number, code in NUMBERS.items():
        readers[number] = _number_reader(code)
        readers[number | ARRAY] = _number_array_reader(code)
    readers[ua.VariantType.Boolean.value] = _read_boolean
    readers[ua.VariantType.Boolean.value | ARRAY] = _read_boolean_array
    for variant_type, (read_one, smallest) in _OTHERS.items():
        readers[variant_type.value] = read_one
        readers[variant_type.value | ARRAY] = _array_reader(read_one, smallest)
    return readers


_READERS: Final = tuple(map(_readers().get, range(256)))


def read_variant(body: bytes, pos: int) -> tuple[int, Any, int]:
    """Read a Variant; return its encoding byte, its value (arrays as lists) and the position after it."""
    encoding = body[pos]
    read = _READERS[encoding]
    if read is None:
        raise UnknownEncodingError(encoding)
    value, end = read(body, pos + 1)
    return encoding, value, end


_TYPES: Final = tuple(ua.VariantType)


def build_variant(encoding: int, value: Any) -> ua.Variant:
    """Return asyncua's Variant of a value that `read_variant` returned."""
    variant = ua.Variant.__new__(ua.Variant)  # its initialiser would check once more what was just decoded
    variant.Value = value
    variant.VariantType = _TYPES[encoding & TYPE]
    variant.Dimensions = None
    variant.is_array = encoding >= ARRAY
    return variant
