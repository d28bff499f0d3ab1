"""Read (OPC UA Part 4, 5.11.2): requests read, responses written.

Clients that poll send the same request again and again. A connection therefore keeps what the bytes after the
request header said, and finds it by those bytes.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from .data_value import write_data_value
from .declined import DECLINED, REFUSED_VALUES, Declined, UnknownEncodingError
from .filetime import remember_filetimes
from .header import RequestHead, message_type, write_response_head
from .primitive import EMPTY, INT32, read_count, read_string
from .variant_reader import read_qualified_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .nodeid import NodeIds

READ_REQUEST: Final = message_type(ObjectIds.ReadRequest_Encoding_DefaultBinary)
READ_RESPONSE: Final = message_type(ObjectIds.ReadResponse_Encoding_DefaultBinary)

_PARAMETERS: Final = Struct("<di")
_SMALLEST_ITEM: Final = 16  # a two-byte NodeId, an attribute id, a null String and a QualifiedName
_PLAIN_ITEM: Final = Struct("<I10s")
_NO_INDEX_RANGE_NO_ENCODING: Final = b"\xff\xff\xff\xff\x00\x00\xff\xff\xff\xff"

_PART: Final = 128
"""Items that are read without a glance at who else asks."""
_UNENCODED: Final = (0, None)
_NO_ENCODING: Final = ua.QualifiedName(None, 0)
"""Shared by all who name no DataEncoding: to make one takes longer than all else of an item."""

_stamp: Final = remember_filetimes()


class ReadItem(NamedTuple):
    """One attribute to read: a ReadValueId, its DataEncoding as namespace index and name."""

    node_id: ua.NodeId
    attribute_id: int
    index_range: str | None
    data_encoding: tuple[int, str | None]


class ReadPlan(NamedTuple):
    """What a Read asks for.

    `wire` is the bytes that said so, a key for what the server resolved them to. `max_age` is in
    milliseconds, `timestamps_to_return` a TimestampsToReturn. Shared by all requests of the same bytes.
    """

    wire: bytes
    max_age: float
    timestamps_to_return: int
    items: tuple[ReadItem, ...]


class ReadRequest(NamedTuple):
    """A Read: its header and what it asks for."""

    head: RequestHead
    plan: ReadPlan

    def as_parameters(self) -> ua.ReadParameters:
        """Return asyncua's ReadParameters with the same content."""
        plan = self.plan
        return ua.ReadParameters(
            plan.max_age,
            ua.TimestampsToReturn(plan.timestamps_to_return),
            [
                ua.ReadValueId(
                    item.node_id,
                    item.attribute_id,
                    item.index_range,
                    _NO_ENCODING
                    if item.data_encoding == _UNENCODED
                    else ua.QualifiedName(item.data_encoding[1], item.data_encoding[0]),
                )
                for item in plan.items
            ],
        )


class ReadReader:
    """Reads the Reads of one connection.

    It keeps at most `capacity` plans of together `budget` bytes on the wire, then starts anew. `glance` is
    called between two parts of a long request.
    """

    def __init__(
        self,
        node_ids: NodeIds,
        capacity: int = 64,
        budget: int = 131_072,
        glance: Callable[[], object] = lambda: None,
    ) -> None:
        self._node_ids = node_ids
        self._glance = glance
        self._capacity = capacity
        self._budget = budget
        self._kept = 0
        self._plans: dict[bytes, ReadPlan] = {}

    def read(self, head: RequestHead, body: bytes, pos: int) -> ReadRequest:
        """Read what is asked for, which must end where the message does."""
        wire = body[pos:]
        plan = self._plans.get(wire)
        if plan is None:
            plan = self._read_plan(wire)
        return ReadRequest(head, plan)

    def _read_plan(self, wire: bytes) -> ReadPlan:
        max_age, timestamps = _PARAMETERS.unpack_from(wire)
        if not 0 <= timestamps <= ua.TimestampsToReturn.Neither:
            raise UnknownEncodingError(timestamps)
        count, pos = read_count(wire, _PARAMETERS.size, _SMALLEST_ITEM)
        if count < 0:
            raise UnknownEncodingError(count)
        items = []
        for number in range(count):
            if number % _PART == _PART - 1:
                self._glance()
            item, pos = self._read_item(wire, pos)
            items.append(item)
        if pos != len(wire):
            raise UnknownEncodingError(pos)
        plan = ReadPlan(wire, max_age, timestamps, tuple(items))
        self._keep(plan)
        return plan

    def _read_item(self, wire: bytes, start: int) -> tuple[ReadItem, int]:
        node_id, pos = self._node_ids.read(wire, start)
        attribute_id, rest = _PLAIN_ITEM.unpack_from(wire, pos)
        if rest == _NO_INDEX_RANGE_NO_ENCODING:
            return ReadItem(node_id, attribute_id, None, _UNENCODED), pos + _PLAIN_ITEM.size
        index_range, pos = read_string(wire, pos + 4)
        namespace, name, pos = read_qualified_name(wire, pos)
        return ReadItem(node_id, attribute_id, index_range, (namespace, name)), pos

    def _keep(self, plan: ReadPlan) -> None:
        size = len(plan.wire)
        if size > self._budget:
            return
        if len(self._plans) >= self._capacity or self._kept + size > self._budget:
            self._plans.clear()
            self._kept = 0
        self._plans[plan.wire] = plan
        self._kept += size


def encode_answered_read(request_handle: int, timestamp: int, count: int, values: bytes) -> bytes:
    """Return a good ReadResponse of `count` DataValues that are encoded already, one behind the other.

    `timestamp` is the response header's, as filetime.
    """
    return b"".join(
        (write_response_head(READ_RESPONSE, timestamp, request_handle), INT32.pack(count), values, EMPTY)
    )


def encode_read_response(
    request_handle: int, timestamp: int, values: Iterable[ua.DataValue | bytes]
) -> bytes | Declined:
    """Return a good ReadResponse without diagnostics as asyncua writes it, or `DECLINED`.

    `timestamp` is the response header's, as filetime. A value given as bytes is a DataValue already encoded.
    """
    try:
        written = [value if isinstance(value, bytes) else write_data_value(value, _stamp) for value in values]
        head = write_response_head(READ_RESPONSE, timestamp, request_handle)
        return b"".join((head, INT32.pack(len(written)), *written, EMPTY))
    except REFUSED_VALUES:
        return DECLINED
