"""ServerCapabilities.ConformanceUnits: what of the standard, and of other models, the server really does.

Source: OPC UA Part 5, 6.3.2 (ServerCapabilitiesType); Part 7, 4.2 (ConformanceUnit), whose names these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import data_value, node_id, variant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.server.address_space import AddressSpace

_ARRAY: Final = node_id(ObjectIds.Server_ServerCapabilities_ConformanceUnits)
STANDARD: Final = (
    *("Discovery Find Servers Self", "Discovery Get Endpoints"),
    *("Session General Service Behaviour", "Session Base", "Session Cancel", "Session Change User"),
    *("View Basic 2", "View TranslateBrowsePath", "View RegisterNodes"),
    *("Attribute Read", "Attribute Write Values", "Attribute Write Index"),
    *("Attribute Write StatusCode & Timestamp", "Method Call"),
    *("Monitor Basic", "Monitor Value Change", "Monitor Triggering", "Monitor Events"),
    *("Monitor Complex Event Filter", "Monitored Items Deadband Filter", "Data Access PercentDeadband"),
    *("Subscription Basic", "Subscription Transfer"),
    *("Base Info Core Structure 2", "Base Info Base Types", "Base Info Core Types Folders"),
    *("Base Info Core Views Folder", "Base Info ServerType", "Base Info Type System"),
    *("Base Info Custom Type System", "Base Info Placeholder Modelling Rules"),
    *("Base Info GetMonitoredItems Method", "Base Info ResendData Method", "Base Info Diagnostics"),
    *("Base Info EventQueueOverflow EventType", "Base Info Method Argument DataType"),
    *("Base Info EUInformation", "Base Info Range DataType", "Base Info Engineering Units"),
    *("Address Space DataTypeDefinition Attribute", "Address Space Method Meta Data"),
)
"""Of the services and of the Server object."""


async def add_units(aspace: AddressSpace, units: Iterable[tuple[str, int]]) -> None:
    """Say that units are supported, too, by name and namespace index."""
    node = aspace.get(_ARRAY)
    if node is None:
        return
    held: Any = node.attributes[AttributeIds.Value].value
    known = {(one.Name, int(one.NamespaceIndex)) for one in (held.Value.Value or ())}
    if not (more := set(units) - known):
        return
    told = [ua.QualifiedName(name, ua.UInt16(index)) for name, index in _ordered(known | more)]
    value = variant(told, ua.VariantType.QualifiedName, is_array=True)
    await aspace.write_attribute_value(_ARRAY, AttributeIds.Value, data_value(value))


def standard_units() -> list[ua.QualifiedName]:
    """Those that every server of ours supports."""
    return [ua.QualifiedName(name, ua.UInt16(0)) for name, _ in _ordered((one, 0) for one in STANDARD)]


def _ordered(units: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    return sorted(units, key=lambda unit: (unit[1], unit[0]))
