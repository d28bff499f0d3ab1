"""Rights put onto nodes: the rules of a site's server, and the RolePermissions of single nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.identity.permissions import NodeKind
from opcua_ml.opcua.identity.role_nodes import node_permissions
from opcua_ml.opcua.trust.access.rules import RoleAccess

if TYPE_CHECKING:
    from asyncua.common.node import Node

    from opcua_ml.opcua.trust.server import PlantServer

SECURITY_NODES: Final = (
    ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary,
    ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionDiagnosticsArray,
    ObjectIds.Server_ServerDiagnostics_SessionsDiagnosticsSummary_SessionSecurityDiagnosticsArray,
    ObjectIds.Server_ServerDiagnostics_SubscriptionDiagnosticsArray,
    ObjectIds.ServerConfiguration,
    ObjectIds.Server_ServerCapabilities_RoleSet,
)
"""Nodes of namespace 0 that tell of others' sessions, of certificates or of users, with all below them."""


METHOD_KINDS: Final = {
    "Predict": NodeKind.PREDICTION,
    "PredictBatch": NodeKind.PREDICTION,
    "Feedback": NodeKind.PREDICTION,
    "MVAPredict": NodeKind.PREDICTION,
    "Pause": NodeKind.OPERATION,
    "Resume": NodeKind.OPERATION,
    "Stage": NodeKind.LIFECYCLE,
    "StartShadow": NodeKind.LIFECYCLE,
    "Promote": NodeKind.LIFECYCLE,
    "Confirm": NodeKind.LIFECYCLE,
    "Rollback": NodeKind.LIFECYCLE,
    "Retire": NodeKind.LIFECYCLE,
    "GenerateFileForWrite": NodeKind.LIFECYCLE,
    "CloseAndCommit": NodeKind.LIFECYCLE,
}
"""By BrowseName; a Method that is not here can't be called until somebody grants it."""
STANDARD_METHOD_KINDS: Final = dict.fromkeys(
    ("Acknowledge", "Confirm", "AddComment", "Enable", "Disable", "TimedShelve", "Unshelve"),
    NodeKind.OPERATION,
)
"""The same for Methods whose BrowseName is in namespace 0: those of alarms (Part 9)."""


def site_rules() -> RoleAccess:
    """Rules by which a node that says nothing itself is one to look at; writing and calling need a grant."""
    return RoleAccess(
        default=node_permissions(NodeKind.MODEL), namespaces={0: node_permissions(NodeKind.STANDARD)}
    )


async def grant(server: PlantServer, node: Node | ua.NodeId, kind: NodeKind) -> None:
    """Give a node the RolePermissions of its kind."""
    await server.set_role_permissions(node, node_permissions(kind))


async def grant_below(server: PlantServer, top: Node) -> None:
    """Give `top` and all nodes below it the rights of what they are.

    Methods by `METHOD_KINDS`, objects that have Methods as such, variables that may be written as inputs;
    all else is to be looked at only, by `site_rules`. To be called again after nodes were added.
    """
    for node in await _with_descendants(top, ObjectIds.HierarchicalReferences):
        kind = await _kind_of(node)
        if kind is not None:
            await grant(server, node, kind)


async def _kind_of(node: Node) -> NodeKind | None:
    node_class = await node.read_node_class()
    if node_class == ua.NodeClass.Method:
        name = await node.read_browse_name()
        table = METHOD_KINDS if name.NamespaceIndex else STANDARD_METHOD_KINDS
        return table.get(name.Name or "")
    if node_class == ua.NodeClass.Object:
        return NodeKind.METHODS_OWNER if await node.get_methods() else None
    if node_class == ua.NodeClass.Variable and ua.AccessLevel.CurrentWrite in await node.get_access_level():
        return NodeKind.INPUT
    return None


async def protect_standard_nodes(server: PlantServer) -> None:
    """Keep what namespace 0 tells of security, audit events included, for SecurityAdmin."""
    for number in SECURITY_NODES:
        node_id = ua.NodeId(ua.Int32(number))
        if node_id not in server.iserver.aspace:
            continue  # the server does not show what it does not serve
        for node in await _with_descendants(server.get_node(node_id), ObjectIds.Aggregates):
            await grant(server, node, NodeKind.SECURITY)
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
