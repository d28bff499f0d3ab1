"""Nodes and references added and removed by the server's own code, each in the same time.

Source: OPC UA Part 4, 5.8 (NodeManagement Service Set).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import structlog
from asyncua import ua
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.server.address_space import NodeData, NodeManagementService
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.errors import bad, good
from opcua_ml.opcua.trust.make import node_id
from opcua_ml.opcua.trust.nodes.references import ReferenceIndex

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_log = structlog.get_logger(__name__)

_HAS_SUBTYPE: Final = node_id(ObjectIds.HasSubtype)


class PlantNodeManagementService(NodeManagementService):
    """asyncua's node management, for the server's own code only; it tells the address space what changed."""

    _aspace: PlantAddressSpace

    def __init__(self, aspace: PlantAddressSpace) -> None:
        super().__init__(aspace)
        self._index = ReferenceIndex()

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

    def _add_unique_reference(self, nodedata: NodeData, desc: ua.ReferenceDescription) -> ua.StatusCode:
        if desc.ReferenceTypeId == _HAS_SUBTYPE:
            self._aspace.types_version += 1
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
        self._aspace.nodes_version += 1
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
        self._aspace.types_version += 1
        for held in nodedata.attributes.values():
            for handle, watcher in tuple(held.datachange_callbacks.items()):
                try:
                    result = watcher(handle, None, bad(StatusCodes.BadNodeIdUnknown))
                    if result is not None:
                        result.close()  # a coroutine nobody can await here
                except Exception:  # noqa: BLE001 - as above
                    _log.exception("node removal watcher failed", handle=handle)
                self._aspace.delete_datachange_callback(handle)
