"""An OPC UA server that may stand in a plant network, used like `asyncua.Server`.

Source: OPC UA Part 4 (Services), Part 6 (Mappings), Part 18 (Roles).
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.server.address_space import AttributeValue
from asyncua.server.server import Server
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.trust.information.server_state import tell_shutdown
from opcua_ml.opcua.trust.internal_server import PlantInternalServer
from opcua_ml.opcua.trust.subscriptions.last_messages import send_all
from opcua_ml.opcua.trust.transport.binary_server import PlantBinaryServer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from asyncua.common.node import Node

    from opcua_ml.opcua.trust.access.authentication import Authenticator
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.ground.limits import Limits

_SEND_ALL_S = 1.0
_COUNT_S = 0.5


class PlantServer(Server):
    """`asyncua.Server` with the same way of building nodes, and with everything a client sends checked.

    Args:
        limits: caps on connections, sessions, messages, operations and subscriptions; safe ones by default.
        rules: who may do what on which node; by default the RolePermissions of Part 18.
        authenticator: who is let in; by default anonymous users only, as Observer and Operator.
    """

    iserver: PlantInternalServer
    bserver: PlantBinaryServer | None

    def __init__(
        self,
        limits: Limits | None = None,
        rules: AccessRules | None = None,
        authenticator: Authenticator | None = None,
    ) -> None:
        super().__init__(iserver=PlantInternalServer(limits, rules, authenticator))
        self._application_uri = self.product_uri = "urn:opcua-ml:server"
        self.name = self.manufacturer_name = "opcua_ml"

    async def init(self, shelf_file: Path | None = None) -> None:
        """Build the standard address space."""
        await super().init(shelf_file)
        version = _version()
        await self.set_build_info(
            self.product_uri, self.manufacturer_name, self.name, version, version, datetime.now(UTC)
        )

    async def start(self) -> None:
        """Open the endpoint."""
        await self._setup_server_nodes()
        await self.iserver.start()
        try:
            host, port = self._get_bind_socket_info()
            self.bserver = PlantBinaryServer(self.iserver, host, port)
            self.bserver.set_policies(self._policies)
            await self.bserver.start()
        except BaseException:
            await self.iserver.stop()
            raise

    async def announce_shutdown(self, reason: str = "The server is stopping.") -> None:
        """Tell clients that the server is about to stop, and let those go that want to.

        ServerStatus says Shutdown, SecondsTillShutdown and why, ServiceLevel 0; subscribers are told at once.
        No session begins any more. Where `Limits.shutdown_notice_s` gives time, it is counted down, at most
        until the last session has ended; the server goes on serving meanwhile. Nothing happens a second time.
        """
        iserver = self.iserver
        if iserver.shutting_down:
            return
        iserver.shutting_down = True
        loop = asyncio.get_running_loop()
        end = loop.time() + iserver.limits.shutdown_notice_s
        while True:
            left = max(0.0, end - loop.time())
            await tell_shutdown(iserver.isession, left, reason)
            await send_all(iserver.subscription_service.subscriptions.values(), _SEND_ALL_S)
            if not left or not len(iserver.sessions):
                return
            await asyncio.sleep(min(left, _COUNT_S))

    async def stop(self) -> None:
        """Tell clients, close every connection, then the rest."""
        if self.bserver is not None:
            await self.announce_shutdown()
        await super().stop()

    async def set_role_permissions(
        self, node: Node | ua.NodeId, permissions: Mapping[ua.NodeId, int]
    ) -> None:
        """Grant bits of `Permission` per role on one node, in place of its namespace's defaults."""
        node_id = node if isinstance(node, ua.NodeId) else node.nodeid
        entries = [
            ua.RolePermissionType(RoleId=role, Permissions=ua.PermissionType(granted))
            for role, granted in permissions.items()
        ]
        value = ua.DataValue(ua.Variant(entries, ua.VariantType.ExtensionObject, is_array=True))
        attributes = self.iserver.aspace[node_id].attributes
        attributes.setdefault(AttributeIds.RolePermissions, AttributeValue(value))
        await self.iserver.aspace.write_attribute_value(node_id, AttributeIds.RolePermissions, value)


def _version() -> str:
    try:
        return metadata.version("opcua-ml")
    except metadata.PackageNotFoundError:
        return "0"
