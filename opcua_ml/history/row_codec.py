"""The values of a row as bytes: numbers at fixed places, texts and arrays behind them.

One byte of flags; with bit 0 four bytes of StatusCode for each column, else all have the row's; with bit 1 a
bit for each column that has no value; then the numbers, little-endian, in the order of their columns; then
each text and array with its length in bytes before it.
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.domain.signature import FLOATING, INTEGER_LIMITS, DataType
from opcua_ml.domain.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.history.record import Column, Layout
    from opcua_ml.domain.sample import Value

_CODES: Final = {
    DataType.BOOLEAN: "?",
    DataType.SBYTE: "b",
    DataType.BYTE: "B",
    DataType.INT16: "h",
    DataType.UINT16: "H",
    DataType.INT32: "i",
    DataType.UINT32: "I",
    DataType.INT64: "q",
    DataType.UINT64: "Q",
    DataType.FLOAT: "f",
    DataType.DOUBLE: "d",
}
_STATUSES: Final = 1
_ABSENT: Final = 2
_LENGTH: Final = struct.Struct("<I")


class RowCodec:
    """Of one layout.

    Args:
        layout: whose columns are written in this order.
    """

    def __init__(self, layout: Layout) -> None:
        self._columns = layout.columns
        self._number = len(layout.columns)
        self._fixed = [place for place, column in enumerate(layout.columns) if _is_fixed(column)]
        self._variable = [place for place, column in enumerate(layout.columns) if not _is_fixed(column)]
        codes = [_CODES[layout.columns[place].data_type] for place in self._fixed]
        self._struct = struct.Struct("<" + "".join(codes))
        self._offsets = {
            place: struct.calcsize("<" + "".join(codes[:index])) for index, place in enumerate(self._fixed)
        }
        self._mask_size = (self._number + 7) // 8
        self._statuses = struct.Struct(f"<{self._number}I")

    def data_type(self, place: int) -> DataType:
        """Of one column."""
        return self._columns[place].data_type

    def encode(self, values: Sequence[Value | None], statuses: Sequence[int], status: int) -> bytes:
        """One row; a value that does not fit its type becomes none, and Bad.

        Args:
            values: one for each column.
            statuses: one for each column.
            status: of the row.
        """
        try:
            return self._encoded(values, statuses, status)
        except (struct.error, OverflowError, TypeError, ValueError):
            fitting = [_fits(column, value) for column, value in zip(self._columns, values, strict=True)]
            kept = [value if fits else None for value, fits in zip(values, fitting, strict=True)]
            codes = [
                code if fits else Status.BadTypeMismatch for code, fits in zip(statuses, fitting, strict=True)
            ]
            return self._encoded(kept, codes, status)

    def decode(self, data: bytes, status: int, place: int) -> tuple[Value | None, int]:
        """Value and StatusCode of one column; BadDataLost where the bytes are not a row as it was written."""
        try:
            return self._decoded(data, status, place)
        except (struct.error, IndexError, ValueError, TypeError, RecursionError):
            return None, Status.BadDataLost

    def _encoded(self, values: Sequence[Value | None], statuses: Sequence[int], status: int) -> bytes:
        flags, parts = 0, [b""]
        if any(code != status for code in statuses):
            flags |= _STATUSES
            parts.append(self._statuses.pack(*statuses))
        if None in values:
            flags |= _ABSENT
            mask = sum(1 << place for place, value in enumerate(values) if value is None)
            parts.append(mask.to_bytes(self._mask_size, "little"))
            parts.append(self._struct.pack(*(values[place] or 0 for place in self._fixed)))
        else:
            parts.append(self._struct.pack(*(values[place] for place in self._fixed)))
        for place in self._variable:
            content = _written(self._columns[place], values[place])
            parts += [_LENGTH.pack(len(content)), content]
        parts[0] = bytes((flags,))
        return b"".join(parts)

    def _decoded(self, data: bytes, status: int, place: int) -> tuple[Value | None, int]:
        flags, at = data[0], 1
        if flags & ~(_STATUSES | _ABSENT):
            raise ValueError(flags)
        if flags & _STATUSES:
            (status,) = _LENGTH.unpack_from(data, at + 4 * place)
            at += self._statuses.size
        if flags & _ABSENT:
            absent = data[at + place // 8] >> place % 8 & 1
            at += self._mask_size
            if absent:
                return None, status
        offset = self._offsets.get(place)
        if offset is not None:
            code = _CODES[self._columns[place].data_type]
            return _unpacker(code)(data, at + offset)[0], status
        at += self._struct.size
        for other in self._variable:
            (length,) = _LENGTH.unpack_from(data, at)
            if other == place:
                content = data[at + 4 : at + 4 + length]
                if len(content) != length:
                    raise IndexError(place)
                return _read(self._columns[place], content), status
            at += 4 + length
        raise IndexError(place)


@lru_cache(maxsize=32)
def _unpacker(code: str) -> Any:
    return struct.Struct("<" + code).unpack_from


def _is_fixed(column: Column) -> bool:
    return not column.is_array and column.data_type is not DataType.STRING


def _written(column: Column, value: Any) -> bytes:
    if value is None:
        return b""
    if not column.is_array:
        return str(value).encode("utf-8", "surrogatepass")
    if column.data_type is DataType.STRING:
        return json.dumps(list(value), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return struct.pack(f"<{len(value)}{_CODES[column.data_type]}", *value)


def _read(column: Column, content: bytes) -> Value:
    if not column.is_array:
        return content.decode("utf-8", "surrogatepass")
    if column.data_type is DataType.STRING:
        return tuple(json.loads(content.decode("utf-8", "surrogatepass")))
    code = _CODES[column.data_type]
    return struct.unpack(f"<{len(content) // struct.calcsize('<' + code)}{code}", content)


def _fits(column: Column, value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, tuple) != column.is_array:
        return False
    return all(_is_of(column.data_type, item) for item in (value if column.is_array else (value,)))


def _is_of(data_type: DataType, item: Any) -> bool:
    if data_type in INTEGER_LIMITS:
        low, high = INTEGER_LIMITS[data_type]
        return isinstance(item, int) and low <= item <= high
    if data_type is DataType.FLOAT:
        try:
            struct.pack("<f", item)
        except (struct.error, OverflowError):
            return False
        return True
    if data_type in FLOATING:
        return isinstance(item, int | float)
    return isinstance(item, bool if data_type is DataType.BOOLEAN else str)
