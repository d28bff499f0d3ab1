"""Nodes and references added and removed by the server's own code, each in the same time.

Source: OPC UA Part 4, 5.8 (NodeManagement Service Set).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

import structlog
from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import NodeData, NodeManagementService
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.node_attributes import NodeAttributes
from opcua_ml.opcua.trust.nodes.references import HAS_PROPERTY, ReferenceIndex

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_log = structlog.get_logger(__name__)

_reference: Any = ua.ReferenceDescription
_HAS_TYPE_DEFINITION: Final = node_id(ObjectIds.HasTypeDefinition)
_HAS_SUBTYPE: Final = node_id(ObjectIds.HasSubtype)


class PlantNodeManagementService(NodeManagementService):
    """asyncua's node management, for the server's own code only; it tells the address space what changed."""

    _aspace: PlantAddressSpace

    def __init__(self, aspace: PlantAddressSpace) -> None:
        super().__init__(aspace)
        self._index = ReferenceIndex()
        self.attributes: Final = NodeAttributes()
        self._shared: WeakKeyDictionary[NodeData, dict[Any, ua.ReferenceDescription]] = WeakKeyDictionary()

    def has_property(self, node: NodeData, name: str | None) -> bool:
        """Whether some property of the node has this name, in whatever namespace."""
        references = self._index.of(node)
        if references is not None:
            return references.has_property(name)
        return any(
            one.BrowseName.Name == name for one in node.references if one.ReferenceTypeId == HAS_PROPERTY
        )

    def references_of_new(
        self, kind: ua.NodeId, parent: NodeData, definition: NodeData | None
    ) -> list[ua.ReferenceDescription]:
        """The first references of a node: to who holds it, by this type, and to its type definition."""
        references = [self._shared_reference(kind, parent, is_forward=False)]
        if definition is not None:
            references.append(self._shared_reference(_HAS_TYPE_DEFINITION, definition, is_forward=True))
        return references

    def hold(self, parent: NodeData, reference: ua.ReferenceDescription) -> None:
        """Let a node hold another one by this reference."""
        self._add_unique_reference(parent, reference)

    def _add_node(self, item: ua.AddNodesItem, user: User, check: bool = True) -> ua.AddNodesResult:
        """As asyncua does it, which looks at all references of the parent; here they are looked up."""
        parent = self._aspace.get(item.ParentNodeId)
        references = self._index.of(parent) if parent is not None else None
        wanted, allowed = item.RequestedNewNodeId, user.role == UserRole.Admin
        if parent is None or references is None or not allowed or wanted.has_null_identifier():
            return super()._add_node(item, user, check)
        if wanted in self._aspace:
            return ua.AddNodesResult(bad(StatusCodes.BadNodeIdExists))
        if references.has_property(item.BrowseName.Name):
            return ua.AddNodesResult(bad(StatusCodes.BadBrowseNameDuplicated))
        if not item.TypeDefinition.is_null() and item.TypeDefinition not in self._aspace:
            return ua.AddNodesResult(bad(StatusCodes.BadTypeDefinitionInvalid))
        node = NodeData(wanted)
        self._add_node_attributes(node, item, add_timestamps=check)
        self._aspace[wanted] = node
        self._add_ref_from_parent(node, item, parent)
        self._add_ref_to_parent(node, item, parent)
        if not item.TypeDefinition.is_null():
            self._add_type_definition(node, item)
        return ua.AddNodesResult(good(), wanted)

    def _add_node_attributes(self, nodedata: NodeData, item: ua.AddNodesItem, add_timestamps: bool) -> None:
        given: Any = item.NodeAttributes
        nodedata.attributes.update(self.attributes.common(item))
        self._add_node_attr(given, nodedata, "DataTypeDefinition", ua.VariantType.ExtensionObject)
        self._add_node_attr(given, nodedata, "Value", add_timestamps=add_timestamps)

    def _add_ref_from_parent(self, nodedata: NodeData, item: ua.AddNodesItem, parentdata: NodeData) -> None:
        self._add_unique_reference(
            parentdata,
            _reference(
                item.ReferenceTypeId,
                True,
                nodedata.nodeid,
                item.BrowseName,
                item.NodeAttributes.DisplayName,
                item.NodeClass,
                item.TypeDefinition,
            ),
        )

    def _add_ref_to_parent(self, nodedata: NodeData, item: ua.AddNodesItem, parentdata: NodeData) -> None:
        self._add_unique_reference(
            nodedata, self._shared_reference(item.ReferenceTypeId, parentdata, is_forward=False)
        )

    def _add_type_definition(self, nodedata: NodeData, item: ua.AddNodesItem) -> None:
        definition = self._aspace[item.TypeDefinition]
        self._add_unique_reference(
            nodedata, self._shared_reference(_HAS_TYPE_DEFINITION, definition, is_forward=True)
        )

    def _shared_reference(
        self, kind: ua.NodeId, target: NodeData, *, is_forward: bool
    ) -> ua.ReferenceDescription:
        """The description that all references of this type to this node have in common.

        When the node gets another name, it gets it in the description too.
        """
        known = self._shared.setdefault(target, {})
        found = known.get((kind, is_forward))
        if found is None:
            found = known[kind, is_forward] = _described(kind, target, is_forward=is_forward)
        return found

    def _add_unique_reference(self, nodedata: NodeData, desc: ua.ReferenceDescription) -> ua.StatusCode:
        if desc.ReferenceTypeId == _HAS_SUBTYPE:
            self._aspace.types_changed()
        references = self._index.of(nodedata)
        if references is None:
            return super()._add_unique_reference(nodedata, desc)
        known = references.find(desc.ReferenceTypeId, desc.NodeId)
        if known is None:
            references.add(desc)
        elif known.IsForward != desc.IsForward:
            return bad(StatusCodes.BadReferenceNotAllowed)
        return good()

    def _delete_unique_reference(self, item: ua.DeleteReferencesItem, invert: bool = False) -> ua.StatusCode:
        self._aspace.nodes_changed()
        for end in (item.SourceNodeId, item.TargetNodeId):
            node = self._aspace.get(end)
            if node is not None:
                self._index.forget(node)
        return super()._delete_unique_reference(item, invert)

    def _delete_node(self, item: ua.DeleteNodesItem, user: User) -> ua.StatusCode:
        if item.DeleteTargetReferences:
            self._index.forget()
        return super()._delete_node(item, user)

    def _delete_node_callbacks(self, nodedata: NodeData) -> None:
        """Tell the watchers of every attribute, not of Value alone, that the node is gone."""
        self._aspace.types_changed()
        for held in nodedata.attributes.values():
            for handle, watcher in tuple(held.datachange_callbacks.items()):
                try:
                    result = watcher(handle, None, bad(StatusCodes.BadNodeIdUnknown))
                    if result is not None:
                        result.close()  # a coroutine nobody can await here
                except Exception:  # noqa: BLE001 - as above
                    _log.exception("node removal watcher failed", handle=handle)
                self._aspace.delete_datachange_callback(handle)


def _described(kind: ua.NodeId, target: NodeData, *, is_forward: bool) -> ua.ReferenceDescription:
    node_class = _held(target, AttributeIds.NodeClass)
    definition: ua.NodeId = ua.ExpandedNodeId()
    if node_class in {ua.NodeClass.Object, ua.NodeClass.Variable}:
        definition = next(
            (
                one.NodeId
                for one in target.references
                if one.IsForward and one.ReferenceTypeId == _HAS_TYPE_DEFINITION
            ),
            definition,
        )
    names = _held(target, AttributeIds.BrowseName), _held(target, AttributeIds.DisplayName)
    described: ua.ReferenceDescription = _reference(
        kind, is_forward, target.nodeid, *names, node_class, definition
    )
    return described


def _held(node: NodeData, attribute: AttributeIds) -> Any:
    held = node.attributes[attribute].value
    return held.Value.Value if held is not None and held.Value is not None else None
