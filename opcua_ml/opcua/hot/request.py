"""The door for what a server receives: bytes of a request in, what it asks for out, or `DECLINED`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .call import CALL_REQUEST, CallReader, CallRequest
from .declined import DECLINED, REFUSED_BYTES, Declined
from .header import TYPE_SIZE, RequestHead, read_request_head
from .nodeid import NodeIds
from .publish import PUBLISH_REQUEST, PublishRequest, read_publish
from .read import READ_REQUEST, ReadReader, ReadRequest
from .write import WRITE_REQUEST, WriteReader, WriteRequest

if TYPE_CHECKING:
    from collections.abc import Callable

HotRequest = CallRequest | ReadRequest | WriteRequest | PublishRequest


class RequestDecoder:
    """Decodes the requests of one connection, and remembers in bounds what that connection repeats.

    It checks the encoding and nothing else: session, token, roles, limits and arguments are the caller's to
    check, on what it returns.

    Args:
        glance: is called in the middle of a long request: others may be answered meanwhile.
    """

    def __init__(self, glance: Callable[[], object] = lambda: None) -> None:
        node_ids = NodeIds()
        self._node_ids = node_ids
        self._readers: dict[bytes, Callable[[RequestHead, bytes, int], HotRequest]] = {
            CALL_REQUEST: CallReader(node_ids).read,
            READ_REQUEST: ReadReader(node_ids, glance=glance).read,
            WRITE_REQUEST: WriteReader(node_ids).read,
            PUBLISH_REQUEST: read_publish,
        }

    def decode(self, body: bytes) -> HotRequest | Declined:
        """Decode a request's whole body, from its type on.

        `DECLINED` for every other service and for whatever is not known to the last byte: truncated or
        trailing bytes, invalid UTF-8, unknown encodings. Never raises on any bytes.
        """
        read = self._readers.get(body[:TYPE_SIZE])
        if read is None:
            return DECLINED
        try:
            head, pos = read_request_head(body, self._node_ids)
            return read(head, body, pos)
        except REFUSED_BYTES:
            return DECLINED
