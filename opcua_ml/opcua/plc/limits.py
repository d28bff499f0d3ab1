"""How much a PLC takes in one call."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from asyncua.ua.object_ids import ObjectIds

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 250
"""Operations per call that we send at most, also where the PLC names no limit (0 or absent).

More would not be quicker, and decoding the answers would hold up the event loop for longer.
"""

NODES = (
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerWrite,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds,
    ObjectIds.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
)


@dataclass(frozen=True, slots=True)
class OperationLimits:
    """Of one PLC (OPC UA Part 5, 6.3.11), in the order of `NODES`."""

    read: int = MOST
    write: int = MOST
    browse: int = MOST
    translate: int = MOST
    monitored_items: int = MOST

    @classmethod
    def of_values(cls, values: Sequence[Any]) -> OperationLimits:
        """The limits that these values tell; what is no positive number is no limit."""
        names = [field.name for field in fields(cls)]
        told = {
            name: min(value, MOST)
            for name, value in zip(names, values, strict=True)
            if isinstance(value, int) and value > 0
        }
        return cls(**told)
