"""Nodes that are added are what asyncua makes of them, to the last attribute and reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua
from asyncua.server.address_space import AddressSpace, NodeManagementService
from asyncua.server.standard_address_space import standard_address_space as standard
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace
from opcua_ml.opcua.trust.nodes.node_management import PlantNodeManagementService

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData


@pytest.fixture(scope="module")
def spaces() -> tuple[dict[ua.NodeId, NodeData], dict[ua.NodeId, NodeData]]:
    """The standard address space as asyncua builds it, and as we do."""
    theirs, ours = AddressSpace(), PlantAddressSpace()
    fill: Any = standard.fill_address_space
    fill(NodeManagementService(theirs))
    fill(PlantNodeManagementService(ours))
    return {found: theirs[found] for found in theirs.keys()}, ours.nodes()  # noqa: SIM118 - no mapping


def attributes(node: NodeData) -> dict[AttributeIds, str]:
    """Every value of a node, in words."""
    return {attribute: repr(held.value) for attribute, held in node.attributes.items()}


def references(node: NodeData) -> list[str]:
    """Every reference of a node, in words."""
    return [repr(one) for one in node.references]


def test_the_standard_nodes_are_as_asyncua_makes_them(spaces: tuple[dict[Any, Any], dict[Any, Any]]) -> None:
    """All attributes with their types, and all references, in their order."""
    theirs, ours = spaces
    assert list(ours) == list(theirs)
    assert len(ours) > 5_000
    for found, node in theirs.items():
        assert attributes(ours[found]) == attributes(node)
        assert references(ours[found]) == references(node)


def test_a_node_keeps_its_value_when_one_that_was_alike_changes(
    spaces: tuple[dict[Any, Any], dict[Any, Any]],
) -> None:
    """Values are replaced, never changed in place, and watchers are each node's own."""
    _, ours = spaces
    one, other = (ours[node_id(identifier)] for identifier in (2256, 2994))
    assert one.attributes[AttributeIds.WriteMask].value is other.attributes[AttributeIds.WriteMask].value
    before = other.attributes[AttributeIds.WriteMask].value
    one.attributes[AttributeIds.WriteMask].value = ua.DataValue(ua.Variant(1, ua.VariantType.UInt32))
    one.attributes[AttributeIds.WriteMask].datachange_callbacks[1] = print
    assert other.attributes[AttributeIds.WriteMask].value is before
    assert not other.attributes[AttributeIds.WriteMask].datachange_callbacks
