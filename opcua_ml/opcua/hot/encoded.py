"""DataValues that are bytes already: made for many numbers at once, cut to timestamps, marked with info bits.

A DataValue's fields after its value have fixed lengths (OPC UA Part 6, 5.2.2.17), so that they are found from
its end and nothing has to be decoded. Encoded once with both timestamps, a value serves every client.
"""

from __future__ import annotations

from struct import Struct, pack, unpack
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .data_value import SERVER, SOURCE, STATUS, VALUE, WHOLE
from .primitive import UINT32
from .variant_reader import NUMBERS_AND_BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Sequence

_NO_SOURCE: Final = SOURCE | 0x10
_NO_SERVER: Final = SERVER | 0x20
_TRAILING: Final = ((0x20, 2), (0x10, 2), (SERVER, 8), (SOURCE, 8), (STATUS, 4))
"""Fields after the value from the last one on, as asyncua writes them, and their lengths."""
_SOURCE_ONLY, _SERVER_ONLY, _BOTH, _NEITHER = range(4)
_AFTER_NUMBER: Final = Struct("<Iqq")
_FLOAT: Final = 10
_MANY: Final = 24
"""From here on a table of numpy is faster than slices."""


class _Layout:
    """A whole DataValue of one kind of number."""

    def __init__(self, kind: int, code: str) -> None:
        self.code = code
        self.head = bytes((WHOLE, kind))
        self.number = Struct("<" + code).size
        size = 2 + self.number + _AFTER_NUMBER.size
        self.split = Struct(f"{size}s").iter_unpack
        self.rows = np.dtype(
            [("head", "S2"), ("number", f"V{self.number}"), ("tail", f"V{_AFTER_NUMBER.size}")]
        )


_LAYOUTS: Final = {kind: _Layout(kind, code) for kind, code in NUMBERS_AND_BOOLEAN.items()}


def encode_numbers(
    kind: int, numbers: Sequence[Any], status: int, source: int, server: int
) -> tuple[Sequence[Any], list[bytes]]:
    """Return numbers as a client decodes them, and each one's whole DataValue.

    `kind` is a VariantType of fixed length; `source` and `server` are filetimes. Raises `struct.error` for a
    number that its type can't hold.
    """
    layout = _LAYOUTS[kind]
    count, size = len(numbers), layout.number
    packed = pack(f"<{count}{layout.code}", *numbers)
    tail = _AFTER_NUMBER.pack(status, source, server)
    if count < _MANY:
        head = layout.head
        encoded = [head + packed[start : start + size] + tail for start in range(0, count * size, size)]
    else:
        table = np.empty(count, layout.rows)
        table["head"] = layout.head
        table["number"] = np.frombuffer(packed, f"V{size}")
        table["tail"] = np.void(tail)
        encoded = [one for (one,) in layout.split(table.tobytes())]
    return (unpack(f"<{count}f", packed) if kind == _FLOAT else numbers), encoded


def with_timestamps(data: bytes, timestamps: int, *, is_value: bool = True) -> bytes:
    """Return a DataValue without the timestamps that TimestampsToReturn leaves out; nothing is added.

    Attributes other than Value have no source timestamp.
    """
    mask = data[0]
    drop = 0
    if timestamps in (_SERVER_ONLY, _NEITHER) or not is_value:
        drop = mask & _NO_SOURCE
    if timestamps in (_SOURCE_ONLY, _NEITHER):
        drop |= mask & _NO_SERVER
    if not drop:
        return data
    kept: list[bytes] = []
    end = len(data)
    for bit, size in _TRAILING[:4]:
        if mask & bit:
            if not drop & bit:
                kept.append(data[end - size : end])
            end -= size
    kept.append(data[1:end])
    kept.append(bytes((mask & ~drop,)))
    return b"".join(reversed(kept))


def with_info_bits(data: bytes, bits: int) -> bytes:
    """Return a DataValue with these bits set in its StatusCode, which is Good where it is absent."""
    mask = data[0]
    end = len(data) - sum(size for bit, size in _TRAILING[:4] if mask & bit)
    if not mask & STATUS:
        return bytes((mask | STATUS,)) + data[1:end] + UINT32.pack(bits) + data[end:]
    (code,) = UINT32.unpack_from(data, end - 4)
    return data[: end - 4] + UINT32.pack(code | bits) + data[end:]


def variant_of(data: bytes) -> bytes:
    """Return the bytes of the value alone, as a Variant; none where there is no value."""
    mask = data[0]
    if not mask & VALUE:
        return b""
    return data[1 : len(data) - sum(size for bit, size in _TRAILING if mask & bit)]
