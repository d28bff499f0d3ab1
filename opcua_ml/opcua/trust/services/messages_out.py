"""Messages of one connection on their way out: a long one goes chunk by chunk, others wait behind it.

Cutting a megabyte into signed and encrypted chunks takes eight milliseconds, for which others would wait.
Chunks of two messages are not mixed (OPC UA Part 6, 6.7.2).
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

LONG: Final = 128 * 1024
"""Bytes of a message that is not cut in one step: a millisecond."""


class Framing(Protocol):
    """Makes chunks of messages."""

    def message_to_binary(self, message: bytes, *, request_id: int) -> bytes:
        """All chunks of a message."""
        ...

    def chunks(self, message: bytes, request_id: int) -> Iterator[bytes]:
        """The same, one by one."""
        ...


class MessagesOut:
    """Sends them in the order in which they come.

    Args:
        framing: of the channel.
        send: takes bytes for the client.
    """

    def __init__(self, framing: Framing, send: Callable[[bytes], None]) -> None:
        self._framing = framing
        self._send = send
        self._behind: deque[tuple[bytes, int]] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self.busy = False

    def send(self, body: bytes, request_id: int) -> None:
        """Send one now, or behind the long one that is being sent."""
        if self.busy:
            self._behind.append((body, request_id))
        else:
            self._send(self._framing.message_to_binary(body, request_id=request_id))

    async def send_long(self, body: bytes, request_id: int, pause: Callable[[], Awaitable[None]]) -> None:
        """Send one with pauses between its chunks; it is sent whole whatever `pause` raises."""
        await self.idle()
        self.busy = True
        self._idle.clear()
        chunks = self._framing.chunks(body, request_id)
        try:
            for chunk in chunks:
                self._send(chunk)
                await pause()
        finally:
            for chunk in chunks:
                self._send(chunk)
            self.busy = False
            self._idle.set()
            while self._behind and not self.busy:
                self.send(*self._behind.popleft())

    async def idle(self) -> None:
        """Wait until no long message is being sent."""
        while self.busy:
            await self._idle.wait()
