"""Readers of the primitives that others are made of: integers, String and ByteString (OPC UA Part 6, 5.2.2).

Every reader takes the whole message and a position, and returns the value and the position after it. Lengths
are held against the bytes that are really there; nothing is ever allocated by a claimed length.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from .declined import UnknownEncodingError

INT32: Final = Struct("<i")
UINT32: Final = Struct("<I")

read_int32: Final = INT32.unpack_from
read_uint32: Final = UINT32.unpack_from
read_int64: Final = Struct("<q").unpack_from

NULL: Final = b"\xff\xff\xff\xff"
"""The length of a null String, ByteString or array."""
EMPTY: Final = b"\x00\x00\x00\x00"
"""The length of an empty String, ByteString or array."""


def read_bytes(body: bytes, pos: int) -> tuple[bytes | None, int]:
    """Read a ByteString; a length of -1 is null, any other negative length is unknown."""
    (length,) = read_int32(body, pos)
    start = pos + 4
    if length <= 0:
        if length == 0:
            return b"", start
        if length == -1:
            return None, start
        raise UnknownEncodingError(length)
    end = start + length
    if end > len(body):
        raise UnknownEncodingError(end)
    return body[start:end], end


def read_string(body: bytes, pos: int) -> tuple[str | None, int]:
    """Read a String, which must be valid UTF-8: what is not, asyncua lets through as surrogates."""
    raw, end = read_bytes(body, pos)
    return None if raw is None else raw.decode(), end


def read_count(body: bytes, pos: int, smallest: int) -> tuple[int, int]:
    """Read an array's length, -1 for null; there must be `smallest` bytes for each element."""
    (count,) = read_int32(body, pos)
    start = pos + 4
    if count < -1 or count * smallest > len(body) - start:
        raise UnknownEncodingError(count)
    return count, start


def encode_string(text: str | None) -> bytes:
    """Encode a String; raises UnicodeEncodeError on lone surrogates, TypeError on anything but a str."""
    if text is None:
        return NULL
    if not isinstance(text, str):
        raise TypeError(text)
    raw = text.encode()
    return INT32.pack(len(raw)) + raw


def encode_bytes(raw: bytes | None) -> bytes:
    """Encode a ByteString; raises TypeError on anything but bytes."""
    if raw is None:
        return NULL
    if not isinstance(raw, bytes):
        raise TypeError(raw)
    return INT32.pack(len(raw)) + raw
