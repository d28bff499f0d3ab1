"""Every instance is what its type promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.adi import show_prediction_service
from opcua_ml.opcua.results import show_results
from tests.integration.server.promises import broken_promises, standard
from tests.integration.server.stage import SITE, TEXTS, Stage, card, plant_server, texts
from tests.integration.server.walk import walk
from tests.patient_client import Client
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


_NODESETS = (
    "DI/Opc.Ua.Di.NodeSet2.xml",
    "ADI/Opc.Ua.Adi.NodeSet2.xml",
    "Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml",
)


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
    broken = await broken_promises(client, [entry, *(one.node for one in own)])
    assert broken == []
    assert len(own) > 40


async def test_the_types_are_in_the_types_folder(client: Client) -> None:
    """ModelType hangs below BaseObjectType, with its own InstanceDeclarations."""
    path = ["0:BaseObjectType", "2:ModelType", "2:Diagnostics", "2:InferenceLatency", "2:P99"]
    node = await client.get_node(standard(ObjectIds.ObjectTypesFolder)).get_child(path)
    assert await node.read_node_class() == ua.NodeClass.Variable


@pytest_asyncio.fixture(loop_scope="session")
async def site_with_companions() -> AsyncIterator[Client]:
    """A client of a server with DI, ADI and Machinery Result, and one model."""
    made = Stage(plant_server(), nodesets=tuple(OFFICIAL / name for name in _NODESETS))
    async with made.server as server:
        await show_prediction_service(server)
        await show_results(server)
        await made.show(card("pump"))
        await server.open()
        async with Client(server.url) as connected:
            yield connected


async def test_instances_of_companion_types_have_what_those_promise(site_with_companions: Client) -> None:
    """The device, its models and parameters as DI and ADI have them; results as Machinery has them."""
    client = site_with_companions
    index = await client.get_namespace_index(SITE)
    device = client.get_node(f"ns={index};s=MachineLearning.PredictionService")
    results = client.get_node(f"ns={index};s=MachineLearning.ResultManagement")
    instances = [device, results]
    for entry in (device, results):
        instances += [one.node for one in await walk(client, entry, index)]
    assert await broken_promises(client, instances) == []
    assert len(instances) > 60
