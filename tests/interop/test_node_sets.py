"""Two independent stacks load our nodesets, and a server's export, and agree on nodes and types."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from asyncua.server.server import Server
from asyncua.ua.object_ids import ObjectIdNames

from opcua_ml import bundled
from opcua_ml.opcua.export.exported_space import collect
from opcua_ml.opcua.export.node_set import node_set
from opcua_ml.opcua.history.processed import AGGREGATE_IDS
from opcua_ml.opcua.nodesets import load_node_sets
from opcua_ml.opcua.server.conformance import ALARM_UNITS, HISTORY_UNITS, VARIABLE_UNITS
from opcua_ml.opcua.trust.server import PlantServer
from tests.integration.server.stage import SITE, TEXTS, Stage, card, plant_server, texts, utc
from tests.patient_client import Client
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.interop.node_process import NodeProcess

NODE_SET = "{http://opcfoundation.org/UA/2011/03/UANodeSet.xsd}"
TYPES = "urn:opcua-ml:UA"


def written(path: Path) -> Counter[str]:
    """Nodes per class as the file has them."""
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    return Counter(
        element.tag.removeprefix(f"{NODE_SET}UA") for element in root if element.get("NodeId") is not None
    )


async def loaded_by_asyncua(files: list[Path], uri: str) -> Counter[str]:
    """Nodes per class as asyncua's own importer makes them."""
    server = Server()
    await server.init()
    for file in files:
        await server.import_xml(str(file))
    index = await server.get_namespace_index(uri)
    every = [node for node in server.iserver.aspace.keys() if node.NamespaceIndex == index]  # noqa: SIM118
    # asyncua makes metadata for a model that has none, with numbers that it takes from nowhere.
    texts_alone = any(isinstance(node.Identifier, str) for node in every)
    nodes = [node for node in every if isinstance(node.Identifier, str) or not texts_alone]
    return Counter([(await server.get_node(node).read_node_class()).name for node in nodes])


async def test_both_stacks_agree_on_our_types(
    start_script: Callable[[str], Awaitable[NodeProcess]],
) -> None:
    """As many objects, variables, methods and types as the file has."""
    script = await start_script("address_space.js")
    told = await script.request("load", files=[str(bundled.node_set())], uri=TYPES)
    assert told["classes"] == written(bundled.node_set())
    assert await loaded_by_asyncua([bundled.node_set()], TYPES) == told["classes"]


async def test_both_stacks_agree_on_a_servers_export(
    start_script: Callable[[str], Awaitable[NodeProcess]], tmp_path: Path
) -> None:
    """Instances with their types; our own importer agrees, too."""
    stage = Stage(plant_server())
    async with stage.server as server:
        await stage.show(card("pump_fault"))
        await stage.show(card("texts", TEXTS), texts)
        await server.open()
        async with Client(server.url) as client:
            space = await collect(client.uaclient.session, await client.get_namespace_index(SITE))
    file = tmp_path / "site.NodeSet2.xml"
    file.write_text(node_set(space, "1.0.0", utc(stage.clock.now())), encoding="utf-8")
    script = await start_script("address_space.js")
    files = [bundled.node_set(), file]
    told = await script.request("load", files=[str(one) for one in files], uri=SITE)
    assert told["classes"] == written(file) == await loaded_by_asyncua(files, SITE)
    assert told["types"]["ModelType"] == 2
    assert sum(told["types"].values()) == told["classes"]["Object"] + told["classes"]["Variable"]
    plant = PlantServer()
    await plant.init()
    index = (await load_node_sets(plant, [file, bundled.node_set()]))[SITE]
    every = [node for node in plant.iserver.aspace.nodes() if node.NamespaceIndex == index]
    assert len(every) == sum(told["classes"].values())


async def test_our_type_of_adis_devices_loads_elsewhere(
    start_script: Callable[[str], Awaitable[NodeProcess]],
) -> None:
    """Beside the official DI and ADI."""
    script = await start_script("address_space.js")
    official = [OFFICIAL / "DI/Opc.Ua.Di.NodeSet2.xml", OFFICIAL / "ADI/Opc.Ua.Adi.NodeSet2.xml"]
    files = [*official, bundled.adi_node_set()]
    told = await script.request("load", files=[str(one) for one in files], uri="urn:opcua-ml:UA:ADI")
    assert told["classes"] == written(bundled.adi_node_set())


async def test_our_type_of_machinerys_events_loads_elsewhere(
    start_script: Callable[[str], Awaitable[NodeProcess]],
) -> None:
    """Beside the official Machinery Result."""
    script = await start_script("address_space.js")
    files = [OFFICIAL / "Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml", bundled.result_node_set()]
    told = await script.request("load", files=[str(one) for one in files], uri="urn:opcua-ml:UA:Result")
    assert told["classes"] == written(bundled.result_node_set())


@pytest.mark.usefixtures("node")
def test_conformance_units_are_named_as_the_standard_names_them() -> None:
    """Those of nodes are the Categories of the standard's own file, which node-opcua ships."""
    file = Path(__file__).parent / "node_modules/node-opcua-nodesets/nodesets/Opc.Ua.NodeSet2.xml"
    root = ET.parse(file).getroot()  # noqa: S314 - of a pinned package
    known = {one.text for one in root.iter(f"{NODE_SET}Category")}
    groups = {name for unit in HISTORY_UNITS.values() for name in unit} | {*VARIABLE_UNITS, *ALARM_UNITS}
    assert groups - known == set()
    names = (ObjectIdNames[int(one.Identifier)].rpartition("_")[2] for one in AGGREGATE_IDS)
    assert {f"Aggregates - {name}" for name in names} - known == set()
