"""NodeIds in requests: all six encodings (OPC UA Part 6, 5.2.2.9), remembered by their bytes.

A client names the same few nodes all day, so a connection keeps the NodeId objects it has built and finds
them again by the bytes on the wire. Expanded NodeIds (a namespace URI or server index) are left to asyncua.
"""

from __future__ import annotations

from struct import Struct
from typing import Final
from uuid import UUID

from asyncua import ua

from .declined import UnknownEncodingError
from .primitive import read_int32

_FIXED_SIZES: Final = {0: 2, 1: 4, 2: 7, 4: 19}
_TYPES: Final = tuple(ua.NodeIdType)
_STRING: Final = 3
_OPAQUE: Final = 5

_read_four_byte: Final = Struct("<BH").unpack_from
_read_numeric: Final = Struct("<HI").unpack_from
_read_namespace: Final = Struct("<H").unpack_from


def nodeid_end(body: bytes, start: int) -> int:
    """Return where the NodeId at `start` ends, which may be past the end of a truncated message."""
    encoding = body[start]
    size = _FIXED_SIZES.get(encoding)
    if size is None:
        if encoding not in (_STRING, _OPAQUE):
            raise UnknownEncodingError(encoding)
        (length,) = read_int32(body, start + 3)
        if length < 0:
            raise UnknownEncodingError(length)
        size = 7 + length
    return start + size


def parse_nodeid(wire: bytes) -> ua.NodeId:
    """Build the NodeId whose whole encoding is `wire`."""
    if nodeid_end(wire, 0) != len(wire):
        raise UnknownEncodingError(wire)
    encoding = wire[0]
    identifier: int | str | bytes | UUID
    if encoding == 0:
        namespace, identifier = 0, wire[1]
    elif encoding == 1:
        namespace, identifier = _read_four_byte(wire, 1)
    elif encoding == 2:
        namespace, identifier = _read_numeric(wire, 1)
    else:
        (namespace,) = _read_namespace(wire, 1)
        if encoding == _STRING:
            identifier = wire[7:].decode()
        elif encoding == _OPAQUE:
            identifier = wire[7:]
        else:
            identifier = UUID(bytes_le=wire[3:])
    node_id = ua.NodeId.__new__(ua.NodeId)  # its initialiser would check once more what was just decoded
    node_id.Identifier = identifier  # type: ignore[assignment]
    node_id.NamespaceIndex = namespace  # type: ignore[assignment]
    node_id.NodeIdType = _TYPES[encoding]
    return node_id


class NodeIds:
    """The NodeIds one connection has named, found by their bytes.

    Bounded: at most `capacity` of them, none longer than `longest` bytes; when full it starts anew. The
    objects are shared between requests and must not be changed.
    """

    def __init__(self, capacity: int = 2048, longest: int = 128) -> None:
        self._capacity = capacity
        self._longest = longest
        self._known: dict[bytes, ua.NodeId] = {}

    def __len__(self) -> int:
        return len(self._known)

    def read(self, body: bytes, start: int) -> tuple[ua.NodeId, int]:
        """Read the NodeId at `start`; return it and the position after it."""
        end = nodeid_end(body, start)
        wire = body[start:end]
        node_id = self._known.get(wire)
        if node_id is None:
            node_id = self._learn(wire)
        return node_id, end

    def _learn(self, wire: bytes) -> ua.NodeId:
        node_id = parse_nodeid(wire)
        if len(wire) <= self._longest:
            if len(self._known) >= self._capacity:
                self._known.clear()
            self._known[wire] = node_id
        return node_id
