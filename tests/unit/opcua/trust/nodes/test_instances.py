"""Nodes made in bulk are those that AddNodes makes."""

from __future__ import annotations

from typing import Any

import pytest
from asyncua import ua
from asyncua.server.address_space import AttributeValue
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust import PlantServer
from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.instances import Instance, Instances

OBJECTS = node_id(ObjectIds.ObjectsFolder)
COMPONENT, PROPERTY = node_id(ObjectIds.HasComponent), node_id(ObjectIds.HasProperty)
made: Any = ua


@pytest.fixture
async def server() -> PlantServer:
    """One that nobody connects to."""
    one = PlantServer()
    await one.init()
    return one


def item(name: str, kind: str, reference: ua.NodeId = COMPONENT) -> Any:
    """What AddNodes takes."""
    types = {"Variable": ObjectIds.BaseDataVariableType, "Object": ObjectIds.FolderType}
    wanted: Any = ua.AddNodesItem()
    wanted.RequestedNewNodeId = node_id(f"{kind}.{name}", 1)
    wanted.ParentNodeId, wanted.ReferenceTypeId = OBJECTS, reference
    wanted.BrowseName = made.QualifiedName(name, 1)
    wanted.NodeClass = ua.NodeClass[kind]
    if kind in types:
        wanted.TypeDefinition = node_id(types[kind])
    attributes: Any = {
        "Variable": ua.VariableAttributes,
        "Object": ua.ObjectAttributes,
        "Method": ua.MethodAttributes,
    }[kind]()
    attributes.DisplayName = made.LocalizedText(name, "en")
    attributes.Description = made.LocalizedText("words", "en")
    if kind == "Variable":
        attributes.Value = made.Variant(1.5, ua.VariantType.Double)
        attributes.DataType, attributes.ValueRank = node_id(ObjectIds.Double), -1
    wanted.NodeAttributes = attributes
    return wanted


def instance(server: PlantServer, like: Any, name: str) -> Instance:
    """The same by another name."""
    kind = like.NodeClass.name
    value = AttributeValue(ua.DataValue(like.NodeAttributes.Value)) if kind == "Variable" else None
    return Instance(
        node_id(f"{kind}.{name}", 1),
        like.ParentNodeId,
        like.ReferenceTypeId,
        made.QualifiedName(name, 1),
        ua.LocalizedText(name, "en"),
        "words",
        Instances(server).shape(like),
        value,
    )


def seen(server: PlantServer, node: ua.NodeId, name: str) -> tuple[Any, ...]:
    """All that a client can see of a node, with the name left out."""
    data = server.iserver.aspace[node]
    attributes = {
        attribute: repr(held.value.Value).replace(name, "_")
        for attribute, held in data.attributes.items()
        if held.value is not None
    }
    of_parent = server.iserver.aspace[OBJECTS].references
    held_by = [repr(one).replace(name, "_") for one in of_parent if one.NodeId == node]
    return attributes, [repr(one) for one in data.references], held_by


@pytest.mark.parametrize("kind", ["Variable", "Object", "Method"])
async def test_a_node_in_bulk_has_all_that_one_by_add_nodes_has(server: PlantServer, kind: str) -> None:
    """Attributes with their types, references both ways."""
    like = item("Alpha", kind)
    (result,) = await server.iserver.isession.add_nodes([like])
    assert result.StatusCode.is_good()
    other = instance(server, like, "Bravo")
    assert Instances(server).add(other) == StatusCodes.Good
    assert seen(server, other.node_id, "Bravo") == seen(server, like.RequestedNewNodeId, "Alpha")


async def test_what_add_nodes_refuses_is_refused(server: PlantServer) -> None:
    """By the same StatusCodes, and nothing is there afterwards."""
    instances = Instances(server)
    good = instance(server, item("Charlie", "Object", PROPERTY), "Charlie")
    nowhere, unknown = node_id("nowhere", 1), good.shape._replace(type_definition=node_id("no type", 1))
    assert instances.add(good) == StatusCodes.Good
    assert instances.add(good) == StatusCodes.BadNodeIdExists
    twin = good._replace(node_id=node_id("twin", 1))
    assert instances.add(twin) == StatusCodes.BadBrowseNameDuplicated
    other = twin._replace(name=made.QualifiedName("Delta", 1))
    assert instances.add(other._replace(parent=nowhere)) == StatusCodes.BadParentNodeIdInvalid
    assert instances.add(other._replace(shape=unknown)) == StatusCodes.BadTypeDefinitionInvalid
    assert twin.node_id not in server.iserver.aspace
