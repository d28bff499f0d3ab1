"""Finds references of nodes that have many, without looking at each of them.

asyncua walks all references of the parent for every node that is added, which makes adding quadratic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from asyncua import ua
    from asyncua.server.address_space import NodeData

MANY: Final = 32
"""References from which on a node gets an index."""
HAS_PROPERTY: Final = node_id(ObjectIds.HasProperty)


class References:
    """The references of one node by type and target; it has to be dropped when one is removed."""

    __slots__ = ("_known", "_list", "_properties")

    def __init__(self, references: list[ua.ReferenceDescription]) -> None:
        self._list = references
        self._known: dict[tuple[ua.NodeId, ua.NodeId], ua.ReferenceDescription] = {}
        self._properties: list[ua.ReferenceDescription] = []
        for reference in references:
            self._note(reference)

    def is_of(self, node: NodeData) -> bool:
        """Whether the node has this very list, as long as it was."""
        return node.references is self._list and len(self._list) == len(self._known)

    def find(self, kind: ua.NodeId, target: ua.NodeId) -> ua.ReferenceDescription | None:
        """The reference of this type to this node."""
        return self._known.get((kind, target))

    def has_property(self, name: str | None) -> bool:
        """Whether some property has this name, in whatever namespace."""
        return any(one.BrowseName.Name == name for one in self._properties)

    def add(self, reference: ua.ReferenceDescription) -> None:
        """Append a reference that is not there yet."""
        self._list.append(reference)
        self._note(reference)

    def _note(self, reference: ua.ReferenceDescription) -> None:
        self._known[reference.ReferenceTypeId, reference.NodeId] = reference
        if reference.ReferenceTypeId == HAS_PROPERTY:
            self._properties.append(reference)


class ReferenceIndex:
    """The indexes of all nodes that have many references."""

    def __init__(self) -> None:
        self._indexes: WeakKeyDictionary[NodeData, References] = WeakKeyDictionary()

    def of(self, node: NodeData) -> References | None:
        """The node's references by type and target; None where there are few."""
        if len(node.references) < MANY:
            return None
        index = self._indexes.get(node)
        if index is None or not index.is_of(node):
            index = References(node.references)
            if not index.is_of(node):
                return None  # two alike: leave such a node to whoever made it so
            self._indexes[node] = index
        return index

    def forget(self, node: NodeData | None = None) -> None:
        """References of this node were removed, or of any without one."""
        if node is None:
            self._indexes.clear()
        else:
            self._indexes.pop(node, None)
