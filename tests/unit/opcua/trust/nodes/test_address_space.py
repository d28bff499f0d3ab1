"""Writing a value tells all who watch it."""

from __future__ import annotations

from typing import Any

from asyncua import ua
from asyncua.server.address_space import AttributeValue, NodeData
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.opcua.trust.ground.ua_values import node_id
from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace


async def test_one_watchers_fault_keeps_the_value_from_nobody() -> None:
    """It is logged; the value is stored, and those behind the faulty one hear of it."""
    space, heard = PlantAddressSpace(), []
    node = NodeData(node_id("speed", 1))
    held = node.attributes[AttributeIds.Value] = AttributeValue(ua.DataValue(ua.Variant(1.0)))
    space[node.nodeid] = node

    def faulty(_handle: int, _value: Any) -> None:
        raise ZeroDivisionError

    async def slow(_handle: int, value: ua.DataValue) -> None:
        assert value.Value is not None
        heard.append(value.Value.Value)

    space.add_datachange_callback(node.nodeid, AttributeIds.Value, faulty)
    space.add_datachange_callback(node.nodeid, AttributeIds.Value, slow)
    written = ua.DataValue(ua.Variant(2.0))
    assert (await space.store(node, AttributeIds.Value, held, written)).is_good()
    assert heard == [2.0]
    assert held.value is written
