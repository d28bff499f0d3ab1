"""The texts of our own types in all their languages, of which asyncua's importer keeps the last one alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml import bundled
from opcua_ml.opcua.nodesets.definitions import localized
from opcua_ml.opcua.nodesets.document import NODE_SET, read_document
from opcua_ml.opcua.nodesets.numbering import Numbering
from opcua_ml.opcua.texts import text

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from asyncua.server.address_space import NodeData

_NAMES = (AttributeIds.DisplayName, AttributeIds.Description)


def tell_texts(aspace: Any, index: int) -> None:
    """Give the nodes of our shipped file, which are there already, the texts that it has.

    Args:
        aspace: of asyncua.
        index: of our types' namespace.
    """
    document = read_document(bundled.node_set())
    numbering = Numbering([0, index], document.aliases, str(document.path))
    shown: dict[ua.NodeId, ua.LocalizedText] = {}
    for element in document.nodes:
        node: NodeData = aspace[numbering.node_id(element.get("NodeId"))]
        for attribute in _NAMES:
            told = localized(element, attribute.name)
            if told is not None:
                node.attributes[attribute].value = _value(told)
        shown[node.nodeid] = node.attributes[AttributeIds.DisplayName].value.Value.Value  # type: ignore[union-attr]
        _tell_definition(node, element)
        _tell_value(node)
    for place in aspace.keys():  # noqa: SIM118 - asyncua's own type, no mapping
        for reference in aspace[place].references:
            if reference.NodeId.NamespaceIndex == index:
                reference.DisplayName = shown[reference.NodeId]


def _tell_definition(node: NodeData, element: ET.Element) -> None:
    held = node.attributes.get(AttributeIds.DataTypeDefinition)
    definition: Any = held.value.Value.Value if held is not None and held.value and held.value.Value else None
    written = element.iterfind(f"{NODE_SET}Definition/{NODE_SET}Field")
    for field, one in zip(definition.Fields if definition is not None else (), written, strict=False):
        for attribute in _NAMES:
            told = localized(one, attribute.name)
            if told is not None and hasattr(field, attribute.name):
                setattr(field, attribute.name, told)


def _tell_value(node: NodeData) -> None:
    """Names of states and units: a value in a file has one language, the catalogues have more."""
    held = node.attributes.get(AttributeIds.Value)
    content: Any = held.value.Value.Value if held is not None and held.value and held.value.Value else None
    if isinstance(content, list) and content and isinstance(content[0], ua.LocalizedText):
        content[:] = [text(one.Text or "") for one in content]
    elif isinstance(content, ua.EUInformation):
        content.DisplayName = text(content.DisplayName.Text or "")
        content.Description = text(content.Description.Text or "")


def _value(told: ua.LocalizedText) -> ua.DataValue:
    return ua.DataValue(ua.Variant(told, ua.VariantType.LocalizedText))
