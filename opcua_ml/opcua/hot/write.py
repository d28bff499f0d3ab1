"""Write (OPC UA Part 4, 5.11.4): requests read, responses written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from .data_value import read_data_value
from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .filetime import to_datetime
from .header import RequestHead, message_type, write_response_head
from .primitive import EMPTY, INT32, UINT32, read_count, read_string, read_uint32
from .variant_reader import build_variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .nodeid import NodeIds

WRITE_REQUEST: Final = message_type(ObjectIds.WriteRequest_Encoding_DefaultBinary)
WRITE_RESPONSE: Final = message_type(ObjectIds.WriteResponse_Encoding_DefaultBinary)

_SMALLEST_ITEM: Final = 11  # a two-byte NodeId, an attribute id, a null String, an empty DataValue


class WriteItem(NamedTuple):
    """One attribute to write.

    `encoding` is the Variant's encoding byte (0 if the value is absent or null) and `value` its value;
    `status` is None where the client sent no StatusCode, timestamps are filetimes and None likewise.
    """

    node_id: ua.NodeId
    attribute_id: int
    index_range: str | None
    encoding: int
    value: Any
    status: int | None
    source_timestamp: int | None
    server_timestamp: int | None

    def data_value(self) -> ua.DataValue:
        """Return asyncua's DataValue, in which an absent StatusCode is Good."""
        source, server = self.source_timestamp, self.server_timestamp
        return ua.DataValue(
            build_variant(self.encoding, self.value),
            ua.StatusCode(self.status or 0),  # type: ignore[arg-type]
            None if source is None else to_datetime(source),  # type: ignore[arg-type]
            None if server is None else to_datetime(server),  # type: ignore[arg-type]
        )


class WriteRequest(NamedTuple):
    """A Write: its header and the attributes to write, in the client's order."""

    head: RequestHead
    items: tuple[WriteItem, ...]

    def as_parameters(self) -> ua.WriteParameters:
        """Return asyncua's WriteParameters with the same content."""
        return ua.WriteParameters(
            [
                ua.WriteValue(item.node_id, item.attribute_id, item.index_range, item.data_value())
                for item in self.items
            ]
        )


class WriteReader:
    """Reads the Writes of one connection."""

    def __init__(self, node_ids: NodeIds) -> None:
        self._node_ids = node_ids

    def read(self, head: RequestHead, body: bytes, pos: int) -> WriteRequest:
        """Read the attributes to write, which must end where the message does."""
        count, end = read_count(body, pos, _SMALLEST_ITEM)
        if count < 0:
            raise UnknownEncodingError(count)
        items = []
        for _ in range(count):
            node_id, end = self._node_ids.read(body, end)
            (attribute_id,) = read_uint32(body, end)
            index_range, end = read_string(body, end + 4)
            *plain, end = read_data_value(body, end)
            items.append(WriteItem(node_id, attribute_id, index_range, *plain))
        if end != len(body):
            raise UnknownEncodingError(end)
        return WriteRequest(head, tuple(items))


def encode_write_response(
    request_handle: int, timestamp: int, results: Iterable[ua.StatusCode]
) -> bytes | Declined:
    """Return a good WriteResponse without diagnostics as asyncua writes it, or `DECLINED`.

    `timestamp` is the response header's, as filetime.
    """
    try:
        written = [UINT32.pack(result.value) for result in results]
        head = write_response_head(WRITE_RESPONSE, timestamp, request_handle)
        return b"".join((head, INT32.pack(len(written)), *written, EMPTY))
    except REFUSED_VALUES:
        return DECLINED
