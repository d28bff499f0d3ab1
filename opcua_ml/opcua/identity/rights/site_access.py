"""The rules of a site's server: rights follow from what a node is, so that no node is forgotten.

A node with RolePermissions of its own has exactly those. Any other may be looked at by its namespace's
defaults; calling and writing are added where the node is one of those that Roles call and write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.identity.rights.permissions import NodeKind
from opcua_ml.opcua.identity.rights.role_nodes import node_permissions
from opcua_ml.opcua.trust.access.rules import RoleAccess

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller

METHOD_KINDS: Final = {
    "Predict": NodeKind.PREDICTION,
    "PredictBatch": NodeKind.PREDICTION,
    "MVAPredict": NodeKind.PREDICTION,
    **dict.fromkeys(
        ("GetLatestResult", "GetResultById", "GetResultIdListFiltered", "ReleaseResultHandle"),
        NodeKind.SUBSCRIBER,
    ),
    "GetConfiguration": NodeKind.PREDICTION,
    "GetConfigDataDigest": NodeKind.PREDICTION,
    "CompareConfigDataDigest": NodeKind.PREDICTION,
    "GotoOperating": NodeKind.OPERATION,
    "GotoMaintenance": NodeKind.OPERATION,
    "Feedback": NodeKind.PREDICTION,
    "List": NodeKind.PREDICTION,
    "Pause": NodeKind.OPERATION,
    "Resume": NodeKind.OPERATION,
    "Stage": NodeKind.LIFECYCLE,
    "StartShadow": NodeKind.LIFECYCLE,
    "StartCanary": NodeKind.LIFECYCLE,
    "Promote": NodeKind.LIFECYCLE,
    "Confirm": NodeKind.LIFECYCLE,
    "Rollback": NodeKind.LIFECYCLE,
    "Retire": NodeKind.LIFECYCLE,
}
"""Our own Methods by BrowseName; one that is not here can't be called until somebody grants it."""

STANDARD_METHOD_KINDS: Final = {
    **dict.fromkeys(
        ("GetMonitoredItems", "ResendData", "ConditionRefresh", "ConditionRefresh2"), NodeKind.SUBSCRIBER
    ),
    **dict.fromkeys(
        (
            *("Acknowledge", "Confirm", "AddComment", "Respond", "Enable", "Disable"),
            *("TimedShelve", "OneShotShelve", "Unshelve", "Silence", "Suppress", "Unsuppress", "Reset"),
        ),
        NodeKind.OPERATION,
    ),
    **dict.fromkeys(
        (
            *("GenerateFileForRead", "GenerateFileForWrite", "CloseAndCommit"),
            *("Open", "Close", "Read", "Write", "GetPosition", "SetPosition"),
            *("Start", "Suspend", "Halt"),
        ),
        NodeKind.LIFECYCLE,
    ),
}
"""The same for Methods whose BrowseName is in namespace 0: subscriptions, alarms, files and programs."""

SWITCHES: Final = frozenset({"WritingEnabled"})
"""Variables that operators write wherever they are, where their AccessLevel lets them."""

INPUT_FOLDERS: Final = frozenset({"Inputs", "Handshake", "Context"})
"""Objects whose variables clients may write, where their AccessLevel lets them."""


class SiteAccess(RoleAccess):
    """RoleAccess by the kinds of nodes."""

    def __init__(self) -> None:
        super().__init__(
            default=node_permissions(NodeKind.MODEL), namespaces={0: node_permissions(NodeKind.STANDARD)}
        )
        self._node: Callable[[ua.NodeId], NodeData | None] = _no_node
        self._rows = {kind: node_permissions(kind) for kind in NodeKind}
        self._kinds: dict[int, tuple[NodeData, NodeKind | None]] = {}
        self._extras: dict[tuple[frozenset[ua.NodeId], NodeKind], int] = {}

    def look_up(self, node: Callable[[ua.NodeId], NodeData | None]) -> None:
        """Find nodes by `node`, to see what a variable belongs to: the server needs these rules first."""
        self._node = node
        self._kinds.clear()
        self.version += 1

    def permissions(self, caller: Caller, node: NodeData) -> int:
        """The bits of PermissionType that the caller has on the node."""
        granted = super().permissions(caller, node)
        if not granted or caller.identity.trusted or AttributeIds.RolePermissions in node.attributes:
            return granted
        kind = self._kind_of(node)
        return granted if kind is None else granted | self._extra(kind, caller.identity.roles)

    def changes_something(self, method_id: ua.NodeId) -> bool:
        """Whether calling the Method does more than give its caller an answer, as far as is known."""
        node = self._node(method_id)
        return node is None or self._kind_of(node) not in {NodeKind.PREDICTION, NodeKind.SUBSCRIBER}

    def _kind_of(self, node: NodeData) -> NodeKind | None:
        """Which row is added to the namespace's; None for none. What a node is does not change."""
        known = self._kinds.get(id(node))
        if known is not None and known[0] is node:
            return known[1]
        if len(self._kinds) > _MOST_KINDS:
            self._kinds.clear()
        kind = self._found_kind(node)
        self._kinds[id(node)] = (node, kind)
        return kind

    def _found_kind(self, node: NodeData) -> NodeKind | None:
        node_class = _value(node, AttributeIds.NodeClass)
        if node_class == ua.NodeClass.Method:
            name = _value(node, AttributeIds.BrowseName)
            if not isinstance(name, ua.QualifiedName):
                return None
            return (METHOD_KINDS if name.NamespaceIndex else STANDARD_METHOD_KINDS).get(name.Name or "")
        if node_class in {ua.NodeClass.Object, ua.NodeClass.ObjectType}:
            return NodeKind.METHODS_OWNER
        if node_class == ua.NodeClass.Variable and node.nodeid.NamespaceIndex and self._is_input(node):
            return NodeKind.INPUT
        return None

    def _is_input(self, node: NodeData) -> bool:
        own = _value(node, AttributeIds.BrowseName)
        if isinstance(own, ua.QualifiedName) and own.NamespaceIndex and own.Name in SWITCHES:
            return True
        for reference in node.references:
            parent = None if reference.IsForward else self._node(reference.NodeId)
            if parent is None or _value(parent, AttributeIds.NodeClass) != ua.NodeClass.Object:
                continue
            name = _value(parent, AttributeIds.BrowseName)
            if isinstance(name, ua.QualifiedName) and name.Name in INPUT_FOLDERS:
                return True
        return False

    def _extra(self, kind: NodeKind, roles: frozenset[ua.NodeId]) -> int:
        key = (roles, kind)
        found = self._extras.get(key)
        if found is None:
            if len(self._extras) > _MOST_EXTRAS:
                self._extras.clear()
            row = self._rows[kind]
            found = 0
            for role in roles:
                found |= row.get(role, 0)
            self._extras[key] = found
        return found


_MOST_KINDS: Final = 1_000_000
_MOST_EXTRAS: Final = 1_000


def _no_node(_: ua.NodeId) -> NodeData | None:
    return None


def _value(node: NodeData, attribute: AttributeIds) -> Any:
    held = node.attributes.get(attribute)
    data = held.value if held is not None else None
    return data.Value.Value if data is not None and data.Value is not None else None
