"""Which conformance units the site's nodes support, beside those of the services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.trust.information.conformance import add_units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from asyncua.server.address_space import AddressSpace

    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.space.node_tree import NodeTree

_ALWAYS: Final = ("Machine Learning Models", "Machine Learning Diagnostics", "Machine Learning Sources")
VARIABLE_UNITS: Final = (
    *("Data Access DataItems", "Data Access BaseAnalogType", "Data Access AnalogUnitType"),
    *("Data Access AnalogUnitRangeType", "Data Access DiscreteItemType", "Data Access TwoState"),
    *("Data Access MultiState", "Data Access MultiStateValueDiscrete"),
    *("Base Info Finite State Machine Instance", "Base Info State Machine Instance"),
)
ALARM_UNITS: Final = (
    *("A & C Basic", "A & C Enable", "A & C Comment", "A & C Acknowledge", "A & C Confirm", "A & C Alarm"),
    *("A & C Refresh", "A & C Refresh2", "A & C Shelving", "A & C ConditionClasses", "A & C Latched State"),
    *("A & C OffNormal", "A & C SystemOffNormal", "A & C Exclusive Level", "A & C Non-Exclusive Level"),
    *("A & C Exclusive Limit", "A & C Non-Exclusive Limit", "Address Space Events"),
    *("Address Space Notifier Hierarchy", "Address Space Source Hierarchy"),
)
_VERSIONS: Final = ("Base Info TemporaryFileTransferType Base", "Base Info FileType Base")
HISTORY_UNITS: Final = {
    "AccessHistoryData": (
        *("Historical Access Read Raw", "Historical Access Time Instance"),
        "Historical Access Aggregates",
    ),
    "AccessHistoryEvents": ("Historical Access Events",),
    "InsertData": ("Historical Access Insert Value",),
    "ReplaceData": ("Historical Access Replace Value",),
    "UpdateData": ("Historical Access Update Value",),
    "DeleteRaw": ("Historical Access Delete Value",),
    "InsertAnnotation": ("Historical Access Annotations",),
}
"""By the capabilities of HistoryServerCapabilities (Part 11, 5.4.2), which the history sets."""
_PARTS: Final = (
    ("Monitoring.Alarms", "Machine Learning Alarms", ALARM_UNITS),
    ("Handshake", "Machine Learning Handshake", ()),
    ("Versions", "Machine Learning Versions", _VERSIONS),
)


async def tell_units(aspace: AddressSpace, tree: NodeTree, names: Names) -> None:
    """Tell those of what is shown now; what was told before stays."""
    own = int(names.own("").NamespaceIndex)
    units = {(name, own) for name in _ALWAYS} | {(name, 0) for name in (*VARIABLE_UNITS, *_history(aspace))}
    for part, unit, more in _PARTS:
        if tree.has_part(part):
            units |= {(unit, own), *((name, 0) for name in more)}
    await add_units(aspace, units)


def _history(aspace: AddressSpace) -> Iterator[str]:
    for capability, units in HISTORY_UNITS.items():
        number = getattr(ObjectIds, f"HistoryServerCapabilities_{capability}Capability")
        if _is_true(aspace, number):
            yield from units
    if _is_true(aspace, ObjectIds.HistoryServerCapabilities_AccessHistoryDataCapability):
        folder = aspace[standard_id(ObjectIds.HistoryServerCapabilities_AggregateFunctions)]
        for one in folder.references:
            if one.IsForward and one.NodeId.Identifier != ObjectIds.FolderType:
                yield f"Aggregates - {one.BrowseName.Name}"


def _is_true(aspace: AddressSpace, number: int) -> bool:
    node: Any = aspace.get(standard_id(number))
    held = None if node is None else node.attributes[AttributeIds.Value].value
    return bool(held is not None and held.Value is not None and held.Value.Value)
