"""One node of a file, with the attributes of its class.

Source: OPC UA Part 6, annex F; Part 3, 5 (attributes of the node classes).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.nodesets.bounds import UnfitError
from opcua_ml.opcua.nodesets.definitions import localized, number, shape
from opcua_ml.opcua.nodesets.document import NODE_SET

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from opcua_ml.opcua.nodesets.numbering import Numbering

_Type: Final = ua.VariantType
_READ: Final = 1


def value_of(node: NodeData, attribute: AttributeIds) -> Any:
    """The content of an attribute that the node has; None for null."""
    held = node.attributes[attribute].value
    return held.Value.Value if held is not None and held.Value is not None else None


def node_of(node_id: ua.NodeId, element: ET.Element, numbering: Numbering) -> NodeData:
    """The node of an element, without its references and its value.

    Raises:
        ValueError: an attribute can't be read, or (UnfitError) is out of its range.
    """
    kind = ua.NodeClass[element.tag.removeprefix(f"{NODE_SET}UA")]
    node = NodeData(node_id)
    name = numbering.name(element.get("BrowseName", ""))
    shown = localized(element, "DisplayName") or ua.LocalizedText(name.Name)
    put(node, AttributeIds.NodeId, node_id, _Type.NodeId)
    put(node, AttributeIds.NodeClass, kind, _Type.Int32)
    put(node, AttributeIds.BrowseName, name, _Type.QualifiedName)
    put(node, AttributeIds.DisplayName, shown, _Type.LocalizedText)
    _set_description(node, element)
    put(node, AttributeIds.WriteMask, 0, _Type.UInt32)
    put(node, AttributeIds.UserWriteMask, 0, _Type.UInt32)
    if kind in TYPES:
        put(node, AttributeIds.IsAbstract, element.get("IsAbstract") == "true", _Type.Boolean)
    if kind in (ua.NodeClass.Variable, ua.NodeClass.VariableType):
        _set_shape(node, element, numbering)
    if kind == ua.NodeClass.Variable:
        put(node, AttributeIds.Value, None, _Type.Null)
        _set_access(node, element)
    elif kind == ua.NodeClass.Method:
        # Nothing stands behind a method that a file brings: clients see that it can't be called.
        for attribute in (AttributeIds.Executable, AttributeIds.UserExecutable):
            put(node, attribute, False, _Type.Boolean)
    elif kind == ua.NodeClass.ReferenceType:
        symmetric = element.get("Symmetric") == "true"
        put(node, AttributeIds.Symmetric, symmetric, _Type.Boolean)
        inverse = localized(element, "InverseName")
        if inverse is not None:
            put(node, AttributeIds.InverseName, inverse, _Type.LocalizedText)
    elif kind in (ua.NodeClass.Object, ua.NodeClass.View):
        put(node, AttributeIds.EventNotifier, number(element, "EventNotifier", 0, "Byte"), _Type.Byte)
        if kind == ua.NodeClass.View:
            put(node, AttributeIds.ContainsNoLoops, element.get("ContainsNoLoops") == "true", _Type.Boolean)
    return node


TYPES: Final = frozenset(
    {
        ua.NodeClass.ObjectType,
        ua.NodeClass.VariableType,
        ua.NodeClass.DataType,
        ua.NodeClass.ReferenceType,
    }
)


def _set_description(node: NodeData, element: ET.Element) -> None:
    described = localized(element, "Description")
    if described is not None and described.Text:
        put(node, AttributeIds.Description, described, _Type.LocalizedText)


def _set_shape(node: NodeData, element: ET.Element, numbering: Numbering) -> None:
    rank, sizes = shape(element)
    put(node, AttributeIds.DataType, numbering.node_id(element.get("DataType", "i=24")), _Type.NodeId)
    put(node, AttributeIds.ValueRank, rank, _Type.Int32)
    held = ua.Variant(sizes, _Type.UInt32, None, True)
    node.attributes[AttributeIds.ArrayDimensions] = AttributeValue(ua.DataValue(held))


def _set_access(node: NodeData, element: ET.Element) -> None:
    # A site's clients change nothing in what a file brings, as nothing here would notice, and there is no
    # history of it. What the file says has to be an AccessLevel all the same.
    number(element, "AccessLevel", _READ, "UInt32")
    put(node, AttributeIds.AccessLevel, _READ, _Type.Byte)
    put(node, AttributeIds.UserAccessLevel, _READ, _Type.Byte)
    written = element.get("MinimumSamplingInterval", "0")
    interval = float(written)
    if not math.isfinite(interval):
        raise UnfitError(written, "a finite MinimumSamplingInterval")
    put(node, AttributeIds.MinimumSamplingInterval, interval, _Type.Double)
    put(node, AttributeIds.Historizing, False, _Type.Boolean)


def put(node: NodeData, attribute: AttributeIds, value: Any, kind: ua.VariantType) -> None:
    """Give the node an attribute."""
    node.attributes[attribute] = AttributeValue(ua.DataValue(ua.Variant(value, kind, None, False)))
