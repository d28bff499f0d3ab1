"""Servers of one process share the building of the standard address space, and nothing else."""

from __future__ import annotations

from time import thread_time
from typing import Any

import pytest
from asyncua import ua
from asyncua.server.address_space import NodeData
from asyncua.ua.object_ids import ObjectIds
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml_simulator.opcua.node_ids import standard_node
from opcua_ml_simulator.opcua.standard_nodes import CopiedNodes, without_collector


async def test_two_servers_say_different_things_of_themselves(start_plant: Any) -> None:
    """Name, namespaces and state of the one are not those of the other, whichever was first."""
    first = await start_plant(manual=True, name="Pump station 1", signals=None)
    second = await start_plant(manual=True, name="Pump station 2")
    product = standard_node(ObjectIds.Server_ServerStatus_BuildInfo_ProductName)
    build = standard_node(ObjectIds.Server_ServerStatus_BuildInfo)
    for plant, name in ((first, "Pump station 1"), (second, "Pump station 2")):
        assert await plant.client.get_node(product).read_value() == name
        assert (await plant.client.get_node(build).read_value()).ProductName == name
        assert len(await plant.client.get_namespace_array()) == 3
    objects = [await plant.client.nodes.objects.get_children() for plant in (first, second)]
    assert len(objects[1]) == len(objects[0]) + 1


async def test_a_copied_address_space_is_whole(start_plant: Any) -> None:
    """The standard nodes of a later server answer with the attributes of the first."""
    plants = [await start_plant(manual=True) for _ in range(2)]
    for number in (ObjectIds.Server, ObjectIds.AnalogUnitRangeType, ObjectIds.HasComponent, ObjectIds.Range):
        answers = []
        for plant in plants:
            node = plant.client.get_node(standard_node(number))
            names = [await node.read_browse_name(), await node.read_node_class()]
            references = await node.get_references()
            answers.append((names, len(references)))
        assert answers[0] == answers[1]
        assert answers[0][1] > 0


async def test_a_later_server_starts_much_faster(start_simulator: Any) -> None:
    """Well under the second of processor time that building takes."""
    await start_simulator(manual=True)
    with without_collector():  # what other tests left is not the start's to look through
        begin = thread_time()
        simulator = await start_simulator(manual=True)
        taken = thread_time() - begin
    assert taken < 0.7
    assert simulator.read("PumpStation.Flow").Value.VariantType is ua.VariantType.Double


NUMBERS = st.integers(1, 30)


@given(actions=st.lists(st.tuples(st.sampled_from(["get", "set", "delete"]), NUMBERS), max_size=60))
def test_copied_nodes_behave_like_a_dictionary_of_copies(actions: list[tuple[str, int]]) -> None:
    """Whatever is read, added or deleted: the same keys as a plain copy has, and untouched originals."""
    originals = {standard_node(number): NodeData(standard_node(number)) for number in range(1, 20)}
    copied, plain = CopiedNodes(originals), dict(originals)
    for action, number in actions:
        key = standard_node(number)
        if action == "set":
            copied[key] = plain[key] = NodeData(key)
        elif action == "get":
            assert (copied.get(key) is None) == (plain.get(key) is None)
            assert copied.get(key) is copied.get(key)
        elif key in plain:
            del copied[key], plain[key]
        else:
            with pytest.raises(KeyError):
                del copied[key]
        assert set(copied) == set(plain)
        assert len(copied) == len(plain)
        assert (key in copied) == (key in plain)
    assert set(originals) == {standard_node(number) for number in range(1, 20)}
    assert all(copied.get(key) is not original for key, original in originals.items())
