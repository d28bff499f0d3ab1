"""A long message goes chunk by chunk; what comes meanwhile waits behind it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from opcua_ml.opcua.trust.services.messages_out import MessagesOut

if TYPE_CHECKING:
    from collections.abc import Iterator


class Halves:
    """Cuts messages in two."""

    def message_to_binary(self, message: bytes, *, request_id: int) -> bytes:
        """In one step."""
        return b"".join(self.chunks(message, request_id))

    def chunks(self, message: bytes, request_id: int) -> Iterator[bytes]:
        """One by one."""
        middle = len(message) // 2
        for part in (message[:middle], message[middle:]):
            yield b"%d%s" % (request_id, part)


async def test_nothing_is_sent_between_the_chunks_of_one_message() -> None:
    """Short ones and long ones come behind it, in their order."""
    sent: list[bytes] = []
    out = MessagesOut(Halves(), sent.append)

    async def pause() -> None:
        await asyncio.sleep(0)

    first = asyncio.create_task(out.send_long(b"aabb", 1, pause), name="first")
    await asyncio.sleep(0)
    second = asyncio.create_task(out.send_long(b"ccdd", 2, pause), name="second")
    out.send(b"ee", 3)
    await asyncio.gather(first, second)
    assert sent == [b"1aa", b"1bb", b"3e3e", b"2cc", b"2dd"]
    await out.idle()
    out.send(b"ff", 4)
    assert sent[-1] == b"4f4f"


async def test_a_message_that_was_begun_is_sent_whole() -> None:
    """Also when what sends it is cancelled."""
    sent: list[bytes] = []
    out = MessagesOut(Halves(), sent.append)

    async def pause() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await out.send_long(b"aabb", 1, pause)
    assert sent == [b"1aa", b"1bb"]
    assert not out.busy
