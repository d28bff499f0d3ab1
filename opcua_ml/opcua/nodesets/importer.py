"""Puts the nodes of ordered files into an address space.

Source: OPC UA Part 6, annex F; Part 3, 5 (attributes of the node classes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.errors import ConfigurationError
from opcua_ml.opcua.nodesets.bounds import UnfitError, unreadable
from opcua_ml.opcua.nodesets.circles import hold_fields, hold_supertypes
from opcua_ml.opcua.nodesets.definitions import enumeration, structure
from opcua_ml.opcua.nodesets.document import NODE_SET
from opcua_ml.opcua.nodesets.links import HAS_TYPE, Links
from opcua_ml.opcua.nodesets.node_data import TYPES, node_of, put, value_of
from opcua_ml.opcua.nodesets.structures import Structures
from opcua_ml.opcua.nodesets.values import ValueReader, hold

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

    from opcua_ml.opcua.nodesets.document import NodeSetDocument
    from opcua_ml.opcua.nodesets.numbering import Numbering
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_log = structlog.get_logger(__name__)
_Type: Final = ua.VariantType


class Importer:
    """For one server.

    Args:
        aspace: where the nodes go.
        tolerant: whether references may lead to nodes that are missing; they are left out then.
    """

    def __init__(self, aspace: PlantAddressSpace, *, tolerant: bool = False) -> None:
        self._aspace = aspace
        self._tolerant = tolerant
        self._structures = Structures(aspace.nodes())

    def add(self, document: NodeSetDocument, numbering: Numbering) -> int:
        """Add a file's nodes; how many they are.

        Raises:
            ConfigurationError: a node is there twice, an element can't be read, or a reference leads nowhere.
        """
        where = str(document.path)
        added = self._nodes(document, numbering, where)
        links = self._link(added, numbering, where)
        self._hold_data_types(added, where)
        types = [node.nodeid for node, _ in added if value_of(node, AttributeIds.NodeClass) in TYPES]
        hold_supertypes(types, self._structures, where)
        self._definitions(added, numbering, where)
        hold_fields(types, self._structures, where)
        self._values(added, numbering, where)
        self._aspace.types_changed()
        self._aspace.nodes_changed()
        if links.missing:
            _log.warning(
                "references to nodes that are missing were left out", file=where, references=links.missing
            )
        return len(added)

    def _link(self, added: list[tuple[NodeData, ET.Element]], numbering: Numbering, where: str) -> Links:
        links = Links(self._aspace, where, tolerant=self._tolerant)
        others = []
        for node, element in added:
            for reference in element.iterfind(f"{NODE_SET}References/{NODE_SET}Reference"):
                kind, target = (
                    numbering.node_id(reference.get("ReferenceType")),
                    numbering.node_id(reference.text),
                )
                forward = reference.get("IsForward", "true") != "false"
                if kind == HAS_TYPE:
                    links.add(node, kind, target, forward=forward)
                else:
                    others.append((node, kind, target, forward))
        for node, kind, target, forward in others:
            links.add(node, kind, target, forward=forward)
        links.hold_types(node for node, _ in added)
        return links

    def _nodes(
        self, document: NodeSetDocument, numbering: Numbering, where: str
    ) -> list[tuple[NodeData, ET.Element]]:
        nodes, added = self._aspace.nodes(), []
        for element in document.nodes:
            node_id = numbering.node_id(element.get("NodeId"))
            _hold_identity(node_id, element, where)
            if node_id in nodes:
                raise ConfigurationError(
                    f"the node {element.get('NodeId')} is there twice",
                    where=where,
                    found=f"another one of this NodeId before {element.get('BrowseName')}",
                )
            try:
                node = node_of(node_id, element, numbering)
            except ValueError as error:
                raise unreadable(f"the node {element.get('NodeId')}", where, error) from error
            nodes[node_id] = node
            added.append((node, element))
        return added

    def _hold_data_types(self, added: list[tuple[NodeData, ET.Element]], where: str) -> None:
        """See that each value is of a DataType that is there; where types may be missing, it is of any."""
        nodes = self._aspace.nodes()
        for node, element in added:
            if AttributeIds.DataType not in node.attributes:
                continue
            kind = nodes.get(value_of(node, AttributeIds.DataType))
            if kind is not None and value_of(kind, AttributeIds.NodeClass) == ua.NodeClass.DataType:
                continue
            if not self._tolerant:
                raise ConfigurationError(
                    f"{element.get('BrowseName')} ({element.get('NodeId')}) is of a DataType that is missing",
                    where=where,
                    found=element.get("DataType"),
                    wanted="one of this file, of a loaded one, or of the standard",
                )
            put(node, AttributeIds.DataType, _ANY, _Type.NodeId)

    def _definitions(
        self, added: list[tuple[NodeData, ET.Element]], numbering: Numbering, where: str
    ) -> None:
        waiting = {
            node.nodeid: (node, element)
            for node, element in added
            if element.tag == f"{NODE_SET}UADataType" and element.find(f"{NODE_SET}Definition") is not None
        }
        while waiting:
            # A supertype in the same file comes first, as its fields are inherited.
            ready = [key for key in waiting if self._structures.supertype(key) not in waiting]
            for key in ready:
                node, element = waiting.pop(key)
                self._define(node, element, numbering, where)

    def _define(self, node: NodeData, element: ET.Element, numbering: Numbering, where: str) -> None:
        definition = element.find(f"{NODE_SET}Definition")
        if definition is None:
            return
        made: ua.EnumDefinition | ua.StructureDefinition
        try:
            if self._structures.built_in(node.nodeid) == _Type.ExtensionObject:
                base = self._structures.supertype(node.nodeid) or ua.NodeId()
                made = structure(
                    definition,
                    numbering,
                    base,
                    self._structures.definition(base),
                    self._structures.binary_encoding(node.nodeid),
                )
            else:
                made = enumeration(definition)
        except ValueError as error:
            raise unreadable(f"the definition of {element.get('BrowseName')}", where, error) from error
        put(node, AttributeIds.DataTypeDefinition, made, _Type.ExtensionObject)

    def _values(self, added: list[tuple[NodeData, ET.Element]], numbering: Numbering, where: str) -> None:
        reader = ValueReader(numbering, self._structures)
        for node, element in added:
            if AttributeIds.DataType not in node.attributes:
                continue
            given = element.find(f"{NODE_SET}Value")
            if given is None or not len(given):
                self._begin(node, element)
                continue
            try:
                value = reader.variant(given)
                _hold_rank(value, value_of(node, AttributeIds.ValueRank))
                # Types that are missing are stood in for: nothing is told by them then.
                wanted = None if self._tolerant else value_of(node, AttributeIds.DataType)
                hold(value, None if wanted is None else self._structures.built_in(wanted))
            except ConfigurationError:
                raise
            except Exception as error:  # asyncua's encoder raises any for what it can't encode
                named = f"the value of {element.get('BrowseName')} ({element.get('NodeId')})"
                raise unreadable(named, where, error) from error
            node.attributes[AttributeIds.Value] = AttributeValue(ua.DataValue(value))

    def _begin(self, node: NodeData, element: ET.Element) -> None:
        """Give an instance without a value zero of its type; a declaration stays as the file has it."""
        references = element.iterfind(f"{NODE_SET}References/{NODE_SET}Reference")
        kinds = {one.get("ReferenceType") for one in references}
        if AttributeIds.Value not in node.attributes or kinds & _RULES:
            return
        kind = self._structures.built_in(value_of(node, AttributeIds.DataType))
        if kind in _EMPTY and (array := value_of(node, AttributeIds.ValueRank) > 0):
            held = ua.Variant([], kind, None, array)
        elif kind in _ZEROS:
            held = ua.Variant(_ZEROS[kind], kind, None, False)
        else:
            return
        node.attributes[AttributeIds.Value] = AttributeValue(ua.DataValue(held))


_ANY: Final = ua.NodeId(ua.Int32(ObjectIds.BaseDataType))
_RULES: Final = frozenset({"HasModellingRule", "i=37"})
_ZEROS: Final[dict[ua.VariantType, Any]] = {
    _Type.Boolean: False,
    _Type.String: "",
    _Type.Float: 0.0,
    _Type.Double: 0.0,
    _Type.LocalizedText: ua.LocalizedText(""),
    **dict.fromkeys((_Type.SByte, _Type.Int16, _Type.Int32, _Type.Int64), 0),
    **dict.fromkeys((_Type.Byte, _Type.UInt16, _Type.UInt32, _Type.UInt64), 0),
}
_EMPTY: Final = frozenset({*_ZEROS, _Type.ExtensionObject})


def _hold_identity(node_id: ua.NodeId, element: ET.Element, where: str) -> None:
    written, name = element.get("NodeId", "").strip(), element.get("BrowseName", "").strip()
    kind = element.tag.removeprefix(NODE_SET)
    if not written:
        raise ConfigurationError(
            "a node has no NodeId", where=where, found=f"the {kind} {name or 'without a BrowseName'}"
        )
    if not name:
        raise ConfigurationError(f"the node {written} has no BrowseName", where=where, found=f"a {kind}")
    if node_id.NamespaceIndex == 0:
        raise ConfigurationError(
            f"the node {written} is of the standard's namespace",
            where=where,
            found=f"the {kind} {name}",
            wanted="nodes of the file's own namespaces",
        )


def _hold_rank(value: ua.Variant, rank: int) -> None:
    """See that a value has as many dimensions as its node says (Part 3, 5.6.2, ValueRank)."""
    if value.Value is None or (value.VariantType == _Type.ByteString and rank == 1):
        return  # an array of Byte may be a ByteString (Part 3, 8.7)
    found = (len(value.Dimensions or ()) or 1) if value.is_array else 0
    fits = {-3: found <= 1, -2: True, -1: found == 0, 0: found > 0}.get(rank, found == rank)
    if not fits:
        words = f"an array of {found} dimension{'s' * (found > 1)}" if found else "a single value"
        raise UnfitError(words, f"a value for ValueRank {rank}")
