"""What each Role may do on each kind of node, as one table that can be read from top to bottom.

Source: OPC UA Part 3, 4.9.2 (suggested permissions), 8.55 (PermissionType). `site_access` evaluates it.
"""

from __future__ import annotations

from enum import Enum, IntFlag
from types import MappingProxyType
from typing import TYPE_CHECKING

from opcua_ml.opcua.identity.rights.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping


class Permission(IntFlag):
    """Bits of Part 3, 8.55."""

    NONE = 0
    BROWSE = 1 << 0
    READ_ROLE_PERMISSIONS = 1 << 1
    WRITE_ATTRIBUTE = 1 << 2
    WRITE_ROLE_PERMISSIONS = 1 << 3
    WRITE_HISTORIZING = 1 << 4
    READ = 1 << 5
    WRITE = 1 << 6
    READ_HISTORY = 1 << 7
    INSERT_HISTORY = 1 << 8
    MODIFY_HISTORY = 1 << 9
    DELETE_HISTORY = 1 << 10
    RECEIVE_EVENTS = 1 << 11
    CALL = 1 << 12
    ADD_REFERENCE = 1 << 13
    REMOVE_REFERENCE = 1 << 14
    DELETE_NODE = 1 << 15
    ADD_NODE = 1 << 16


class NodeKind(Enum):
    """What a node is for, as far as rights depend on it."""

    STANDARD = "the types, and the Server object as far as it tells nothing of others"
    SUBSCRIBER = "a Method that serves the caller's own subscriptions, or tells what observers may see"
    MODEL = "what a model, a source or the service says of itself"
    METHODS_OWNER = "an object on which Methods are called that have rights of their own"
    INPUT = "an input, handshake word or operators' switch that clients may write"
    PREDICTION = "a Method that predicts or takes feedback"
    OPERATION = "a Method that pauses or resumes a model, or answers an alarm"
    LIFECYCLE = "a Method that changes which version of a model runs, or uploads one"
    CONFIGURATION = "a setting of the service"
    AUDIT = "an event type that tells of users, sessions and certificates"
    SECURITY = "users, roles, certificates, audit, and what other sessions do"


RolePermissions = dict[Role, Permission]

_LOOK = Permission.BROWSE | Permission.READ
_OBSERVE = _LOOK | Permission.READ_HISTORY | Permission.RECEIVE_EVENTS
_WRITE = _OBSERVE | Permission.WRITE
_CONFIGURE = _WRITE | Permission.WRITE_ATTRIBUTE | Permission.WRITE_HISTORIZING | Permission.CALL
_ROLES = Permission.READ_ROLE_PERMISSIONS | Permission.WRITE_ROLE_PERMISSIONS

_OBSERVERS: RolePermissions = {
    Role.AUTHENTICATED_USER: _LOOK,
    Role.OBSERVER: _OBSERVE,
    Role.OPERATOR: _OBSERVE,
    Role.ENGINEER: _OBSERVE,
    Role.SUPERVISOR: _OBSERVE,
    Role.CONFIGURE_ADMIN: _OBSERVE,
    Role.SECURITY_ADMIN: _LOOK | Permission.RECEIVE_EVENTS | _ROLES,
}

_EVERY_OBSERVER = tuple(role for role in _OBSERVERS if role is not Role.AUTHENTICATED_USER)


def _callers(*roles: Role) -> RolePermissions:
    """Observers, of whom these may call."""
    return _OBSERVERS | {role: _OBSERVERS[role] | Permission.CALL for role in roles}


DEFAULT_PERMISSIONS: Mapping[NodeKind, Mapping[Role, Permission]] = MappingProxyType(
    {
        NodeKind.STANDARD: {Role.ANONYMOUS: _LOOK, **_OBSERVERS},
        NodeKind.SUBSCRIBER: {Role.ANONYMOUS: _LOOK, **_callers(*_EVERY_OBSERVER)},
        NodeKind.MODEL: _OBSERVERS,
        NodeKind.METHODS_OWNER: _callers(*_OBSERVERS),
        NodeKind.INPUT: _OBSERVERS | {Role.OPERATOR: _WRITE, Role.ENGINEER: _WRITE},
        NodeKind.PREDICTION: _callers(Role.OPERATOR, Role.ENGINEER, Role.SUPERVISOR),
        NodeKind.OPERATION: _callers(Role.OPERATOR, Role.ENGINEER, Role.SUPERVISOR),
        NodeKind.LIFECYCLE: _callers(Role.ENGINEER),
        NodeKind.CONFIGURATION: _OBSERVERS
        | {Role.ENGINEER: _WRITE | Permission.CALL, Role.CONFIGURE_ADMIN: _CONFIGURE},
        NodeKind.AUDIT: dict.fromkeys(Role, _LOOK) | {Role.SECURITY_ADMIN: _OBSERVE | _ROLES},
        NodeKind.SECURITY: {Role.SECURITY_ADMIN: _CONFIGURE | _ROLES},
    }
)
"""Total over kinds; a Role that is not named in a kind's row may do nothing there."""
