"""The attributes whose value depends on who asks: UserAccessLevel, UserExecutable and their kin.

Source: OPC UA Part 3, 5.6.2 (UserAccessLevel, AccessLevelEx), 5.7 (UserExecutable), 5.2.7 (UserWriteMask),
5.2.9 and 5.2.10 (RolePermissions, UserRolePermissions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.trust.access import rules as access

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules

_LEVEL_NEEDS: Final = (
    (1 << ua.AccessLevel.CurrentRead, access.READ),
    (1 << ua.AccessLevel.CurrentWrite, access.WRITE),
    (1 << ua.AccessLevel.HistoryRead, access.READ_HISTORY),
    (1 << ua.AccessLevel.HistoryWrite, access.INSERT_HISTORY | access.MODIFY_HISTORY | access.DELETE_HISTORY),
    (1 << ua.AccessLevel.StatusWrite, access.WRITE),
    (1 << ua.AccessLevel.TimestampWrite, access.WRITE),
)


def number(node: NodeData, attribute: AttributeIds, missing: int = 0) -> int:
    """The integer held by an attribute, or `missing` without one."""
    held = node.attributes.get(attribute)
    if held is None or held.value is None or held.value.Value is None:
        return missing
    value = held.value.Value.Value
    return int(value) if isinstance(value, int) else missing


class UserAttributes:
    """Computes them from the node's own attributes and the caller's permissions.

    Args:
        rules: who may do what.
    """

    def __init__(self, rules: AccessRules) -> None:
        self._rules = rules
        self._compute: dict[int, Callable[[Caller, NodeData], ua.Variant | None]] = {
            AttributeIds.UserAccessLevel: self._user_access_level,
            AttributeIds.AccessLevelEx: self._access_level_ex,
            AttributeIds.Executable: self._executable,
            AttributeIds.UserExecutable: self._user_executable,
            AttributeIds.UserWriteMask: self._user_write_mask,
            AttributeIds.UserRolePermissions: self._user_role_permissions,
        }

    def read(self, caller: Caller, node: NodeData, attribute: int) -> ua.DataValue | None:
        """The attribute's value for this caller; None if it is the same for everybody."""
        compute = self._compute.get(attribute)
        if compute is None:
            return None
        variant = compute(caller, node)
        return None if variant is None else ua.DataValue(variant)

    def _user_access_level(self, caller: Caller, node: NodeData) -> ua.Variant | None:
        if AttributeIds.AccessLevel not in node.attributes:
            return None
        permissions = self._rules.permissions(caller, node)
        level = number(node, AttributeIds.AccessLevel) & number(node, AttributeIds.UserAccessLevel, 0xFF)
        for bit, needed in _LEVEL_NEEDS:
            if not permissions & needed:
                level &= ~bit
        return ua.Variant(level, ua.VariantType.Byte)

    @staticmethod
    def _access_level_ex(caller: Caller, node: NodeData) -> ua.Variant | None:  # noqa: ARG004 - one signature
        if AttributeIds.AccessLevel not in node.attributes or AttributeIds.AccessLevelEx in node.attributes:
            return None
        return ua.Variant(number(node, AttributeIds.AccessLevel), ua.VariantType.UInt32)

    @staticmethod
    def _executable(caller: Caller, node: NodeData) -> ua.Variant | None:  # noqa: ARG004 - one signature
        if AttributeIds.Executable not in node.attributes:
            return None
        return ua.Variant(executable(node), ua.VariantType.Boolean)

    def _user_executable(self, caller: Caller, node: NodeData) -> ua.Variant | None:
        if AttributeIds.Executable not in node.attributes:
            return None
        allowed = bool(self._rules.permissions(caller, node) & access.CALL)
        own = bool(number(node, AttributeIds.UserExecutable, 1))
        return ua.Variant(executable(node) and own and allowed, ua.VariantType.Boolean)

    def _user_write_mask(self, caller: Caller, node: NodeData) -> ua.Variant | None:
        if AttributeIds.WriteMask not in node.attributes:
            return None
        allowed = self._rules.permissions(caller, node) & access.WRITE_ATTRIBUTE
        mask = number(node, AttributeIds.WriteMask) & number(node, AttributeIds.UserWriteMask, 0xFFFFFFFF)
        return ua.Variant(mask if allowed else 0, ua.VariantType.UInt32)

    def _user_role_permissions(self, caller: Caller, node: NodeData) -> ua.Variant | None:
        if caller.identity.trusted:
            return None
        granted = ua.PermissionType(self._rules.permissions(caller, node))
        entries = [ua.RolePermissionType(RoleId=role, Permissions=granted) for role in caller.identity.roles]
        return ua.Variant(entries, ua.VariantType.ExtensionObject, is_array=True)


def executable(node: NodeData) -> bool:
    """Whether a Method may be called at all: it says so, and there is code behind it."""
    return node.call is not None and bool(number(node, AttributeIds.Executable, 1))
