"""The PLC's server: one loopback endpoint without security, anonymous, with asyncua's loose ends tied."""

from __future__ import annotations

import asyncio
import errno
import importlib.metadata
from copy import copy
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml_simulator.errors import PortInUseError, SettingsError
from opcua_ml_simulator.opcua.address_space import AddressSpaceBuilder
from opcua_ml_simulator.opcua.connection import PlcListener, Wire
from opcua_ml_simulator.opcua.internal_server import PlcInternalServer
from opcua_ml_simulator.opcua.node_ids import standard_node
from opcua_ml_simulator.opcua.tag_writer import date_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml_simulator.opcua.attribute_service import PlcAttributeService
    from opcua_ml_simulator.opcua.limits import ServerLimits
    from opcua_ml_simulator.opcua.method_service import PlcMethodService
    from opcua_ml_simulator.plc.clock import PlcClock

NAMESPACE_URI = "urn:opcua-ml:simulator"
"""Namespace of every node of the simulator."""

APPLICATION_URI = "urn:opcua-ml:simulator:server"
"""ApplicationUri of the server, namespace 1."""

_STOP_SECONDS = 1.0


class _ListeningServer(Server):
    """asyncua's server, whose connections go by way of a wire."""

    def __init__(self, core: PlcInternalServer, wire: Wire) -> None:
        super().__init__(iserver=core)
        self._wire = wire
        self.listener: PlcListener | None = None

    async def start(self) -> None:
        """Start the core and listen; as asyncua's own, with another listener."""
        await self._setup_server_nodes()
        await self.iserver.start()
        host, port = self._get_bind_socket_info()
        self.listener = PlcListener(
            self._wire, internal_server=self.iserver, hostname=host, port=port, limits=self.limits
        )
        self.bserver = self.listener
        self.listener.set_policies(self._policies)
        try:
            await self.listener.start()
        except BaseException:
            await self.iserver.stop()
            raise


class PlcServer:
    """Owns the asyncua server; ``prepare``, build nodes, ``listen``, at last ``close``.

    Args:
        host: address to listen on.
        port: TCP port, 0 for a free one.
        name: server name that clients show.
        clock: the PLC's.

    Attributes:
        wire: how its connections fare.
        namespace_index: of the simulator's namespace, once prepared.
    """

    def __init__(self, host: str, port: int, name: str, clock: PlcClock) -> None:
        self._host = host
        self._port = port
        self._clock = clock
        self._core = PlcInternalServer(clock)
        self.wire = Wire()
        self._server = _ListeningServer(self._core, self.wire)
        self._server.name = name
        self._server.application_type = ua.ApplicationType.Server
        self._server.set_endpoint(f"opc.tcp://{_bracketed(host)}:{port}/")
        self._server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
        self._server.set_identity_tokens([ua.AnonymousIdentityToken])
        self._listening = False
        self.namespace_index = 0

    @property
    def methods(self) -> PlcMethodService:
        """Where the methods are registered."""
        return self._core.methods

    @property
    def attributes(self) -> PlcAttributeService:
        """What reads and writes."""
        return self._core.attributes

    @property
    def limits(self) -> ServerLimits:
        """How much it takes."""
        return self._core.limits

    async def advertise_limits(self) -> None:
        """Show in ServerCapabilities what ``limits`` says."""
        await self._core.limits.advertise(self._core.aspace)

    @property
    def port(self) -> int:
        """The port that is really used, known once it listens."""
        return self._port

    @property
    def endpoint(self) -> str:
        """The URL to connect to."""
        return f"opc.tcp://{_bracketed(self._host)}:{self._port}/"

    async def prepare(self, *, sampling_ms: float, libraries: Sequence[str] = ()) -> AddressSpaceBuilder:
        """Load the standard address space and make the namespace; takes about a second the first time.

        Args:
            sampling_ms: MinimumSamplingInterval of the tags.
            libraries: URIs of namespaces before the simulator's own.
        """
        await self._server.init()
        await self._server.set_application_uri(APPLICATION_URI)
        version = importlib.metadata.version("asyncua")
        await self._server.set_build_info(
            APPLICATION_URI, "opcua_ml", self._server.name, f"asyncua {version}", "1", self._clock.now()
        )
        for uri in libraries:
            await self._server.register_namespace(uri)
        self._show_time_on_demand()
        self.namespace_index = await self._server.register_namespace(NAMESPACE_URI)
        return AddressSpaceBuilder(self._core, self.namespace_index, sampling_ms=sampling_ms)

    async def listen(self) -> None:
        """Open the port.

        Raises:
            PortInUseError: another program has it.
            SettingsError: the host is no address of this machine.
        """
        try:
            await self._server.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(self._host, self._port) from error
            raise SettingsError(
                "host", self._host, f"an address of this machine ({error.strerror})"
            ) from error
        self._listening = True
        if self._server.listener is not None:
            self._port = self._server.listener.port

    def hang_up(self) -> None:
        """Close all connections and refuse new ones; sessions and subscriptions stay."""
        if self._server.listener is not None:
            self._server.listener.hang_up()

    async def listen_again(self) -> None:
        """Take connections again, once that was stopped."""
        if self._server.listener is not None:
            await self._server.listener.listen_again()

    def _show_time_on_demand(self) -> None:
        """CurrentTime as it is when it is read; asyncua's own is up to a second old."""
        node = standard_node(ObjectIds.Server_ServerStatus_CurrentTime)
        attribute = self._core.aspace[node].attributes[AttributeIds.Value]

        def current_time(_node: ua.NodeId, _attribute: AttributeIds) -> ua.DataValue:
            now = date_time(self._clock.now())
            return ua.DataValue(
                ua.Variant(now, ua.VariantType.DateTime), SourceTimestamp=now, ServerTimestamp=now
            )

        attribute.value_callback = current_time

    async def tick(self) -> None:
        """Move the clock in ServerStatus and tell CurrentTime's subscribers; to be called once a second."""
        now = self._clock.now()
        status = copy(await self._core.server_status_node.read_value())
        status.CurrentTime = now
        await self._core.server_status_node.write_value(status)
        await self._core.current_time_node.write_value(now)
        self._show_time_on_demand()

    async def close(self) -> None:
        """Drop subscriptions and connections and free the port, within a second."""
        if not self._listening:
            self._core.method_service.stop()
            return
        self._listening = False
        subscriptions = self._core.subscription_service
        await subscriptions.delete_subscriptions(list(subscriptions.subscriptions))
        for session in self._core.sessions:
            await session.close_session()
        try:
            await asyncio.wait_for(self._server.stop(), _STOP_SECONDS)
        except TimeoutError:
            for transport in tuple(self._core.asyncio_transports):
                transport.abort()
            await self._core.stop()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
