"""A PLC that means harm: it gets a closed connection, not our memory."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua as asyncua_ua
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.transport import LARGEST_MESSAGE
from tests.integration.plc.bench import Plc, connection_to, running, tag, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.integration.plc.bench import Recorder

ua: Any = asyncua_ua
POLICY = b"http://opcfoundation.org/UA/SecurityPolicy#None"
MEGABYTE = 2**20
BODY = bytes(60_000)


def channel() -> bytes:
    """A good answer to OpenSecureChannel: channel 1, token 1."""
    response = ua.OpenSecureChannelResponse()
    response.Parameters.SecurityToken.ChannelId = 1
    response.Parameters.SecurityToken.TokenId = 1
    response.Parameters.SecurityToken.RevisedLifetime = 3_600_000
    response.Parameters.ServerNonce = b""
    security = struct.pack("<i", len(POLICY)) + POLICY + struct.pack("<ii", -1, -1)
    rest = security + struct.pack("<II", 1, 1) + struct_to_binary(response)
    return struct.pack("<3scII", b"OPN", b"F", 12 + len(rest), 1) + rest


def endless_chunks() -> Iterator[bytes]:
    """An answer whose last chunk never comes."""
    for sequence in range(2, 2**31):
        rest = struct.pack("<III", 1, sequence, 2) + BODY
        yield struct.pack("<3scII", b"MSG", b"C", 12 + len(rest), 1) + rest


def endless_chunk() -> Iterator[bytes]:
    """One chunk that claims to be almost 4 GB long."""
    yield struct.pack("<3scII", b"MSG", b"F", 2**32 - 1, 1)
    while True:
        yield BODY


def half_a_channel() -> Iterator[bytes]:
    """A new channel in the place of an answer, in chunks without a last one."""
    for _ in range(2**31):
        yield channel().replace(b"OPNF", b"OPNC", 1)


class Rogue:
    """Answers Hello and OpenSecureChannel, and then the first request with what it was made for.

    Attributes:
        port: where it listens.
        most: bytes of an answer that it could send.
        answered: requests.
    """

    def __init__(self, answer: Callable[[], Iterator[bytes]]) -> None:
        self._answer = answer
        self.port = 0
        self.most = 0
        self.answered = 0

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Listen for as long as the block lasts."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._read(reader)
            writer.write(struct.pack("<3scIIIIII", b"ACK", b"F", 28, 0, 65535, 65535, 0, 0))
            await self._read(reader)
            writer.write(channel())
            await self._read(reader)
            sent = 0
            for chunk in self._answer():
                writer.write(chunk)
                await writer.drain()
                sent += len(chunk)
                self.most = max(self.most, sent)
                if sent > 4 * LARGEST_MESSAGE:
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.answered += 1
            writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> None:
        header = await reader.readexactly(8)
        await reader.readexactly(struct.unpack("<I", header[4:])[0] - 8)


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        (endless_chunks, 2 * LARGEST_MESSAGE),
        (endless_chunk, 8 * MEGABYTE),
        (half_a_channel, 8 * MEGABYTE),
    ],
)
async def test_an_endless_answer_is_cut_off(
    recorder: Recorder, answer: Callable[[], Iterator[bytes]], most: int
) -> None:
    """However it is cut into chunks; the service stays and tells why there is no connection."""
    rogue = Rogue(answer)
    async with rogue.listening():
        connection = connection_to(Plc(port=rogue.port), recorder, tag("flow"))
        async with running(connection):
            await until(lambda: rogue.answered > 0)
            await until(lambda: connection.snapshot().failed_attempts > 0)
    assert rogue.most < most  # what the sockets hold comes on top of what we do
    assert recorder.status() == Status.BadNotConnected
    assert connection.snapshot().reason
