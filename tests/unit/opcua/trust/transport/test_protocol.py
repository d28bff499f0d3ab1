"""What one connection takes from its socket at a time."""

from __future__ import annotations

import asyncio
from typing import Any

from asyncua import ua
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.trust.internal_server import PlantInternalServer
from opcua_ml.opcua.trust.transport.binary_server import PlantBinaryServer
from opcua_ml.opcua.trust.transport.protocol import PlantProtocol

_ua: Any = ua


class Transport(asyncio.Transport):
    """Notes whether the socket is read."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000)})
        self.reading: list[bool] = []
        self.closed = False

    def pause_reading(self) -> None:
        """It is not."""
        self.reading.append(False)

    def resume_reading(self) -> None:
        """It is again."""
        self.reading.append(True)

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """As many as there are."""

    def write(self, data: Any) -> None:
        """Nobody reads it."""

    def is_closing(self) -> bool:
        """Whether nothing more will come."""
        return self.closed

    def close(self) -> None:
        """No more."""
        self.closed = True

    abort = close


def greeted() -> tuple[PlantInternalServer, PlantProtocol, Transport]:
    """A connection whose client has said Hello."""
    server, transport = PlantInternalServer(), Transport()
    protocol = PlantProtocol(PlantBinaryServer(server, "127.0.0.1", 0))
    protocol.connection_made(transport)
    hello = struct_to_binary(
        _ua.Hello(ReceiveBufferSize=65_535, SendBufferSize=65_535, EndpointUrl="opc.tcp://a")
    )
    protocol.data_received(b"HELF" + (len(hello) + 8).to_bytes(4, "little") + hello)
    return server, protocol, transport


async def test_who_sends_much_at_once_is_read_again_when_the_others_were() -> None:
    """After a buffer full: in one go a socket may give megabytes."""
    server, protocol, transport = greeted()
    assert transport.reading == []
    protocol.data_received(b"MSGF" + (65_535).to_bytes(4, "little") + bytes(65_527))
    assert transport.reading == [False]
    await asyncio.sleep(0)
    assert transport.reading == [False, True]
    protocol.connection_lost(None)
    await server.stop()


async def test_who_sends_more_than_is_served_is_not_read() -> None:
    """Of who has not logged in three frames of 60 kB wait, and not a hundred."""
    server, protocol, transport = greeted()
    await asyncio.sleep(0)
    transport.reading.clear()
    protocol.pause_writing()
    frame = b"CLOF" + (60_000).to_bytes(4, "little") + bytes(59_992)
    for _ in range(3):
        assert transport.reading == []
        protocol.data_received(frame)
    assert transport.reading == [False]
    protocol.connection_lost(None)
    await server.stop()
