"""asyncua's client transport, bounded: a PLC can't make us hold more than one message of a sane size.

asyncua takes over whatever limits the server names, and none where it names none.
"""

from __future__ import annotations

import logging
from typing import Any

from asyncua import ua
from asyncua.client.ua_client import UaClient, UASocketProtocol

_log = logging.getLogger(__name__)
_LARGEST_CHUNK = 65535  # bytes, as our Hello says
LARGEST_MESSAGE = 16 * 2**20
"""Bytes of one answer of a PLC, over all its chunks."""


class BoundedProtocol(UASocketProtocol):
    """Ends the connection where a chunk or a message is too large."""

    def data_received(self, data: bytes) -> None:
        """Take bytes, unless the chunk that they belong to is longer than announced."""
        if len(self.receive_buffer or b"") > _LARGEST_CHUNK:
            _log.debug("a chunk is larger than %d bytes", _LARGEST_CHUNK)
            self.receive_buffer = None
            if self.transport is not None:
                self.transport.abort()
            return
        super().data_received(data)

    def _process_received_message(self, msg: Any) -> None:
        super()._process_received_message(msg)
        if isinstance(msg, ua.Acknowledge):
            limits = self._connection._limits  # noqa: SLF001 - there is no other way to it
            limits.max_recv_buffer = _LARGEST_CHUNK
            limits.max_message_size = LARGEST_MESSAGE
            limits.max_chunk_count = 0  # their size is bounded, which bounds their number


class BoundedTransport(UaClient):
    """A UaClient on such a protocol."""

    def _make_protocol(self) -> BoundedProtocol:
        protocol = BoundedProtocol(self._timeout, security_policy=self.security_policy)
        protocol.pre_request_hook = self._pre_request_hook
        protocol.on_connection_lost = self._on_transport_lost
        protocol.is_session_closing = self._is_session_closing
        self.protocol = protocol
        return protocol
