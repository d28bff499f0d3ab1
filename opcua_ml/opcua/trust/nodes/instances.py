"""Many nodes of the server's own, made at once from what they have in common.

AddNodes takes a structure of a dozen fields per node and makes a dozen attributes of it, nearly all of them
those of the node before. Here a shape is made once, by asyncua's own rules, and each node adds its names.

Source: OPC UA Part 3, 5 (the node model); Part 4, 5.8.2 (AddNodes), whose StatusCodes are told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from asyncua import ua
from asyncua.server.address_space import NodeData
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.texts import text
from opcua_ml.opcua.trust.nodes.node_attributes import LaterAttribute, SharedAttribute
from opcua_ml.opcua.trust.nodes.node_management import PlantNodeManagementService

if TYPE_CHECKING:
    from collections.abc import Mapping

    from asyncua.server.address_space import AttributeValue
    from asyncua.server.server import Server

    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_ua: Any = ua
_reference: Any = ua.ReferenceDescription
_OWN = (
    *(AttributeIds.NodeId, AttributeIds.BrowseName, AttributeIds.DisplayName, AttributeIds.Description),
    *(AttributeIds.Value, AttributeIds.DataTypeDefinition),
)
"""What no shape has."""


class Shape(NamedTuple):
    """What many nodes have in common: their class, type, and most attributes."""

    node_class: ua.NodeClass
    type_definition: ua.NodeId | None
    attributes: Mapping[AttributeIds, ua.DataValue]


class Instance(NamedTuple):
    """A node to be added.

    Attributes:
        node_id: of the node.
        parent: by which node it is held, and
        reference: by a reference of which type.
        name: BrowseName.
        display: DisplayName.
        description: for who browses; words of ours, or a Wording.
        shape: all else.
        value: the attribute of a variable.
    """

    node_id: ua.NodeId
    parent: ua.NodeId
    reference: ua.NodeId
    name: ua.QualifiedName
    display: ua.LocalizedText
    description: str
    shape: Shape
    value: AttributeValue | None


class Instances:
    """Adds nodes to the address space of one server, asyncua's own too.

    Args:
        server: whose.
    """

    def __init__(self, server: Server) -> None:
        aspace: Any = server.iserver.aspace
        self._aspace: PlantAddressSpace = aspace
        management = server.iserver.node_mgt_service
        self._management = (
            management
            if isinstance(management, PlantNodeManagementService)
            else PlantNodeManagementService(aspace)
        )

    def shape(self, item: ua.AddNodesItem) -> Shape:
        """The shape of nodes that differ from this one by names, description and value alone."""
        common = self._management.attributes.common(item)
        attributes = {
            attribute: held.value
            for attribute, held in common.items()
            if attribute not in _OWN and held.value is not None
        }
        kind = None if item.TypeDefinition.is_null() else item.TypeDefinition
        return Shape(item.NodeClass, kind, attributes)

    def add(self, instance: Instance) -> int:
        """Add one node; the StatusCode, Bad where there is no node then."""
        aspace, management = self._aspace, self._management
        parent = aspace.get(instance.parent)
        kind = instance.shape.type_definition
        definition = None if kind is None else aspace.get(kind)
        if parent is None:
            return StatusCodes.BadParentNodeIdInvalid
        if instance.node_id in aspace:
            return StatusCodes.BadNodeIdExists
        if management.has_property(parent, instance.name.Name):
            return StatusCodes.BadBrowseNameDuplicated
        if kind is not None and definition is None:
            return StatusCodes.BadTypeDefinitionInvalid
        node = NodeData(instance.node_id)
        node.attributes = _attributes(instance)
        node.references = management.references_of_new(instance.reference, parent, definition)
        aspace[instance.node_id] = node
        management.hold(parent, _reference_to(instance))
        return StatusCodes.Good


def _attributes(instance: Instance) -> dict[AttributeIds, AttributeValue]:
    attributes: dict[AttributeIds, AttributeValue] = {
        AttributeIds.NodeId: LaterAttribute(_data_value, instance.node_id),
        AttributeIds.BrowseName: LaterAttribute(_data_value, instance.name),
        AttributeIds.DisplayName: LaterAttribute(_text_value, instance.display),
        AttributeIds.Description: LaterAttribute(_described, instance.description),
    }
    for attribute, value in instance.shape.attributes.items():
        attributes[attribute] = SharedAttribute(value)
    if instance.value is not None:
        attributes[AttributeIds.Value] = instance.value
    return attributes


def _reference_to(instance: Instance) -> ua.ReferenceDescription:
    shape = instance.shape
    described: ua.ReferenceDescription = _reference(
        instance.reference,
        True,
        instance.node_id,
        instance.name,
        instance.display,
        shape.node_class,
        shape.type_definition if shape.type_definition is not None else _NO_TYPE,
    )
    return described


_NO_TYPE = ua.ExpandedNodeId()


def _data_value(content: Any) -> ua.DataValue:
    made: ua.DataValue = _ua.DataValue(_ua.Variant(content))
    return made


def _described(words: str) -> ua.DataValue:
    return _text_value(text(words))


def _text_value(words: ua.LocalizedText) -> ua.DataValue:
    made: ua.DataValue = _ua.DataValue(_ua.Variant(words, ua.VariantType.LocalizedText))
    return made
