"""A PLC that means harm: it gets a closed connection, not our memory."""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.transport import LARGEST_MESSAGE
from tests.integration.plc.bench import Plc, connection_to, running, tag, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.integration.plc.bench import Recorder

POLICY = b"http://opcfoundation.org/UA/SecurityPolicy#None"
MEGABYTE = 2**20


def endless_chunks() -> Iterator[bytes]:
    """An answer to OpenSecureChannel whose last chunk never comes."""
    security = struct.pack("<i", len(POLICY)) + POLICY + struct.pack("<ii", -1, -1)
    body = bytes(60_000)
    sequence = 0
    while True:
        sequence += 1
        rest = security + struct.pack("<II", sequence, 1) + body
        yield struct.pack("<3scII", b"OPN", b"C", 12 + len(rest), 0) + rest


def endless_chunk() -> Iterator[bytes]:
    """One chunk that claims to be almost 4 GB long."""
    yield struct.pack("<3scII", b"OPN", b"F", 2**32 - 1, 0)
    while True:
        yield bytes(60_000)


class Rogue:
    """Answers Hello, and OpenSecureChannel with what it was made for; counts what it could send."""

    def __init__(self, stream: Callable[[], Iterator[bytes]]) -> None:
        self._stream = stream
        self.port = 0
        self.most = 0
        self.connections = 0

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
            sent = 0
            for chunk in self._stream():
                writer.write(chunk)
                await writer.drain()
                sent += len(chunk)
                self.most = max(self.most, sent)
                if sent > 4 * LARGEST_MESSAGE:
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self.connections += 1
            writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> None:
        header = await reader.readexactly(8)
        await reader.readexactly(struct.unpack("<I", header[4:])[0] - 8)


@pytest.mark.parametrize(
    ("stream", "most"), [(endless_chunks, 2 * LARGEST_MESSAGE), (endless_chunk, 8 * MEGABYTE)]
)
async def test_an_endless_answer_is_cut_off(
    recorder: Recorder, stream: Callable[[], Iterator[bytes]], most: int
) -> None:
    """However it is cut into chunks; the service stays and tells why there is no connection."""
    rogue = Rogue(stream)
    async with rogue.listening():
        connection = connection_to(Plc(port=rogue.port), recorder, tag("flow"))
        async with running(connection):
            await until(lambda: rogue.connections > 0)
            await until(lambda: connection.snapshot().failed_attempts > 0)
    assert rogue.most < most  # what the sockets hold comes on top of what we do
    assert recorder.status() == Status.BadNotConnected
    assert connection.snapshot().reason
