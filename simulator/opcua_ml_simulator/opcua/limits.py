"""How much the server takes: advertised in ServerCapabilities, and held to (OPC UA Part 5, 6.3.11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.opcua.node_ids import standard_node

if TYPE_CHECKING:
    from asyncua.server.address_space import AddressSpace

_LIMITS = "Server_ServerCapabilities_OperationLimits_Max"
_OPERATIONS = tuple(
    getattr(ObjectIds, _LIMITS + name)
    for name in (
        "NodesPerRead",
        "NodesPerWrite",
        "NodesPerMethodCall",
        "NodesPerBrowse",
        "NodesPerRegisterNodes",
        "NodesPerTranslateBrowsePathsToNodeIds",
        "NodesPerNodeManagement",
        "MonitoredItemsPerCall",
    )
)


class ServerLimits:
    """Sessions and operations per call that one server takes; 0 is no limit."""

    def __init__(self) -> None:
        self.sessions = 0
        self.operations = 0

    def check_operations(self, count: int) -> None:
        """Refuse a call with too many operations.

        Raises:
            ServiceError: BadTooManyOperations.
        """
        if 0 < self.operations < count:
            raise ServiceError(StatusCodes.BadTooManyOperations)

    def check_sessions(self, count: int) -> None:
        """Refuse a further session beside so many.

        Raises:
            ServiceError: BadTooManySessions.
        """
        if 0 < self.sessions <= count:
            raise ServiceError(StatusCodes.BadTooManySessions)

    async def advertise(self, space: AddressSpace) -> None:
        """Show the limits in ServerCapabilities."""
        for node in _OPERATIONS:
            await _write(space, node, ua.Variant(self.operations, ua.VariantType.UInt32))
        sessions = ua.Variant(self.sessions, ua.VariantType.UInt32)
        await _write(space, ObjectIds.Server_ServerCapabilities_MaxSessions, sessions)


async def _write(space: AddressSpace, node: int, value: ua.Variant) -> None:
    await space.write_attribute_value(standard_node(node), AttributeIds.Value, ua.DataValue(value))
