"""RolePermissions of single nodes, where `site_access` would say otherwise by what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.identity.rights.permissions import NodeKind
from opcua_ml.opcua.identity.rights.role_nodes import node_permissions, role_nodes
from opcua_ml.opcua.identity.rights.roles import Role

if TYPE_CHECKING:
    from asyncua.common.node import Node

    from opcua_ml.opcua.trust.server import PlantServer

SECURITY_NODES: Final = (
    ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary,
    ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionDiagnosticsArray,
    ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionSecurityDiagnosticsArray,
    ObjectIds.Server_ServerDiagnostics_SubscriptionDiagnosticsArray,
    ObjectIds.ServerConfiguration,
)
"""Nodes of namespace 0 that tell of others' sessions or of certificates, with all below them."""


async def grant(server: PlantServer, node: Node | ua.NodeId, kind: NodeKind) -> None:
    """Give a node the RolePermissions of its kind."""
    await server.set_role_permissions(node, node_permissions(kind))


async def protect_standard_nodes(server: PlantServer) -> None:
    """Keep what namespace 0 tells of sessions, Roles' members and audit events for SecurityAdmin."""
    for number in SECURITY_NODES:
        node_id = ua.NodeId(ua.Int32(number))
        if node_id not in server.iserver.aspace:
            continue  # the server does not show what it does not serve
        for node in await _with_descendants(server.get_node(node_id), ObjectIds.Aggregates):
            await grant(server, node, NodeKind.SECURITY)
    for node in map(server.get_node, role_nodes(Role)):
        for told in await node.get_children(refs=ObjectIds.Aggregates):
            await grant(server, told, NodeKind.SECURITY)
    audit_events = server.get_node(ua.NodeId(ua.Int32(ObjectIds.AuditEventType)))
    for node in await _with_descendants(audit_events, ObjectIds.HasSubtype):
        await grant(server, node, NodeKind.AUDIT)


async def _with_descendants(top: Node, references: int) -> list[Node]:
    found, waiting = {top.nodeid: top}, [top]
    while waiting:
        for node in await waiting.pop().get_children(refs=references):
            if node.nodeid not in found:
                found[node.nodeid] = node
                waiting.append(node)
    return list(found.values())
