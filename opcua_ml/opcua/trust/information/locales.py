"""The languages that the server has texts in: ServerCapabilities.LocaleIdArray.

Source: OPC UA Part 5, 6.3.2 (ServerCapabilitiesType); Part 3, 8.4 (LocaleId).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.server.address_space import AddressSpace

_ARRAY = node_id(ObjectIds.Server_ServerCapabilities_LocaleIdArray)


async def add_locales(aspace: AddressSpace, locales: Iterable[str]) -> None:
    """Say that texts in these languages, too, came into the address space; those known stay first."""
    held: Any = aspace[_ARRAY].attributes[AttributeIds.Value].value
    known = list(held.Value.Value or ())
    more = sorted(set(locales) - set(known) - {""})
    if more:
        told = variant([*known, *more], ua.VariantType.String, is_array=True)
        await aspace.write_attribute_value(_ARRAY, AttributeIds.Value, data_value(told))
