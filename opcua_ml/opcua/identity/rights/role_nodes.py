"""Roles and permissions as OPC UA clients see them: NodeIds and bits of PermissionType."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.opcua.identity.rights.permissions import DEFAULT_PERMISSIONS, NodeKind
from opcua_ml.opcua.identity.rights.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

_NODE_IDS = {role: ua.NodeId(ua.Int32(role.node_number)) for role in Role}


def role_nodes(roles: Iterable[Role]) -> frozenset[ua.NodeId]:
    """NodeIds of well-known Roles."""
    return frozenset(_NODE_IDS[role] for role in roles)


def node_permissions(kind: NodeKind) -> dict[ua.NodeId, int]:
    """Bits of PermissionType per Role's NodeId for a kind of node."""
    return {_NODE_IDS[role]: int(granted) for role, granted in DEFAULT_PERMISSIONS[kind].items()}
