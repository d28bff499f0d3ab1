"""References of imported nodes, in both directions where clients browse them so.

Source: OPC UA Part 3, 4.4.4 (References).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets.node_data import value_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

HAS_TYPE: Final = ua.NodeId(ua.Int32(ObjectIds.HasTypeDefinition))
HAS_SUBTYPE: Final = ua.NodeId(ua.Int32(ObjectIds.HasSubtype))
_ONE_WAY: Final = frozenset({HAS_TYPE, ua.NodeId(ua.Int32(ObjectIds.HasModellingRule))})
"""From an instance to what thousands of others refer to as well: the way back is not kept (Part 3, 7.13)."""
_STRUCTURAL: Final = frozenset({HAS_TYPE, HAS_SUBTYPE})
_STAND_IN_TYPES: Final = {
    ua.NodeClass.Object: ObjectIds.BaseObjectType,
    ua.NodeClass.Variable: ObjectIds.BaseDataVariableType,
}
_STAND_IN_SUPERTYPES: Final = {
    ua.NodeClass.ObjectType: ObjectIds.BaseObjectType,
    ua.NodeClass.VariableType: ObjectIds.BaseVariableType,
    ua.NodeClass.DataType: ObjectIds.Structure,
    ua.NodeClass.ReferenceType: ObjectIds.NonHierarchicalReferences,
}


class Links:
    """The references of one file's nodes; those to types are added first, as others tell the target's type.

    Args:
        aspace: of the server; all nodes of the file are in it.
        where: the file, for errors.
        tolerant: whether types may be missing, too; the standard's most general ones stand in then.

    Attributes:
        missing: how many were left out.
    """

    def __init__(self, aspace: PlantAddressSpace, where: str, *, tolerant: bool) -> None:
        self._nodes = aspace.nodes()
        self._where = where
        self._tolerant = tolerant
        self._known: dict[ua.NodeId, set[tuple[ua.NodeId, ua.NodeId, bool]]] = {}
        self.missing = 0

    def add(self, node: NodeData, kind: ua.NodeId, target: ua.NodeId, *, forward: bool) -> None:
        """Add a reference and, but for those to types and rules, the way back.

        A reference may lead to a node that is not there, as some official files do; types have to be.

        Raises:
            ConfigurationError: the type definition, the supertype or the type of the reference is missing.
        """
        other = self._nodes.get(target)
        if other is node and kind != HAS_SUBTYPE:
            what = f"{_name(node)} refers to itself"
            raise ConfigurationError(what, where=self._where, found=kind.to_string())
        if other is None or kind not in self._nodes:
            if not self._tolerant and (other is not None or kind in _STRUCTURAL):
                raise ConfigurationError(
                    f"{_name(node)} refers to a node that is missing",
                    where=self._where,
                    found=f"{(target if other is None else kind).to_string()}, which no loaded model has",
                )
            self.missing += 1
            return
        self._add(node, kind, other, forward=forward)
        if kind not in _ONE_WAY:
            self._add(other, kind, node, forward=not forward)

    def hold_types(self, nodes: Iterable[NodeData]) -> None:
        """Give Objects, Variables and types that tell none the standard's most general type or supertype.

        Raises:
            ConfigurationError: an Object or Variable has several types.
        """
        for node in nodes:
            kind = value_of(node, AttributeIds.NodeClass)
            is_instance = kind in _STAND_IN_TYPES
            wanted, up = (HAS_TYPE, True) if is_instance else (HAS_SUBTYPE, False)
            found = [
                reference.NodeId
                for reference in node.references
                if reference.ReferenceTypeId == wanted and reference.IsForward == up
            ]
            if is_instance and len(found) > 1:
                raise ConfigurationError(
                    f"{_name(node)} has several types",
                    where=self._where,
                    found=", ".join(one.to_string() for one in found),
                    wanted="one HasTypeDefinition",
                )
            stand_in = _STAND_IN_TYPES.get(kind) or _STAND_IN_SUPERTYPES.get(kind)
            if stand_in is not None and not found and (is_instance or self.missing):
                self.add(node, wanted, ua.NodeId(ua.Int32(stand_in)), forward=up)

    def _add(self, node: NodeData, kind: ua.NodeId, target: NodeData, *, forward: bool) -> None:
        known = self._known.get(node.nodeid)
        if known is None:
            known = self._known[node.nodeid] = {
                (reference.ReferenceTypeId, reference.NodeId, reference.IsForward)
                for reference in node.references
            }
        key = (kind, target.nodeid, forward)
        if key in known:
            return
        known.add(key)
        reference = ua.ReferenceDescription()
        reference.ReferenceTypeId, reference.IsForward = kind, forward
        reference.NodeId = target.nodeid
        reference.BrowseName = value_of(target, AttributeIds.BrowseName)
        reference.DisplayName = value_of(target, AttributeIds.DisplayName)
        reference.NodeClass = value_of(target, AttributeIds.NodeClass)
        node.references.append(reference)
        if reference.NodeClass in _STAND_IN_TYPES:
            reference.TypeDefinition = _type_of(target) or ua.NodeId()


def _type_of(node: NodeData) -> ua.NodeId | None:
    for reference in node.references:
        if reference.ReferenceTypeId == HAS_TYPE and reference.IsForward:
            found: ua.NodeId = reference.NodeId
            return found
    return None


def _name(node: NodeData) -> str:
    name = value_of(node, AttributeIds.BrowseName)
    return f"{name.Name} ({node.nodeid.to_string()})"
