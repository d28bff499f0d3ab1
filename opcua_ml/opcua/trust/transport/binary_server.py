"""The listening socket, and the count of what comes through it."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from asyncua.common.connection import TransportLimits
from asyncua.server.binary_server_asyncio import BinaryServer

from opcua_ml.opcua.trust.channel.budget import ByteBudget
from opcua_ml.opcua.trust.ground.flow import Flow
from opcua_ml.opcua.trust.ground.tasks import OwnedTasks
from opcua_ml.opcua.trust.transport.complaints import Complaints
from opcua_ml.opcua.trust.transport.glances import Glances
from opcua_ml.opcua.trust.transport.protocol import PlantProtocol

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer


class PlantBinaryServer(BinaryServer):
    """Accepts connections within the limits of `internal_server`."""

    iserver: PlantInternalServer

    def __init__(self, internal_server: PlantInternalServer, hostname: str | None, port: int | None) -> None:
        super().__init__(internal_server, hostname, port, TransportLimits())  # type: ignore[arg-type]
        limits = internal_server.limits
        self.budget = ByteBudget(limits.max_incomplete_bytes_per_address, limits.max_incomplete_bytes)
        self.tasks = OwnedTasks("opc ua server")
        self._by_address: Counter[str] = Counter()
        self._strangers: dict[str, Flow] = {}
        self.complaints = Complaints()
        self.glances = Glances()
        internal_server.turns.look_at_sockets = self.glances.look

    @property
    def policies(self) -> list[Any]:
        """The security policies of the endpoints."""
        return self._policies

    def admit(self, protocol: PlantProtocol) -> bool:
        """Take the connection in unless there are too many, of all or of its address."""
        limits = self.iserver.limits
        address = protocol.address
        if len(self.clients) >= limits.max_connections or (
            self._by_address[address] >= limits.max_connections_per_address
        ):
            return False
        self.clients.append(protocol)
        self._by_address[address] += 1
        protocol.flow = self._strangers.setdefault(address, Flow(stranger=True))
        return True

    def forget(self, protocol: PlantProtocol) -> None:
        """Count the connection out."""
        if protocol in self.clients:
            self.clients.remove(protocol)
            self._by_address[protocol.address] -= 1
            if not self._by_address[protocol.address]:
                del self._by_address[protocol.address]
                del self._strangers[protocol.address]

    async def start(self) -> None:
        """Listen; with port 0 the port that was given is in `port` afterwards."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._make_protocol, self.hostname, self.port)
        if self.port == 0 and self._server.sockets:
            self.hostname, self.port = self._server.sockets[0].getsockname()[:2]

    async def stop(self) -> None:
        """Stop listening, close every connection and wait for its task."""
        if self._server is not None:
            self._server.close()
        for client in list(self.clients):
            if client.transport is not None:
                client.transport.close()
        await self.tasks.close(self.iserver.limits.call_deadline_s)
        for client in list(self.clients):
            if client.transport is not None:
                client.transport.abort()
        if self._server is not None:
            await self._server.wait_closed()
        self.glances.close()

    def _make_protocol(self) -> PlantProtocol:
        return PlantProtocol(self)
