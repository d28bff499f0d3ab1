"""Every instance is what its type promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from tests.integration.server.stage import SITE, TEXTS, card, texts, type_of
from tests.integration.server.walk import walk

if TYPE_CHECKING:
    from asyncua.client.client import Client
    from asyncua.common.node import Node

    from tests.integration.server.stage import Stage

_MANDATORY = ObjectIds.ModellingRule_Mandatory


def _standard(number: int) -> ua.NodeId:
    return ua.NodeId(ua.Int32(number))


async def _declared(client: Client, kind: ua.NodeId) -> dict[str, Node]:
    """The mandatory declarations of a type and all types above it, by BrowseName."""
    found: dict[str, Node] = {}
    while kind.Identifier not in (ObjectIds.BaseObjectType, ObjectIds.BaseVariableType):
        node = client.get_node(kind)
        for reference in await node.get_children_descriptions():
            child = client.get_node(reference.NodeId)
            rules = await child.get_referenced_nodes(_standard(ObjectIds.HasModellingRule))
            if [rule.nodeid.Identifier for rule in rules] == [_MANDATORY]:
                found.setdefault(str(reference.BrowseName), child)
        above = await node.get_referenced_nodes(
            _standard(ObjectIds.HasSubtype), direction=ua.BrowseDirection.Inverse
        )
        kind = above[0].nodeid
    return found


async def _is_kind(client: Client, kind: ua.NodeId, wanted: ua.NodeId) -> bool:
    """Whether a type is another one, or below it."""
    while kind != wanted:
        above = await client.get_node(kind).get_referenced_nodes(
            _standard(ObjectIds.HasSubtype), direction=ua.BrowseDirection.Inverse
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


@pytest.mark.parametrize("name", ["kept promise", "kept promise of texts"])
async def test_instances_have_what_their_types_promise(stage: Stage, client: Client, name: str) -> None:
    """Mandatory children, with their node class, data type, rank and type definition."""
    if name.endswith("texts"):
        await stage.show(card(name, TEXTS), texts)
    else:
        await stage.show(card(name))
        await stage.server.sources.add("kept plc", "opc.tcp://127.0.0.1:1/plc")
    index = await client.get_namespace_index(SITE)
    entry = await client.nodes.objects.get_child("2:MachineLearning")
    own = [
        one for one in await walk(client, entry, index) if one.path.split(".")[0] in (name, "MachineLearning")
    ]
    promised: dict[ua.NodeId, dict[str, Node]] = {}
    broken = []
    for node, reference in [(entry, None), *((one.node, one.reference) for one in own)]:
        if reference is not None and reference.NodeClass == ua.NodeClass.Method:
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
    assert broken == []
    assert len(own) > 40


async def test_the_types_are_in_the_types_folder(client: Client) -> None:
    """ModelType hangs below BaseObjectType, with its own InstanceDeclarations."""
    path = ["0:BaseObjectType", "2:ModelType", "2:Diagnostics", "2:InferenceLatency", "2:P99"]
    node = await client.get_node(_standard(ObjectIds.ObjectTypesFolder)).get_child(path)
    assert await node.read_node_class() == ua.NodeClass.Variable
