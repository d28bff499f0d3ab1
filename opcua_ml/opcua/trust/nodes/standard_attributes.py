"""Attributes of the standard's nodes that asyncua has otherwise than the standard.

asyncua's own list of nodes leaves out what is the default of the NodeSet2 schema, and its classes have other
defaults: all its VariableTypes and ReferenceTypes are abstract, all ReferenceTypes symmetric, and what has
the type BaseDataType is a String.

Source: OPC UA Part 6, Annex F.5 to F.9 (defaults of UAVariable, UAVariableType, UAReferenceType); Part 3, 7
(ReferenceTypes); Part 5, 7 (VariableTypes). The values are those of Opc.Ua.NodeSet2.xml.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.trust.ground.ua_values import node_id

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

_Ids = ObjectIds
_ABSTRACT_REFERENCES: Final = (
    *(_Ids.References, _Ids.NonHierarchicalReferences, _Ids.HierarchicalReferences),
    *(_Ids.HasChild, _Ids.Aggregates),
)
_ABSTRACT_VARIABLES: Final = (
    *(_Ids.BaseVariableType, _Ids.ServerVendorCapabilityType, _Ids.DiscreteItemType, _Ids.ArrayItemType),
    *(_Ids.VectorType, _Ids.CartesianCoordinatesType, _Ids.OrientationType, _Ids.FrameType),
    _Ids.BitFieldType,
)
_SYMMETRIC: Final = (
    *(_Ids.References, _Ids.NonHierarchicalReferences, _Ids.AssociatedWith),
    *(_Ids.IsPhysicallyConnectedTo, _Ids.RepresentsSameEntityAs, _Ids.RepresentsSameHardwareAs),
    _Ids.RepresentsSameFunctionalityAs,
)
_TYPES_OF_ANY: Final = (
    *(_Ids.BaseVariableType, _Ids.BaseDataVariableType, _Ids.PropertyType, _Ids.ServerVendorCapabilityType),
    *(_Ids.OptionSetType, _Ids.SelectionListType, _Ids.DataItemType, _Ids.DiscreteItemType),
    *(_Ids.ArrayItemType, _Ids.YArrayItemType, _Ids.ImageItemType, _Ids.CubeItemType),
    *(_Ids.NDimensionArrayItemType, _Ids.ConditionVariableType),
)
_VARIABLES_OF_ANY: Final = (
    *(2102, 2103, 2129, 2379, 2387, 2388, 2756, 2763, 2777, 2778, 3720, 3724, 3746, 3750, 3754),
    *(11562, 12502, 14418, 14595, 15014, 15038, 15040, 15392, 15393, 15490, 17503, 17576, 17579, 17582),
    *(17632, 17706, 17710, 18077, 19306, 19821, 19823, 21097, 23844, 23999, 24019, 25684, 32433),
)
"""Declarations of types and events, by their numbers, as asyncua has no names for some of them."""


def correct(nodes: dict[ua.NodeId, NodeData]) -> None:
    """Give the standard's types and declarations the attributes that the standard gives them."""
    for node in nodes.values():
        held = node.attributes
        number = node.nodeid.Identifier
        if AttributeIds.Symmetric in held:
            _set(held, AttributeIds.Symmetric, number in _SYMMETRIC)
            _set(held, AttributeIds.IsAbstract, number in _ABSTRACT_REFERENCES)
        elif AttributeIds.ValueRank in held and AttributeIds.IsAbstract in held:
            _set(held, AttributeIds.IsAbstract, number in _ABSTRACT_VARIABLES)
    any_type = ua.Variant(node_id(_Ids.BaseDataType), ua.VariantType.NodeId)
    for place in map(node_id, (*_TYPES_OF_ANY, *_VARIABLES_OF_ANY)):
        if (found := nodes.get(place)) is not None:
            found.attributes[AttributeIds.DataType].value = ua.DataValue(any_type)


def _set(held: dict[AttributeIds, Any], attribute: AttributeIds, value: bool) -> None:
    held[attribute].value = ua.DataValue(ua.Variant(value, ua.VariantType.Boolean))
