"""Variants as they leave, byte for byte as asyncua writes them (OPC UA Part 6, 5.2.2.16).

The types known are those of `variant_reader`. A Variant whose value is not of its type's own Python type is
left to asyncua, which may coerce or refuse it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from struct import Struct, pack
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from asyncua import ua
from asyncua.ua.ua_binary import nodeid_to_binary

from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .filetime import to_filetime
from .primitive import INT32, NULL, UINT32, encode_bytes, encode_string
from .variant_reader import ARRAY, NUMBERS_AND_BOOLEAN

if TYPE_CHECKING:
    from datetime import datetime

Writer = Callable[[Any], bytes]


def _write_null(value: Any) -> bytes:
    if value is not None:
        raise UnknownEncodingError(value)
    return b""


def _encode_datetime(moment: datetime) -> bytes:
    return pack("<q", to_filetime(moment))


def _encode_guid(guid: Any) -> bytes:
    if not isinstance(guid, UUID):
        raise TypeError(guid)
    return guid.bytes_le


def _encode_nodeid(node_id: Any) -> bytes:
    if not isinstance(node_id, ua.NodeId) or isinstance(node_id, ua.ExpandedNodeId):
        raise TypeError(node_id)
    return bytes(nodeid_to_binary(node_id))


def _encode_status(status: Any) -> bytes:
    if type(status) is not ua.StatusCode:
        raise TypeError(status)
    return UINT32.pack(status.value)


def _encode_qualified_name(name: Any) -> bytes:
    if type(name) is not ua.QualifiedName:
        raise TypeError(name)
    return pack("<h", name.NamespaceIndex) + encode_string(name.Name)


def _encode_localized_text(text: Any) -> bytes:
    if not isinstance(text, ua.LocalizedText):
        raise TypeError(text)
    locale = b"" if text.Locale is None else encode_string(text.Locale)
    words = b"" if text.Text is None else encode_string(text.Text)
    return bytes((bool(locale) | bool(words) << 1,)) + locale + words


_OTHERS: Final[dict[ua.VariantType, Writer]] = {
    ua.VariantType.String: encode_string,
    ua.VariantType.DateTime: _encode_datetime,
    ua.VariantType.Guid: _encode_guid,
    ua.VariantType.ByteString: encode_bytes,
    ua.VariantType.NodeId: _encode_nodeid,
    ua.VariantType.StatusCode: _encode_status,
    ua.VariantType.QualifiedName: _encode_qualified_name,
    ua.VariantType.LocalizedText: _encode_localized_text,
}


def _number_writer(number: int, code: str) -> Writer:
    pack_number = Struct("<B" + code).pack

    def write(value: Any) -> bytes:
        return pack_number(number, value)

    return write


def _number_array_writer(number: int, code: str) -> Writer:
    encoding = number | ARRAY

    def write(values: Sequence[Any]) -> bytes:
        return pack(f"<Bi{len(values)}{code}", encoding, len(values), *values)

    return write


def _other_writer(number: int, encode_one: Writer) -> Writer:
    encoding = bytes((number,))

    def write(value: Any) -> bytes:
        return encoding + encode_one(value)

    return write


def _other_array_writer(number: int, encode_one: Writer) -> Writer:
    encoding = bytes((number | ARRAY,))

    def write(values: Sequence[Any]) -> bytes:
        return encoding + INT32.pack(len(values)) + b"".join(map(encode_one, values))

    return write


def _decline(value: Any) -> bytes:
    raise UnknownEncodingError(value)


def _writers() -> tuple[list[Writer], list[Writer]]:
    scalars: list[Writer] = [_decline] * len(ua.VariantType)
    arrays: list[Writer] = [_decline] * len(ua.VariantType)
    scalars[0] = _other_writer(0, _write_null)
    for number, code in NUMBERS_AND_BOOLEAN.items():
        scalars[number] = _number_writer(number, code)
        arrays[number] = _number_array_writer(number, code)
    for variant_type, encode_one in _OTHERS.items():
        scalars[variant_type] = _other_writer(variant_type.value, encode_one)
        arrays[variant_type] = _other_array_writer(variant_type.value, encode_one)
    return scalars, arrays


_SCALARS, _ARRAYS = _writers()


def variant_writer(variant_type: ua.VariantType, length: int | None = None) -> Writer:
    """Return what writes a value of this type, or `length` of them, as `write_variant` does its Variant.

    It raises one of `REFUSED_VALUES` for a value that does not fit, or another number of them.
    """
    if length is None:
        return _SCALARS[variant_type]
    code = NUMBERS_AND_BOOLEAN.get(variant_type.value)
    if code is None:
        return _counted(_ARRAYS[variant_type], length)
    encoding, pack_all = variant_type.value | ARRAY, Struct(f"<Bi{length}{code}").pack

    def write(values: Sequence[Any]) -> bytes:
        return pack_all(encoding, length, *values)

    return write


def variants_writer(kinds: Sequence[tuple[ua.VariantType, int | None]]) -> Callable[[Sequence[Any]], bytes]:
    """Return what writes values of these types and lengths, one after another, in one step if it can.

    It raises one of `REFUSED_VALUES` as `variant_writer` does, and for another number of values.
    """
    codes = [NUMBERS_AND_BOOLEAN.get(kind.value) for kind, _ in kinds]
    if None in codes:
        writers = [variant_writer(kind, length) for kind, length in kinds]
        return lambda values: b"".join([write(value) for write, value in zip(writers, values, strict=True)])
    template: list[Any] = []
    places: list[slice] = []
    layout = "<"
    for (kind, length), code in zip(kinds, codes, strict=True):
        template += [kind.value] if length is None else [kind.value | ARRAY, length]
        layout += f"B{code}" if length is None else f"Bi{length}{code}"
        size = 1 if length is None else length
        places.append(slice(len(template), len(template) + size))
        template += [0] * size
    pack_all, width = Struct(layout).pack, len(template)
    scalars = [(place.start, index) for index, place in enumerate(places) if kinds[index][1] is None]
    arrays = [(place, index) for index, place in enumerate(places) if kinds[index][1] is not None]
    count = len(kinds)

    def write(values: Sequence[Any]) -> bytes:
        if len(values) != count:
            raise ValueError(len(values))
        row = template.copy()
        for start, index in scalars:
            row[start] = values[index]
        for place, index in arrays:
            row[place] = values[index]
            if len(row) != width:
                raise ValueError(len(row))
        return pack_all(*row)

    return write


def _counted(write_any: Writer, length: int) -> Writer:
    def write(values: Sequence[Any]) -> bytes:
        if len(values) != length:
            raise ValueError(len(values))
        return write_any(values)

    return write


def write_variant(variant: ua.Variant) -> bytes:
    """Return the bytes of `variant`; raise one of `REFUSED_VALUES` where asyncua should do it."""
    value = variant.Value
    if variant.is_array or type(value) in (list, tuple):
        return _write_array(variant, value)
    return _SCALARS[variant.VariantType](value)


def _write_array(variant: ua.Variant, values: Any) -> bytes:
    write = _ARRAYS[variant.VariantType]
    if variant.Dimensions is not None or write is _decline:
        raise UnknownEncodingError(variant)
    if values is None:
        return bytes((variant.VariantType | ARRAY,)) + NULL
    if type(values) not in (list, tuple):
        raise UnknownEncodingError(values)
    return write(values)


def encode_variant(variant: ua.Variant) -> bytes | Declined:
    """Return `variant` as asyncua's `variant_to_binary` writes it, or `DECLINED`."""
    try:
        return write_variant(variant)
    except REFUSED_VALUES:
        return DECLINED
