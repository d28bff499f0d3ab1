"""Changing attributes of nodes while clients are there, and telling those who monitor them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml_simulator.opcua.tag_writer import date_time

if TYPE_CHECKING:
    from datetime import datetime

    from asyncua.server.address_space import AddressSpace
    from asyncua.ua.attribute_ids import AttributeIds


async def write_attribute(
    space: AddressSpace, node_id: ua.NodeId, attribute: AttributeIds, value: ua.Variant, now: datetime
) -> None:
    """Give an attribute a value of any type."""
    found = space[node_id].attributes[attribute]
    found.value = ua.DataValue(value, ua.StatusCode(), date_time(now), date_time(now))
    for handle, notify in tuple(found.datachange_callbacks.items()):
        await notify(handle, found.value)


async def tell_gone(space: AddressSpace, node_id: ua.NodeId) -> None:
    """Tell everybody who monitors a node that it is gone, for the last time.

    asyncua 2.1 would tell nobody: it makes a coroutine and never awaits it.
    """
    gone = ua.DataValue(StatusCode=ua.StatusCode(ua.UInt32(StatusCodes.BadNodeIdUnknown)))
    for attribute in space[node_id].attributes.values():
        for handle, notify in tuple(attribute.datachange_callbacks.items()):
            await notify(handle, gone)
            space._handle_to_attribute_map.pop(handle, None)  # noqa: SLF001 - as the item may still be deleted
