"""A node with many references is looked up in, and says what a walk over all of them says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.server.address_space import NodeData
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
from opcua_ml.opcua.trust.nodes.node_management import PlantNodeManagementService
from opcua_ml.opcua.trust.nodes.references import MANY, ReferenceIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

_ua: Any = ua
ROOT = node_id("root", 2)
ORGANIZES, HAS_PROPERTY = node_id(ObjectIds.Organizes), node_id(ObjectIds.HasProperty)


@pytest.fixture
def aspace() -> PlantAddressSpace:
    """One object and the reference types."""
    space = PlantAddressSpace()
    service = PlantNodeManagementService(space)
    null = ua.NodeId()
    for place, parent in ((ROOT, null), (ORGANIZES, null), (HAS_PROPERTY, null)):
        item = item_of(place, parent, ORGANIZES)
        item.TypeDefinition = null
        assert list(service.try_add_nodes([item], check=False)) == []
    return space


def item_of(place: ua.NodeId, parent: ua.NodeId, kind: ua.NodeId, name: str = "") -> ua.AddNodesItem:
    """An object below `parent`."""
    return ua.AddNodesItem(
        ParentNodeId=_ua.ExpandedNodeId(parent.Identifier, parent.NamespaceIndex)
        if not parent.is_null()
        else parent,
        ReferenceTypeId=kind,
        RequestedNewNodeId=place,
        BrowseName=ua.QualifiedName(name or str(place.Identifier), 2),
        NodeClass=ua.NodeClass.Object,
        NodeAttributes=ua.ObjectAttributes(),
    )


def codes(results: Sequence[ua.AddNodesResult]) -> list[int]:
    """StatusCodes."""
    return [result.StatusCode.value for result in results]


def add(
    service: PlantNodeManagementService, first: int, count: int, kind: ua.NodeId = ORGANIZES
) -> list[int]:
    """Add numbered nodes below the root."""
    items = [item_of(node_id(number, 2), ROOT, kind, f"N{number}") for number in range(first, first + count)]
    return codes(service.add_nodes(items))


def below(aspace: PlantAddressSpace) -> list[int]:
    """What the root refers to forwards."""
    return [one.NodeId.Identifier for one in aspace[ROOT].references if one.IsForward]


@pytest.mark.parametrize("size", [3, 2 * MANY])
def test_nodes_are_added_once_and_in_order(aspace: PlantAddressSpace, size: int) -> None:
    """References both ways; the same id, or the name of a property, is refused, below few nodes or many."""
    service = PlantNodeManagementService(aspace)
    assert not any(add(service, 1, size))
    assert not any(add(service, 5_000, 1, HAS_PROPERTY))
    assert add(service, 1, 1) == [StatusCodes.BadNodeIdExists]
    again = item_of(node_id(6_000, 2), ROOT, ORGANIZES, "N5000")
    assert codes(service.add_nodes([again])) == [StatusCodes.BadBrowseNameDuplicated]
    strange = item_of(node_id(6_001, 2), ROOT, ORGANIZES)
    strange.TypeDefinition = node_id("nothing", 2)
    assert codes(service.add_nodes([strange])) == [StatusCodes.BadTypeDefinitionInvalid]
    assert below(aspace) == [*range(1, size + 1), 5_000]
    for number in below(aspace):
        (back,) = aspace[node_id(number, 2)].references
        assert (back.NodeId, back.IsForward) == (ROOT, False)


def test_a_reference_that_was_removed_may_come_again(aspace: PlantAddressSpace) -> None:
    """And is there once, though the number of references is the same as before."""
    service = PlantNodeManagementService(aspace)
    add(service, 1, 2 * MANY)
    gone = ua.DeleteReferencesItem(
        SourceNodeId=ROOT,
        ReferenceTypeId=ORGANIZES,
        IsForward=True,
        TargetNodeId=_ua.ExpandedNodeId(7, 2),
        DeleteBidirectional=False,
    )
    (code,) = service.delete_references([gone])
    assert code.is_good()
    assert not any(add(service, 1_000, 1))
    back = ua.AddReferencesItem(
        SourceNodeId=ROOT, ReferenceTypeId=ORGANIZES, IsForward=True, TargetNodeId=_ua.ExpandedNodeId(7, 2)
    )
    for _ in range(2):
        assert [one.value for one in service.add_references([back])] == [StatusCodes.Good]
    assert sorted(below(aspace)) == [*range(1, 2 * MANY + 1), 1_000]
    back.IsForward = False
    assert [one.value for one in service.add_references([back])] == [StatusCodes.BadReferenceNotAllowed]


def test_a_deleted_node_is_not_referred_to_any_more(aspace: PlantAddressSpace) -> None:
    """Its id can be given to another node, to which there is a reference again."""
    service = PlantNodeManagementService(aspace)
    add(service, 1, 2 * MANY)
    parameters = ua.DeleteNodesParameters()
    parameters.NodesToDelete = [ua.DeleteNodesItem(NodeId=node_id(9, 2), DeleteTargetReferences=True)]
    assert [one.value for one in service.delete_nodes(parameters)] == [StatusCodes.Good]
    assert 9 not in below(aspace)
    assert add(service, 9, 1) == [StatusCodes.Good]
    assert below(aspace).count(9) == 1


def test_a_list_that_somebody_else_changed_is_walked_again() -> None:
    """Another list, or another length, is another index."""
    node = NodeData(ROOT)
    index = ReferenceIndex()
    node.references = [
        ua.ReferenceDescription(ReferenceTypeId=ORGANIZES, NodeId=_ua.ExpandedNodeId(number, 2))
        for number in range(MANY + 1)
    ]
    first = index.of(node)
    assert first is not None
    assert index.of(node) is first
    node.references.pop()
    second = index.of(node)
    assert second is not None
    assert second.find(ORGANIZES, node_id(MANY, 2)) is None
    node.references = node.references[: MANY - 1]
    assert index.of(node) is None
