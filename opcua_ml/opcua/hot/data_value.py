"""DataValues without picoseconds (OPC UA Part 6, 5.2.2.17): read into plain values, written from asyncua's.

Picoseconds are left to asyncua: it writes them after both timestamps, where the standard puts them between.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua

from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .filetime import to_filetime
from .primitive import UINT32, read_int64, read_uint32
from .variant_reader import NUMBERS_AND_BOOLEAN, read_variant
from .variant_writer import write_variant

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

VALUE: Final = 0x01
STATUS: Final = 0x02
SOURCE: Final = 0x04
SERVER: Final = 0x08
WHOLE: Final = VALUE | STATUS | SOURCE | SERVER
"""The encoding mask of a DataValue that has everything but picoseconds."""

_pack_timestamp: Final = Struct("<q").pack

PlainDataValue = tuple[int, Any, int | None, int | None, int | None, int]
"""A Variant's encoding byte (0 if absent) and value, StatusCode, source and server timestamp as filetime
(None if absent), and the position after them."""


def read_data_value(body: bytes, pos: int) -> PlainDataValue:
    """Read a DataValue into plain values."""
    mask = body[pos]
    pos += 1
    if mask > WHOLE:
        raise UnknownEncodingError(mask)
    encoding, value, status, source, server = 0, None, None, None, None
    if mask & VALUE:
        encoding, value, pos = read_variant(body, pos)
    if mask & STATUS:
        (status,) = read_uint32(body, pos)
        pos += 4
    if mask & SOURCE:
        (source,) = read_int64(body, pos)
        pos += 8
    if mask & SERVER:
        (server,) = read_int64(body, pos)
        pos += 8
    return encoding, value, status, source, server, pos


def _whole_writers() -> list[Callable[..., bytes] | None]:
    writers: list[Callable[..., bytes] | None] = [None] * len(ua.VariantType)
    for number, code in NUMBERS_AND_BOOLEAN.items():
        writers[number] = Struct(f"<BB{code}Iqq").pack
    return writers


_WHOLE: Final = _whole_writers()


def write_data_value(data_value: ua.DataValue, stamp: Callable[[datetime], int] = to_filetime) -> bytes:
    """Return the bytes of `data_value`, its timestamps converted by `stamp`.

    Raises one of `REFUSED_VALUES` where asyncua should do it.
    """
    if type(data_value) is not ua.DataValue:
        raise UnknownEncodingError(data_value)
    if data_value.SourcePicoseconds is not None or data_value.ServerPicoseconds is not None:
        raise UnknownEncodingError(data_value)
    variant = data_value.Value
    status = data_value.StatusCode
    source = data_value.SourceTimestamp
    server = data_value.ServerTimestamp
    if variant is not None and status is not None and source is not None and server is not None:
        pack = None if variant.is_array else _WHOLE[variant.VariantType]
        if pack is not None:
            return pack(WHOLE, variant.VariantType, variant.Value, status.value, stamp(source), stamp(server))
    return _write_parts(variant, status, source, server)


def _write_parts(variant: Any, status: Any, source: Any, server: Any) -> bytes:
    mask = 0
    parts = [b""]
    if variant is not None:
        mask |= VALUE
        parts.append(write_variant(variant))
    if status is not None:
        mask |= STATUS
        parts.append(UINT32.pack(status.value))
    if source is not None:
        mask |= SOURCE
        parts.append(_pack_timestamp(to_filetime(source)))
    if server is not None:
        mask |= SERVER
        parts.append(_pack_timestamp(to_filetime(server)))
    parts[0] = bytes((mask,))
    return b"".join(parts)


def encode_data_value(data_value: ua.DataValue) -> bytes | Declined:
    """Return `data_value` as asyncua's `struct_to_binary` writes it, or `DECLINED`."""
    try:
        return write_data_value(data_value)
    except REFUSED_VALUES:
        return DECLINED


class DataValueShape:
    """Writes whole DataValues of one scalar type: value, status and both timestamps, in one step.

    For who has the values at hand, such as a model's outputs, and needs no `ua.DataValue` for them. Raises
    ValueError for a type whose values have no fixed length.
    """

    def __init__(self, variant_type: ua.VariantType) -> None:
        pack = _WHOLE[variant_type]
        if pack is None:
            raise ValueError(
                f"{variant_type.name} has no fixed length on the wire: wanted Boolean or a number."
            )
        self.variant_type: Final = variant_type
        self._pack = pack
        self._number = variant_type.value

    def encode(self, value: Any, status: int, source: int, server: int) -> bytes | Declined:
        """Return the DataValue's bytes; `status` is a StatusCode, `source` and `server` are filetimes."""
        try:
            return self._pack(WHOLE, self._number, value, status, source, server)
        except REFUSED_VALUES:
            return DECLINED
