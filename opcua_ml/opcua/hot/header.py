"""Request and response headers (OPC UA Part 4, 7.32 and 7.33)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from asyncua import ua

from .declined import UnknownEncodingError
from .filetime import to_datetime
from .primitive import read_string

if TYPE_CHECKING:
    from .nodeid import NodeIds

TYPE_SIZE: Final = 4
"""Bytes of a message's type as a four-byte NodeId, which is how every stack writes it."""

NO_ADDITIONAL_HEADER: Final = b"\x00\x00\x00"

_REQUEST_HEADER: Final = Struct("<qIIiI3s")
_BEFORE_AUDIT_ENTRY: Final = Struct("<qII")
_AFTER_AUDIT_ENTRY: Final = Struct("<I3s")
_RESPONSE_HEADER: Final = Struct("<4sqIIBi3s")


def message_type(encoding_id: int) -> bytes:
    """Return the bytes with which a message of this DefaultBinary encoding id starts."""
    return Struct("<BBH").pack(ua.NodeIdType.FourByte, 0, encoding_id)


class RequestHead(NamedTuple):
    """What a request says before its parameters.

    `timestamp` is filetime, `timeout_hint` milliseconds. `authentication_token` is as a rule the same object
    at every request of a connection, so that an identity check mostly spares a comparison.
    """

    authentication_token: ua.NodeId
    timestamp: int
    request_handle: int
    return_diagnostics: int
    audit_entry_id: str | None
    timeout_hint: int

    def as_header(self) -> ua.RequestHeader:
        """Return asyncua's RequestHeader with the same content."""
        return ua.RequestHeader(
            self.authentication_token,
            to_datetime(self.timestamp),
            self.request_handle,
            self.return_diagnostics,
            self.audit_entry_id,
            self.timeout_hint,
        )


def read_request_head(body: bytes, node_ids: NodeIds) -> tuple[RequestHead, int]:
    """Read the header after the message's type; return it and the position after it."""
    token, start = node_ids.read(body, TYPE_SIZE)
    timestamp, handle, diagnostics, audit, hint, additional = _REQUEST_HEADER.unpack_from(body, start)
    end = start + _REQUEST_HEADER.size
    audit_entry_id = None
    if audit >= 0:
        before = start + _BEFORE_AUDIT_ENTRY.size
        audit_entry_id, after = read_string(body, before)
        hint, additional = _AFTER_AUDIT_ENTRY.unpack_from(body, after)
        end = after + _AFTER_AUDIT_ENTRY.size
    elif audit != -1:
        raise UnknownEncodingError(audit)
    if additional != NO_ADDITIONAL_HEADER:
        raise UnknownEncodingError(additional)
    return RequestHead(token, timestamp, handle, diagnostics, audit_entry_id, hint), end


def write_response_head(
    type_bytes: bytes, timestamp: int, request_handle: int, service_result: int = 0
) -> bytes:
    """Return a response's type and header: no diagnostics, an empty string table, no additional header."""
    return _RESPONSE_HEADER.pack(
        type_bytes, timestamp, request_handle, service_result, 0, 0, NO_ADDITIONAL_HEADER
    )


def read_response_head(body: bytes, type_bytes: bytes) -> tuple[int, int, int]:
    """Read a good response's header; return its timestamp, request handle and the position after it."""
    found, timestamp, handle, result, diagnostics, strings, additional = _RESPONSE_HEADER.unpack_from(body)
    if found != type_bytes or result or diagnostics or additional != NO_ADDITIONAL_HEADER:
        raise UnknownEncodingError(found)
    if strings not in (0, -1):
        raise UnknownEncodingError(strings)
    return timestamp, handle, _RESPONSE_HEADER.size
