"""What types promise of their instances, and which promises are broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from tests.integration.server.stage import type_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asyncua.common.node import Node

    from tests.patient_client import Client

_MANDATORY = ObjectIds.ModellingRule_Mandatory


def standard(number: int) -> ua.NodeId:
    """A node of the standard's."""
    return ua.NodeId(ua.Int32(number))


async def _declared(client: Client, kind: ua.NodeId) -> dict[str, Node]:
    """The mandatory declarations of a type and all types above it, by BrowseName."""
    found: dict[str, Node] = {}
    while kind.Identifier not in (ObjectIds.BaseObjectType, ObjectIds.BaseVariableType):
        node = client.get_node(kind)
        for reference in await node.get_children_descriptions():
            child = client.get_node(reference.NodeId)
            rules = await child.get_referenced_nodes(standard(ObjectIds.HasModellingRule))
            if [rule.nodeid.Identifier for rule in rules] == [_MANDATORY]:
                found.setdefault(str(reference.BrowseName), child)
        above = await node.get_referenced_nodes(
            standard(ObjectIds.HasSubtype), direction=ua.BrowseDirection.Inverse
        )
        kind = above[0].nodeid
    return found


async def _is_kind(client: Client, kind: ua.NodeId, wanted: ua.NodeId) -> bool:
    """Whether a type is another one, or below it."""
    while kind != wanted:
        above = await client.get_node(kind).get_referenced_nodes(
            standard(ObjectIds.HasSubtype), direction=ua.BrowseDirection.Inverse
        )
        if not above:
            return False
        kind = above[0].nodeid
    return True


async def _faults(client: Client, declaration: Node, instance: Node) -> list[str]:
    faults = []
    if await declaration.read_node_class() != await instance.read_node_class():
        faults.append("node class")
    if await declaration.read_node_class() == ua.NodeClass.Variable:
        wanted, found = await declaration.read_data_type(), await instance.read_data_type()
        if not await _is_kind(client, found, wanted):
            faults.append(f"data type {found} is no {wanted}")
        rank = await declaration.read_value_rank()
        if rank != -2 and rank != await instance.read_value_rank():
            faults.append(f"rank {await instance.read_value_rank()} is not {rank}")
    if await declaration.read_node_class() != ua.NodeClass.Method:
        kind = await type_of(declaration)
        if not await _is_kind(client, await type_of(instance), kind):
            faults.append("type definition")
    return faults


async def broken_promises(client: Client, instances: Iterable[Node]) -> list[str]:
    """Mandatory children that are missing, or of another class, data type, rank or type, in words."""
    promised: dict[ua.NodeId, dict[str, Node]] = {}
    broken = []
    for node in instances:
        if await node.read_node_class() == ua.NodeClass.Method:
            continue
        kind = await type_of(node)
        if kind not in promised:
            promised[kind] = await _declared(client, kind)
        children = {str(one.BrowseName): one.NodeId for one in await node.get_children_descriptions()}
        for child, declaration in promised[kind].items():
            if child not in children:
                broken.append(f"{node.nodeid.Identifier!s} lacks {child}")
                continue
            faults = await _faults(client, declaration, client.get_node(children[child]))
            broken += [f"{node.nodeid.Identifier!s}.{child}: {fault}" for fault in faults]
    return broken
