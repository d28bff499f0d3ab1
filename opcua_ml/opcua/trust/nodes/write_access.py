"""Whether somebody may write an attribute, and as much of it as the request holds.

Source: OPC UA Part 4, 5.11.4 (Write); Part 3, 8.57 (AccessLevelType), 8.58 (AccessLevelExType), 8.60
(AttributeWriteMask), 8.55 (PermissionType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.nodes.user_attributes import number

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

_CURRENT_WRITE: Final = 1 << ua.AccessLevel.CurrentWrite
_STATUS_WRITE: Final = 1 << ua.AccessLevel.StatusWrite
_TIMESTAMP_WRITE: Final = 1 << ua.AccessLevel.TimestampWrite
_WRITE_FULL_ARRAY_ONLY: Final = int(ua.AccessLevelExType.WriteFullArrayOnly)
_NEVER_WRITABLE: Final = frozenset({AttributeIds.NodeId, AttributeIds.NodeClass})
_WRITE_MASK_BITS: Final = {
    attribute: 1 << getattr(ua.WriteMask, attribute.name)
    for attribute in AttributeIds
    if hasattr(ua.WriteMask, attribute.name)
} | {
    AttributeIds.DataTypeDefinition: 1 << 22,
    AttributeIds.RolePermissions: 1 << 23,
    AttributeIds.AccessRestrictions: 1 << 24,
    AttributeIds.AccessLevelEx: 1 << 25,
}
"""The last four are not in asyncua's enumeration."""
_NEEDED: Final = {
    AttributeIds.RolePermissions: access.WRITE_ROLE_PERMISSIONS,
    AttributeIds.Historizing: access.WRITE_HISTORIZING,
}


def writable(permissions: int, node: NodeData, item: ua.WriteValue) -> int:
    """Good, or the StatusCode of refusing to write the attribute, or to write it in this way.

    Args:
        permissions: of the caller on the node.
        node: it has the attribute.
        item: what is to be written. A StatusCode or a timestamp in it has to be writable, too; a server
            timestamp is taken where a source timestamp is, and is then that of the server.
    """
    attribute = AttributeIds(item.AttributeId)
    if attribute == AttributeIds.Value and AttributeIds.AccessLevel in node.attributes:
        return _value_writable(permissions, node, item)
    bit, mask = _WRITE_MASK_BITS.get(attribute, 0), number(node, AttributeIds.WriteMask)
    if attribute in _NEVER_WRITABLE or not mask & bit:
        return StatusCodes.BadNotWritable
    allowed = permissions & _NEEDED.get(attribute, access.WRITE_ATTRIBUTE)
    if not allowed or not number(node, AttributeIds.UserWriteMask, mask) & bit:
        return StatusCodes.BadUserAccessDenied
    return StatusCodes.BadWriteNotSupported if _beyond_value(item.Value) else StatusCodes.Good


def _value_writable(permissions: int, node: NodeData, item: ua.WriteValue) -> int:
    """By AccessLevel what the Variable takes, by UserAccessLevel and permissions what from this caller."""
    level = number(node, AttributeIds.AccessLevel)
    if not level & _CURRENT_WRITE:
        return StatusCodes.BadNotWritable
    user_level = number(node, AttributeIds.UserAccessLevel, 0xFF)
    if not (user_level & _CURRENT_WRITE and permissions & access.WRITE):
        return StatusCodes.BadUserAccessDenied
    needed = _beyond_value(item.Value)
    if level & needed != needed:
        return StatusCodes.BadWriteNotSupported
    if user_level & needed != needed:
        return StatusCodes.BadUserAccessDenied
    if item.IndexRange and number(node, AttributeIds.AccessLevelEx) & _WRITE_FULL_ARRAY_ONLY:
        return StatusCodes.BadWriteNotSupported
    return StatusCodes.Good


def _beyond_value(value: ua.DataValue) -> int:
    """The bits of AccessLevel that writing this asks for beside CurrentWrite (Part 4, 5.11.4.2)."""
    needed = 0
    if value.StatusCode is not None and value.StatusCode.value != StatusCodes.Good:
        needed |= _STATUS_WRITE
    if value.SourceTimestamp is not None or value.ServerTimestamp is not None:
        needed |= _TIMESTAMP_WRITE
    return needed
