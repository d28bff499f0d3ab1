"""The structures that an address space declares, as values are encoded by them.

Source: OPC UA Part 3, 8.48 (StructureDefinition) and 8.51 (StructureField); Part 6, 5.2.6 and 5.2.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from asyncua.server.address_space import NodeData

_HAS_ENCODING: Final = ua.NodeId(ua.Int32(ObjectIds.HasEncoding))
_HAS_SUBTYPE: Final = ua.NodeId(ua.Int32(ObjectIds.HasSubtype))
_ENUMERATION: Final = 29
_ABSTRACT: Final = {24: ua.VariantType.Variant, 26: ua.VariantType.Variant}
_SUBTYPED: Final = frozenset(
    {ua.StructureType.StructureWithSubtypedValues, ua.StructureType.UnionWithSubtypedValues}
)
_MOST_STEPS: Final = 64


class Structures:
    """Answers from the nodes themselves.

    Args:
        nodes: of the address space, by their ids.
    """

    def __init__(self, nodes: Mapping[ua.NodeId, NodeData]) -> None:
        self._nodes = nodes

    def data_type(self, encoding: ua.NodeId) -> ua.NodeId | None:
        """The DataType of an encoding, or the DataType itself."""
        return next(self._targets(encoding, _HAS_ENCODING, forward=False), None)

    def binary_encoding(self, data_type: ua.NodeId) -> ua.NodeId | None:
        """The NodeId under which values of the DataType travel."""
        for target in self._targets(data_type, _HAS_ENCODING, forward=True):
            name = self._attribute(target, AttributeIds.BrowseName)
            if isinstance(name, ua.QualifiedName) and name.Name == "Default Binary":
                return target
        return None

    def supertype(self, data_type: ua.NodeId) -> ua.NodeId | None:
        """One step up."""
        return next(self._targets(data_type, _HAS_SUBTYPE, forward=False), None)

    def name(self, node_id: ua.NodeId) -> str:
        """For people: its BrowseName and NodeId."""
        name = self._attribute(node_id, AttributeIds.BrowseName)
        text = str(node_id.to_string())
        return f"{name.Name} ({text})" if isinstance(name, ua.QualifiedName) else text

    def definition(self, data_type: ua.NodeId) -> ua.StructureDefinition | None:
        """What the DataType's node says of its fields, inherited ones first; None for no structure."""
        found = self._attribute(data_type, AttributeIds.DataTypeDefinition)
        return found if isinstance(found, ua.StructureDefinition) else None

    def built_in(self, data_type: ua.NodeId) -> ua.VariantType | None:
        """The built-in type that carries values of the DataType."""
        current: ua.NodeId | None = data_type
        for _ in range(_MOST_STEPS):
            if current is None:
                return None
            number = current.Identifier if current.NamespaceIndex == 0 else None
            if number == _ENUMERATION:
                return ua.VariantType.Int32
            if isinstance(number, int) and number in _ABSTRACT:
                return _ABSTRACT[number]
            if isinstance(number, int) and 0 < number <= 25:
                return ua.VariantType(number)
            current = self.supertype(current)
        return None

    def is_open(self, definition: ua.StructureDefinition, field: ua.StructureField) -> bool:
        """Whether a structure in this field is wrapped, as it may be of a subtype.

        In a structure with subtyped values IsOptional says so (Part 3, 8.51).
        """
        if field.DataType.NamespaceIndex == 0 and field.DataType.Identifier == ObjectIds.Structure:
            return True
        return bool(field.IsOptional) and definition.StructureType in _SUBTYPED

    def _attribute(self, node_id: ua.NodeId, attribute: AttributeIds) -> Any:
        node = self._nodes.get(node_id)
        held = node.attributes.get(attribute) if node is not None else None
        variant = held.value.Value if held is not None and held.value is not None else None
        return None if variant is None else variant.Value

    def _targets(self, source: ua.NodeId, kind: ua.NodeId, *, forward: bool) -> Iterator[ua.NodeId]:
        node = self._nodes.get(source)
        for reference in node.references if node is not None else ():
            if reference.IsForward == forward and reference.ReferenceTypeId == kind:
                yield reference.NodeId
