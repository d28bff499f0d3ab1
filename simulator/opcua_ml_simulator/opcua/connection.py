"""The way between server and clients: it can be slow, hang, or be cut."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from asyncua.server.binary_server_asyncio import BinaryServer, OPCUAProtocol

if TYPE_CHECKING:
    from asyncua.common.utils import Buffer

_log = logging.getLogger(__name__)
_LISTEN_AGAIN_SECONDS = 0.1


class Wire:
    """How all connections of one server fare.

    Attributes:
        delay: s by which everything that the server sends is late.
    """

    def __init__(self) -> None:
        self.delay = 0.0
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._transports: set[LateTransport] = set()

    @property
    def frozen(self) -> bool:
        """Whether nothing is taken in and nothing sent."""
        return not self._thawed.is_set()

    def freeze(self, *, frozen: bool) -> None:
        """Hang, or go on with what has been held."""
        if frozen:
            self._thawed.clear()
            return
        self._thawed.set()
        for transport in tuple(self._transports):
            transport.send_due()

    async def wait_until_thawed(self) -> None:
        """Return at once unless it hangs."""
        await self._thawed.wait()

    def attach(self, transport: LateTransport) -> None:
        """Tell a connection when the wire goes on."""
        self._transports.add(transport)

    def detach(self, transport: LateTransport) -> None:
        """Forget a connection."""
        self._transports.discard(transport)


class LateTransport:
    """An asyncio transport whose writes the wire delays, in order.

    What it holds is bounded, as a server sends no more than it is asked for.
    """

    def __init__(self, transport: asyncio.Transport, wire: Wire) -> None:
        self._transport = transport
        self._wire = wire
        self._held: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        wire.attach(self)

    def __getattr__(self, name: str) -> Any:
        """Everything but writing and closing is the transport's own."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send, as late as the wire is."""
        if not (self._held or self._wire.frozen or self._wire.delay):
            self._transport.write(data)
            return
        self._held.append((asyncio.get_running_loop().time() + self._wire.delay, data))
        self.send_due()

    def send_due(self) -> None:
        """Send what has been held for long enough."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        loop = asyncio.get_running_loop()
        while self._held and not self._wire.frozen:
            due, data = self._held[0]
            if due > loop.time():
                self._timer = loop.call_at(due, self.send_due)
                return
            self._held.popleft()
            self._transport.write(data)

    def close(self) -> None:
        """Close; what is still held is lost."""
        self._drop()
        self._transport.close()

    def abort(self) -> None:
        """Close without sending anything more."""
        self._drop()
        self._transport.abort()

    def _drop(self) -> None:
        self._wire.detach(self)
        self._held.clear()
        if self._timer is not None:
            self._timer.cancel()


class PlcProtocol(OPCUAProtocol):
    """One client's connection, at the wire's mercy."""

    def __init__(self, wire: Wire, **parts: Any) -> None:
        super().__init__(**parts)
        self._wire = wire

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send by way of the wire."""
        late = LateTransport(cast("asyncio.Transport", transport), self._wire)
        super().connection_made(cast("asyncio.Transport", late))

    async def _process_one_msg(self, header: Any, buf: Buffer) -> bool:
        await self._wire.wait_until_thawed()
        return await super()._process_one_msg(header, buf)


class PlcListener(BinaryServer):
    """Takes connections, and can stop to do so for a while."""

    def __init__(self, wire: Wire, **parts: Any) -> None:
        super().__init__(**parts)
        self._wire = wire

    def _make_protocol(self) -> OPCUAProtocol:
        return PlcProtocol(
            self._wire,
            iserver=self.iserver,
            policies=self._policies,
            clients=self.clients,
            closing_tasks=self.closing_tasks,
            limits=self.limits,
        )

    @property
    def listens(self) -> bool:
        """Whether connections are taken."""
        return self._server is not None and self._server.is_serving()

    def hang_up(self) -> None:
        """Close every connection, after what was sent is through, and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for transport in tuple(self.iserver.asyncio_transports):
            transport.close()

    async def listen_again(self) -> None:
        """Take connections at the same port, as soon as it can be had."""
        loop = asyncio.get_running_loop()
        while not self.listens:
            try:
                self._server = await loop.create_server(self._make_protocol, self.hostname, self.port)
            except OSError as error:
                _log.warning("port %s can't be had (%s), trying again", self.port, error)
                await asyncio.sleep(_LISTEN_AGAIN_SECONDS)
