"""ServerStatus while the server goes down: Shutdown, how long still, and why.

Source: OPC UA Part 5, 12.10 (ServerStatusDataType), 12.6 (ServerState); Part 4, 6.6.2.4.2 (ServiceLevel 0).
"""

from __future__ import annotations

import math
from copy import copy
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.common.node import Node
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.sessions.session import PlantSession

_STATUS: Final = node_id(ObjectIds.Server_ServerStatus)
_STATE: Final = node_id(ObjectIds.Server_ServerStatus_State)
_SECONDS: Final = node_id(ObjectIds.Server_ServerStatus_SecondsTillShutdown)
_REASON: Final = node_id(ObjectIds.Server_ServerStatus_ShutdownReason)
_LEVEL: Final = node_id(ObjectIds.Server_ServiceLevel)
_MAINTENANCE: Final = 0


async def tell_shutdown(session: PlantSession, seconds: float, reason: str) -> None:
    """Show that the server ends in so many seconds, and ServiceLevel 0, so that clients go elsewhere."""
    left, words = math.ceil(seconds), ua.LocalizedText(reason, "en")
    status = copy(await Node(session, _STATUS).read_value())
    status.State, status.SecondsTillShutdown, status.ShutdownReason = ua.ServerState.Shutdown, left, words
    await Node(session, _STATUS).write_value(status)
    await Node(session, _STATE).write_value(ua.ServerState.Shutdown, ua.VariantType.Int32)
    await Node(session, _SECONDS).write_value(left, ua.VariantType.UInt32)
    await Node(session, _REASON).write_value(words)
    await Node(session, _LEVEL).write_value(_MAINTENANCE, ua.VariantType.Byte)
