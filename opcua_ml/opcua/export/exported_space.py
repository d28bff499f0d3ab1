"""Reads the nodes of one namespace from a running server, in a few large requests.

Source: OPC UA Part 4, 5.9.2 (Browse), 5.9.3 (BrowseNext), 5.11.2 (Read).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.node import Node
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.texts import leading

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from asyncua.common.session_interface import AbstractSession

OBJECTS: Final = standard_id(ObjectIds.ObjectsFolder)
_REFERENCES: Final = standard_id(ObjectIds.References)
_NAMESPACE_ARRAY: Final = standard_id(ObjectIds.Server_NamespaceArray)
_NAMESPACES: Final = standard_id(ObjectIds.Server_Namespaces)
_LIMITS: Final = (
    standard_id(ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse),
    standard_id(ObjectIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead),
)
_MOST_BROWSED, _MOST_READ = 100, 1000
_OWN: Final = 1
"""Index of the server's own namespace; what is there, and in the standard's, holds no instances of a site."""
_ATTRIBUTES: Final = {
    ua.NodeClass.Object: (AttributeIds.EventNotifier,),
    ua.NodeClass.Variable: (
        AttributeIds.DataType,
        AttributeIds.ValueRank,
        AttributeIds.ArrayDimensions,
        AttributeIds.AccessLevel,
        AttributeIds.MinimumSamplingInterval,
        AttributeIds.Historizing,
        AttributeIds.Value,
    ),
    ua.NodeClass.Method: (AttributeIds.Executable,),
}
_OF_ALL: Final = (AttributeIds.BrowseName, AttributeIds.DisplayName, AttributeIds.Description)


@dataclass(slots=True)
class ExportedNode:
    """A node as a client reads it.

    Attributes:
        parent: the node by which it was found.
        attributes: values by attribute; those that can't be read are left out.
        references: of both directions, to nodes of the namespace and of the types' namespaces.
    """

    node_id: ua.NodeId
    node_class: ua.NodeClass
    parent: ua.NodeId
    attributes: dict[AttributeIds, Any] = field(default_factory=dict)
    references: list[ua.ReferenceDescription] = field(default_factory=list)

    def text(self, attribute: AttributeIds) -> str:
        """The text of a LocalizedText or QualifiedName; empty where there is none."""
        value = self.attributes.get(attribute)
        if isinstance(value, ua.LocalizedText):
            return leading(value)
        return str(getattr(value, "Name", None) or "")


@dataclass(frozen=True, slots=True)
class ExportedSpace:
    """The nodes of one namespace.

    Attributes:
        uris: of the server's namespaces, by index.
        index: of the namespace.
        nodes: in the order in which they were found, each one after its parent.
        versions: version and publication date of the server's models, by URI.
        names: BrowseNames of nodes beside these, such as types.
    """

    uris: Sequence[str]
    index: int
    nodes: dict[ua.NodeId, ExportedNode]
    versions: dict[str, tuple[str, datetime]]
    names: dict[ua.NodeId, str]


async def collect(session: AbstractSession, index: int) -> ExportedSpace:
    """Everything of a namespace that can be reached from Objects by hierarchical references.

    Args:
        session: of a client that may browse.
        index: of the namespace.

    Raises:
        UaError: a request failed.
    """
    return await _Collector(session, *await _limits(session)).collected(index)


async def _limits(session: AbstractSession) -> tuple[int, int]:
    """How many nodes one Browse and one Read may name: what the server takes, or less."""
    told = [(await Node(session, node).read_data_value(raise_on_bad_status=False)).Value for node in _LIMITS]
    own = (_MOST_BROWSED, _MOST_READ)
    browsed, read = [
        min(most, int(value.Value)) if value is not None and value.Value else most
        for value, most in zip(told, own, strict=True)
    ]
    return browsed, read


class _Collector:
    def __init__(self, session: AbstractSession, most_browsed: int, most_read: int) -> None:
        self._session = session
        self._most_browsed = most_browsed
        self._most_read = most_read

    async def collected(self, index: int) -> ExportedSpace:
        """See `collect`."""
        uris = await Node(self._session, _NAMESPACE_ARRAY).read_value()
        nodes: dict[ua.NodeId, ExportedNode] = {}
        # The ways of events lead to the same nodes, but are no parts of anything.
        hierarchical = await self._subtypes(standard_id(ObjectIds.HierarchicalReferences))
        hierarchical -= await self._subtypes(standard_id(ObjectIds.HasEventSource))
        waiting = [OBJECTS]
        seen = set(waiting)
        while waiting:
            here, waiting = waiting, []
            for source, references in zip(here, await self._browsed(here), strict=True):
                if source in nodes:
                    nodes[source].references = [one for one in references if _is_kept(one)]
                for one in references:
                    target = one.NodeId
                    if not one.IsForward or one.ReferenceTypeId not in hierarchical or target in seen:
                        continue
                    seen.add(target)
                    if target.NamespaceIndex == index:
                        nodes[target] = ExportedNode(target, ua.NodeClass(one.NodeClass), source)
                    elif target.NamespaceIndex <= _OWN:
                        continue
                    waiting.append(target)
        await self._read_attributes(nodes)
        return ExportedSpace(uris, index, nodes, await self._versions(), await self._names(nodes))

    async def _browsed(self, nodes: Sequence[ua.NodeId]) -> list[list[ua.ReferenceDescription]]:
        found: list[list[ua.ReferenceDescription]] = []
        for chunk in _chunks(nodes, self._most_browsed):
            parameters = ua.BrowseParameters()
            parameters.NodesToBrowse = [_everything(node) for node in chunk]
            for result in await self._session.browse(parameters):
                references = list(result.References or ())
                while result.ContinuationPoint:
                    more = ua.BrowseNextParameters()
                    more.ContinuationPoints = [result.ContinuationPoint]
                    (result,) = await self._session.browse_next(more)  # noqa: PLW2901 - the next part of the same result
                    references += result.References or ()
                found.append(references)
        return found

    async def _subtypes(self, top: ua.NodeId) -> set[ua.NodeId]:
        found, waiting = {top}, [top]
        subtype = standard_id(ObjectIds.HasSubtype)
        while waiting:
            below = [
                one.NodeId
                for references in await self._browsed(waiting)
                for one in references
                if one.IsForward and one.ReferenceTypeId == subtype and one.NodeId not in found
            ]
            found.update(below)
            waiting = below
        return found

    async def _read(self, wanted: Sequence[tuple[ua.NodeId, AttributeIds]]) -> list[ua.DataValue]:
        found: list[ua.DataValue] = []
        for chunk in _chunks(wanted, self._most_read):
            parameters = ua.ReadParameters()
            parameters.NodesToRead = [
                ua.ReadValueId(NodeId=node, AttributeId=attribute) for node, attribute in chunk
            ]
            found += await self._session.read(parameters)
        return found

    async def _read_attributes(self, nodes: dict[ua.NodeId, ExportedNode]) -> None:
        wanted = [
            (node.node_id, attribute)
            for node in nodes.values()
            for attribute in (*_OF_ALL, *_ATTRIBUTES.get(node.node_class, ()))
        ]
        for (node_id, attribute), value in zip(wanted, await self._read(wanted), strict=True):
            good = value.StatusCode is None or value.StatusCode.is_good()
            if good and value.Value is not None and value.Value.VariantType != ua.VariantType.Null:
                held = value.Value if attribute == AttributeIds.Value else value.Value.Value
                nodes[node_id].attributes[attribute] = held

    async def _names(self, nodes: dict[ua.NodeId, ExportedNode]) -> dict[ua.NodeId, str]:
        types = {
            node.attributes[AttributeIds.DataType]
            for node in nodes.values()
            if AttributeIds.DataType in node.attributes
        }
        wanted = [(node, AttributeIds.BrowseName) for node in _ordered(types)]
        values = await self._read(wanted)
        return {
            node: str(value.Value.Value.Name)
            for (node, _), value in zip(wanted, values, strict=True)
            if value.Value is not None and value.Value.Value is not None
        }

    async def _versions(self) -> dict[str, tuple[str, datetime]]:
        found = {}
        for metadata in await Node(self._session, _NAMESPACES).get_children():
            uri, version, published = [
                await (await metadata.get_child(name)).read_value()
                for name in ("NamespaceUri", "NamespaceVersion", "NamespacePublicationDate")
            ]
            found[uri] = (version or "", published)
        return found


def _is_kept(one: ua.ReferenceDescription) -> bool:
    """Nodes of the server's own namespace, such as sessions, come and go."""
    return int(one.NodeId.NamespaceIndex) != _OWN


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _everything(node: ua.NodeId) -> ua.BrowseDescription:
    wanted = ua.BrowseDescription()
    wanted.NodeId, wanted.ReferenceTypeId = node, _REFERENCES
    wanted.BrowseDirection, wanted.IncludeSubtypes = ua.BrowseDirection.Both, True
    wanted.NodeClassMask, wanted.ResultMask = ua.UInt32(0), ua.UInt32(63)
    return wanted


def _ordered(nodes: Iterable[ua.NodeId]) -> list[ua.NodeId]:
    return sorted(nodes, key=lambda node: (node.NamespaceIndex, str(node.Identifier)))
