"""A client that asks for little is answered in the middle of another one's step, on either event loop."""

from __future__ import annotations

import asyncio
import select
import struct
import time
from typing import TYPE_CHECKING, Any

import pytest
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.trust.ground.flow import Flow
from opcua_ml.service.event_loop import loop_factory
from tests.integration.trust.requests import read_request
from tests.integration.trust.target import Target, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.adversary.wire import RawClient

pytestmark = pytest.mark.skipif(not hasattr(select, "epoll"), reason="the system has no epoll")


def asked(client: RawClient, target: Target) -> bytes:
    """The bytes of one more Read of a number."""
    request = read_request(target.id("speed"))
    request.RequestHeader.AuthenticationToken = client.session.token
    return client.frame(b"MSG", struct_to_binary(request))


class LongStep:
    """Work that does not give the event loop back before a glance has found what a client asks.

    Args:
        target: the server that does it.
        client: who asks for something meanwhile.
        flow: on whose account it is.

    Attributes:
        found: whether a glance has found it.
        answered: whether it was answered then.
    """

    def __init__(self, target: Target, client: RawClient, flow: Flow) -> None:
        self._turns = target.server.iserver.turns
        self._client, self._flow = client, flow
        self._request = asked(client, target)
        self.found = self.answered = False

    async def run(self) -> None:
        """As the turn of a client."""
        await self._turns.measured(self._flow, self._step())

    async def _step(self) -> None:
        socket: Any = self._client.writer.get_extra_info("socket")
        look = self._turns.look_at_sockets

        def noted() -> bool:
            found = look()
            self.found |= found
            return bool(found)

        self._turns.look_at_sockets = noted
        self._client.writer.write(self._request)
        until = time.monotonic() + 10.0
        while not self.found and time.monotonic() < until:
            self._turns.glance()
        self.answered = bool(select.select([socket.fileno()], [], [], 0.05)[0])
        self._turns.look_at_sockets = look


async def in_a_step(*, light: bool, repeated: bool = True) -> LongStep:
    """What becomes of a Read in another client's step; afterwards it is answered in any case."""
    async with started("plant") as target, target.session() as client:
        for _ in range(3 if repeated else 0):
            await client.call(read_request(target.id("speed")))
        turns, flow = target.server.iserver.turns, Flow()
        if not light:
            (protocol,) = target.server.bserver.clients
            for _ in range(200):
                turns.spend(protocol.flow, 0.001)
            for _ in range(20):
                turns.later(flow, lambda: None)
        step = LongStep(target, client, flow)
        await step.run()
        await client.read_frame()
        return step


def glance_at(target: Target) -> None:
    """Until somebody is found; the event loop must not come first."""
    until = time.monotonic() + 10.0
    while not target.server.bserver.glances.look():
        assert time.monotonic() < until, "nobody was found"


@pytest.mark.parametrize(
    ("light", "repeated", "answered"),
    [(True, True, True), (False, True, False), (True, False, False)],
    ids=["who asks for little is", "who asks for much waits", "what is no repetition waits"],
)
@pytest.mark.parametrize("factory", [asyncio.new_event_loop, loop_factory()], ids=["asyncio", "quickest"])
def test_a_read_that_comes_again_is_answered_within_anothers_step(
    factory: Callable[[], asyncio.AbstractEventLoop] | None, *, light: bool, repeated: bool, answered: bool
) -> None:
    """The event loop has not been round meanwhile; it answers all others when it has."""
    with asyncio.Runner(loop_factory=factory) as runner:
        step = runner.run(in_a_step(light=light, repeated=repeated))
    assert step.found
    assert step.answered is answered


async def test_half_a_request_at_a_glance_is_put_together_by_the_loop() -> None:
    """The rest comes later."""
    async with started("plant") as target, target.session() as client:
        for _ in range(3):
            await client.call(read_request(target.id("speed")))
        frame = asked(client, target)
        client.writer.write(frame[:30])
        glance_at(target)
        client.writer.write(frame[30:])
        kind, body = await client.read_frame()
        assert kind == b"MSGF"
        assert struct.unpack_from("<I", body, 12)[0] == client.request_id


async def test_a_connection_that_ends_is_no_harm_to_a_glance() -> None:
    """There is nothing to read, and the loop finds out why."""
    async with started("plant") as target, target.session() as other:
        async with target.session() as client:
            await client.call(read_request(target.id("speed")))
            socket: Any = client.writer.get_extra_info("socket")
            socket.shutdown(1)
            glance_at(target)
        await other.call(read_request(target.id("speed")))
