"""Who may do what on which node: the one place where the server's services ask.

Source: OPC UA Part 3, 5.2.9 (RolePermissions), 8.55 (PermissionType), 8.56 (AccessRestrictionType);
Part 18, 4.2 (well-known Roles).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access.identity import Caller, Role

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

Permission = ua.PermissionType
RolePermissions = Mapping[ua.NodeId, int]

# Plain numbers: an IntFlag costs a microsecond per operation.
BROWSE: Final = int(Permission.Browse)
READ_ROLE_PERMISSIONS: Final = int(Permission.ReadRolePermissions)
WRITE_ATTRIBUTE: Final = int(Permission.WriteAttribute)
WRITE_ROLE_PERMISSIONS: Final = int(Permission.WriteRolePermissions)
WRITE_HISTORIZING: Final = int(Permission.WriteHistorizing)
READ: Final = int(Permission.Read)
WRITE: Final = int(Permission.Write)
READ_HISTORY: Final = int(Permission.ReadHistory)
INSERT_HISTORY: Final = int(Permission.InsertHistory)
MODIFY_HISTORY: Final = int(Permission.ModifyHistory)
DELETE_HISTORY: Final = int(Permission.DeleteHistory)
RECEIVE_EVENTS: Final = int(Permission.ReceiveEvents)
CALL: Final = int(Permission.Call)
ADD_REFERENCE: Final = int(Permission.AddReference)
REMOVE_REFERENCE: Final = int(Permission.RemoveReference)
DELETE_NODE: Final = int(Permission.DeleteNode)
ADD_NODE: Final = int(Permission.AddNode)

ALL: Final = (1 << 17) - 1
NONE: Final = 0
_OBSERVE: Final = BROWSE | READ | READ_HISTORY | RECEIVE_EVENTS
_OPERATE: Final = _OBSERVE | WRITE | CALL
_MANAGE_NODES: Final = ADD_REFERENCE | REMOVE_REFERENCE | ADD_NODE | DELETE_NODE

DEFAULT_PERMISSIONS: Final[RolePermissions] = {
    Role.OBSERVER: _OBSERVE,
    Role.OPERATOR: _OPERATE,
    Role.ENGINEER: _OPERATE | INSERT_HISTORY | MODIFY_HISTORY | DELETE_HISTORY | WRITE_ATTRIBUTE,
    Role.SUPERVISOR: _OBSERVE | CALL,
    Role.CONFIGURE_ADMIN: _OBSERVE | WRITE_ATTRIBUTE | WRITE_HISTORIZING | _MANAGE_NODES,
    Role.SECURITY_ADMIN: BROWSE | READ | READ_ROLE_PERMISSIONS | WRITE_ROLE_PERMISSIONS,
}
"""What the well-known roles may do on a node that says nothing itself."""

BASE_PERMISSIONS: Final[RolePermissions] = {
    Role.ANONYMOUS: BROWSE | READ,
    Role.AUTHENTICATED_USER: BROWSE | READ,
    Role.OBSERVER: _OBSERVE | CALL,
    Role.OPERATOR: _OPERATE,
    Role.ENGINEER: _OPERATE,
    Role.SUPERVISOR: _OBSERVE | CALL,
    Role.CONFIGURE_ADMIN: _OPERATE | WRITE_ATTRIBUTE | _MANAGE_NODES,
    Role.SECURITY_ADMIN: _OPERATE | READ_ROLE_PERMISSIONS | WRITE_ROLE_PERMISSIONS,
}
"""The same for the OPC UA namespace (the types and the Server object; Part 18, 4.2, Table 2)."""

ADMIN_ONLY: Final[RolePermissions] = {
    Role.CONFIGURE_ADMIN: _OPERATE | WRITE_ATTRIBUTE,
    Role.SECURITY_ADMIN: _OPERATE | READ_ROLE_PERMISSIONS | WRITE_ROLE_PERMISSIONS,
}
"""For nodes that show other people's sessions."""


class AccessRules(Protocol):
    """Every authorisation decision of the server."""

    def permissions(self, caller: Caller, node: NodeData) -> int:
        """The bits of `Permission` that `caller` has on `node`; 0 denies everything."""
        ...

    def namespace_defaults(self, namespace: int) -> RolePermissions:
        """What a node of this namespace grants to each role if it says nothing itself."""
        ...


class RoleAccess:
    """RolePermissions of the node, else of its namespace, else of the server.

    A node whose RolePermissions can't be understood grants nothing: a broken configuration denies.

    Args:
        default: permissions per role for nodes that say nothing themselves.
        namespaces: the same for single namespaces, by index; namespace 0 has `BASE_PERMISSIONS` unless given.

    Attributes:
        version: rises when the rules, and not only a node, say something else; decisions may be kept until
            then. Rules without it are asked every time.
    """

    def __init__(
        self,
        default: RolePermissions = DEFAULT_PERMISSIONS,
        namespaces: Mapping[int, RolePermissions] | None = None,
    ) -> None:
        self._default = dict(default)
        self._namespaces: dict[int, RolePermissions] = {0: BASE_PERMISSIONS, **(namespaces or {})}
        self._cache: dict[tuple[frozenset[ua.NodeId], int], int] = {}
        self.version = 0

    def namespace_defaults(self, namespace: int) -> RolePermissions:
        """Permissions per role for nodes of this namespace."""
        return self._namespaces.get(namespace, self._default)

    def permissions(self, caller: Caller, node: NodeData) -> int:
        """The permissions of all the caller's roles together, if the channel is safe enough for the node."""
        identity = caller.identity
        if identity.trusted:
            return ALL
        attributes = node.attributes
        if AttributeIds.AccessRestrictions in attributes and not _channel_allowed(caller, node):
            return NONE
        if AttributeIds.RolePermissions in attributes:
            return _granted(_own_permissions(node), identity.roles)
        namespace = node.nodeid.NamespaceIndex
        key = (identity.roles, namespace)
        found = self._cache.get(key)
        if found is None:
            if len(self._cache) > 1000:
                self._cache.clear()
            found = self._cache[key] = _granted(self.namespace_defaults(namespace), identity.roles)
        return found


def refusal(caller: Caller, node: NodeData) -> int:
    """The StatusCode for who lacks a permission; BadSecurityModeInsufficient where it is a safer channel."""
    if AttributeIds.AccessRestrictions in node.attributes and not _channel_allowed(caller, node):
        return StatusCodes.BadSecurityModeInsufficient
    return StatusCodes.BadUserAccessDenied


def _granted(permissions: RolePermissions, roles: frozenset[ua.NodeId]) -> int:
    granted = NONE
    for role in roles:
        granted |= permissions.get(role, NONE)
    return granted


def _own_permissions(node: NodeData) -> RolePermissions:
    held = node.attributes[AttributeIds.RolePermissions].value
    entries = held.Value.Value if held is not None and held.Value is not None else None
    if not isinstance(entries, list) or not all(
        isinstance(entry, ua.RolePermissionType) for entry in entries
    ):
        return {}
    granted: dict[ua.NodeId, int] = {}
    for entry in entries:
        granted[entry.RoleId] = granted.get(entry.RoleId, NONE) | int(entry.Permissions)
    return granted


def _channel_allowed(caller: Caller, node: NodeData) -> bool:
    held = node.attributes[AttributeIds.AccessRestrictions].value
    restrictions = held.Value.Value if held is not None and held.Value is not None else None
    if not isinstance(restrictions, int):
        return False
    mode = caller.security_mode
    if restrictions & 0b10:
        return mode == ua.MessageSecurityMode.SignAndEncrypt
    if restrictions & 0b01:
        return mode in {ua.MessageSecurityMode.Sign, ua.MessageSecurityMode.SignAndEncrypt}
    return True
