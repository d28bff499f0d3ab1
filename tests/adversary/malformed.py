"""Message bodies that no honest encoder makes.

Source of the encodings: OPC UA Part 6, 5.2.2.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary

if TYPE_CHECKING:
    from tests.adversary.wire import RawClient

VALUE = 13


def header_of(client: RawClient, request: Any) -> bytes:
    """The encoded type and header of a request of this client's session."""
    if client.session is not None:
        request.RequestHeader.AuthenticationToken = client.session.token
    return nodeid_to_binary(request.TypeId) + struct_to_binary(request.RequestHeader)


def write_of(client: RawClient, node: ua.NodeId, variant: bytes) -> bytes:
    """A Write of one value whose Variant is these bytes."""
    item = nodeid_to_binary(node) + struct.pack("<Ii", VALUE, -1) + b"\x01" + variant
    return header_of(client, ua.WriteRequest()) + struct.pack("<i", 1) + item


def nested_variants(depth: int) -> bytes:
    """A Variant in a Variant in a Variant."""
    return b"\x18" * depth + b"\x01\x01"


def nested_arrays(depth: int) -> bytes:
    """Arrays of one Variant each."""
    return (b"\x98" + struct.pack("<i", 1)) * depth + b"\x01\x01"


def nested_diagnostics(depth: int) -> bytes:
    """A Variant of a DiagnosticInfo with inner ones."""
    return b"\x19" + b"\x40" * depth + b"\x00"


def nested_data_values(depth: int) -> bytes:
    """A Variant of a DataValue of a Variant of a DataValue."""
    return b"\x17\x01" * depth + b"\x01\x01"


def nested_structures(depth: int) -> bytes:
    """LiteralOperands in one another: an ExtensionObject with a Variant with an ExtensionObject."""
    inner = b"\x01\x01"
    for _ in range(depth):
        body = inner
        type_id = nodeid_to_binary(ua.FourByteNodeId(ua.Int32(597)))
        inner = b"\x16" + type_id + b"\x01" + struct.pack("<i", len(body)) + body
    return inner


def array(kind: int, length: int, data: bytes = b"") -> bytes:
    """An array Variant that claims a length."""
    return bytes([kind | 0x80]) + struct.pack("<i", length) + data


def matrix(kind: int, length: int, data: bytes, *dimensions: int) -> bytes:
    """An array Variant that claims a length and dimensions."""
    claimed = struct.pack(f"<i{len(dimensions)}i", len(dimensions), *dimensions)
    return bytes([kind | 0xC0]) + struct.pack("<i", length) + data + claimed
