"""Walking the address space as a client does, and reading all that it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

if TYPE_CHECKING:
    from asyncua.common.node import Node

    from tests.patient_client import Client

_COMMON = (
    AttributeIds.NodeId,
    AttributeIds.NodeClass,
    AttributeIds.BrowseName,
    AttributeIds.DisplayName,
    AttributeIds.Description,
    AttributeIds.WriteMask,
    AttributeIds.UserWriteMask,
)
_OWN = {
    ua.NodeClass.Object: (AttributeIds.EventNotifier,),
    ua.NodeClass.Method: (AttributeIds.Executable, AttributeIds.UserExecutable),
    ua.NodeClass.Variable: (
        AttributeIds.Value,
        AttributeIds.DataType,
        AttributeIds.ValueRank,
        AttributeIds.ArrayDimensions,
        AttributeIds.AccessLevel,
        AttributeIds.UserAccessLevel,
        AttributeIds.MinimumSamplingInterval,
        AttributeIds.Historizing,
    ),
}


class Found(NamedTuple):
    """A node as browsing shows it."""

    node: Node
    reference: ua.ReferenceDescription
    parent: Node

    @property
    def path(self) -> str:
        """Its string identifier."""
        return str(self.reference.NodeId.Identifier)


async def walk(client: Client, start: Node, namespace: int) -> list[Found]:
    """All nodes of a namespace below one, each once, by forward hierarchical references."""
    found: dict[ua.NodeId, Found] = {}
    waiting = [start]
    while waiting:
        parent = waiting.pop()
        for reference in await parent.get_children_descriptions():
            node = client.get_node(reference.NodeId)
            if reference.NodeId.NamespaceIndex == namespace and reference.NodeId not in found:
                found[reference.NodeId] = Found(node, reference, parent)
                waiting.append(node)
    return list(found.values())


async def attributes(one: Found) -> dict[AttributeIds, ua.DataValue]:
    """All attributes that a node of its class must have."""
    wanted = _COMMON + _OWN[ua.NodeClass(one.reference.NodeClass)]
    values = await one.node.read_attributes(wanted)
    return dict(zip(wanted, values, strict=True))
