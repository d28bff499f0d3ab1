"""The PLC's server: one loopback endpoint without security, anonymous, with asyncua's loose ends tied."""

from __future__ import annotations

import asyncio
import errno
import importlib.metadata
from copy import copy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.server import Server
from asyncua.server.user_managers import UserManager

from opcua_ml_simulator.errors import PortInUseError, SettingsError
from opcua_ml_simulator.opcua import standard_nodes
from opcua_ml_simulator.opcua.address_space import AddressSpaceBuilder
from opcua_ml_simulator.opcua.attribute_service import PlcAttributeService
from opcua_ml_simulator.opcua.method_service import PlcMethodService

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

NAMESPACE_URI = "urn:opcua-ml:simulator"
"""Namespace of every node of the simulator."""

APPLICATION_URI = "urn:opcua-ml:simulator:server"
"""ApplicationUri of the server, namespace 1."""

_STOP_SECONDS = 1.0


class _AnonymousOperator(UserManager):
    """Everybody is an ordinary user: may read, write writable tags and call methods, may not change nodes."""

    def get_user(
        self,
        iserver: InternalServer,  # noqa: ARG002 - the interface is asyncua's
        username: str | None = None,  # noqa: ARG002 - the interface is asyncua's
        password: str | None = None,  # noqa: ARG002 - the interface is asyncua's
        certificate: Any = None,  # noqa: ARG002 - the interface is asyncua's
    ) -> User:
        return User(role=UserRole.User, name="anonymous")


class _PlcInternalServer(InternalServer):
    """asyncua's core with this package's attribute and method services, and a clock that stops at once."""

    def __init__(self) -> None:
        super().__init__(user_manager=_AnonymousOperator())
        self.attribute_service = PlcAttributeService(self.aspace)
        self.method_service.stop()
        self.methods = PlcMethodService(self.aspace)
        self.method_service = self.methods
        self.disabled_clock = True
        self.allow_remote_admin = False

    async def load_standard_address_space(self, shelf_file: Path | None = None) -> None:
        """Build it the first time, copy it from then on."""
        if not standard_nodes.restore(self.aspace):
            await super().load_standard_address_space(shelf_file)
            standard_nodes.remember(self.aspace)


class PlcServer:
    """Owns the asyncua server; ``prepare``, build nodes, ``listen``, at last ``close``.

    Args:
        host: address to listen on.
        port: TCP port, 0 for a free one.
        name: server name that clients show.
    """

    def __init__(self, host: str, port: int, name: str) -> None:
        self._host = host
        self._port = port
        self._core = _PlcInternalServer()
        self._server = Server(iserver=self._core)
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
    def port(self) -> int:
        """The port that is really used, known once it listens."""
        return self._port

    @property
    def endpoint(self) -> str:
        """The URL to connect to."""
        return f"opc.tcp://{_bracketed(self._host)}:{self._port}/"

    async def prepare(self, *, sampling_ms: float) -> AddressSpaceBuilder:
        """Load the standard address space and make the namespace; takes about a second."""
        await self._server.init()
        await self._server.set_application_uri(APPLICATION_URI)
        version = importlib.metadata.version("asyncua")
        await self._server.set_build_info(
            APPLICATION_URI, "opcua_ml", self._server.name, f"asyncua {version}", "1", datetime.now(UTC)
        )
        self.namespace_index = await self._server.register_namespace(NAMESPACE_URI)
        return AddressSpaceBuilder(self._core, self.namespace_index, sampling_ms=sampling_ms)

    async def listen(self) -> None:
        """Open the port.

        Raises:
            PortInUseError: another program has it.
            SettingsError: the host is no address of this machine.
        """
        try:
            await self._probe()
            await self._server.start()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUseError(self._host, self._port) from error
            raise SettingsError(
                "host", self._host, f"an address of this machine ({error.strerror})"
            ) from error
        self._listening = True
        if self._server.bserver is not None:
            self._port = self._server.bserver.port

    async def _probe(self) -> None:
        """Try the port first, as asyncua prints a traceback when it can't have it."""
        loop = asyncio.get_running_loop()
        probe = await loop.create_server(asyncio.Protocol, self._host, self._port)
        probe.close()
        await probe.wait_closed()

    async def tick(self) -> None:
        """Move the server's own clock (CurrentTime, ServerStatus); to be called about once a second."""
        now = datetime.now(UTC)
        status = copy(await self._core.server_status_node.read_value())
        status.CurrentTime = now
        await self._core.server_status_node.write_value(status)
        await self._core.current_time_node.write_value(now)

    async def close(self) -> None:
        """Drop subscriptions and connections and free the port, within a second."""
        if not self._listening:
            self._core.method_service.stop()
            return
        self._listening = False
        subscriptions = self._core.subscription_service
        await subscriptions.delete_subscriptions(list(subscriptions.subscriptions))
        try:
            await asyncio.wait_for(self._server.stop(), _STOP_SECONDS)
        except TimeoutError:
            for transport in tuple(self._core.asyncio_transports):
                transport.abort()
            await self._core.stop()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
