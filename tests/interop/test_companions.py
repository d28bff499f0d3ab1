"""A chemometrics client of another stack: finds a model on spectra by ADI's names and calls it."""

from __future__ import annotations

import asyncio
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest
import pytest_asyncio

from opcua_ml import bundled
from opcua_ml.runtime.package.package import open_package
from tests.integration.service.processes import started
from tests.interop.node_process import NodeProcess
from tests.unit.opcua.nodesets.files import COMPANIONS, OFFICIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ROOT = Path(__file__).parents[2]
DI, ADI = "http://opcfoundation.org/UA/DI/", "http://opcfoundation.org/UA/ADI/"
DEVICE = "MachineLearning.PredictionService"
INSPECTION = """
[models.fault]
package = "pump_fault"
[models.fault.alarms.Fault]
output = "label"
off_normal = ["Cavitation", "Leak"]
"""
PRIVATE = (
    "without SubscriptionDiagnosticsArray ",
    "without SessionsDiagnosticsSummary ",
    "without Identities ",
)
THEN = "2026-05-04T03:02:01.000Z"


class Laboratory(NamedTuple):
    """The service with a model on spectra and all companion specifications, and a client."""

    client: NodeProcess
    namespaces: list[str]
    example: dict[str, Any]

    def at(self, path: str) -> str:
        """A node of the site."""
        return f"nsu=urn:test:site;s={path}"

    def spectrum(self, water: float, protein: float) -> list[float]:
        """Of a sample of known chemistry."""
        random = np.random.default_rng(3)
        found: list[float] = self.example["spectra"](np.array([[water, protein, 0.6]]), random)[0].tolist()
        return found


@pytest.fixture(scope="module")
def grain(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """The example's own functions, and the folder with its package and configuration."""
    folder = tmp_path_factory.mktemp("grain")
    example = runpy.run_path(str(ROOT / "examples" / "spectra_pls.py"))
    example["main"](folder)
    file = folder / "grain.toml"
    nodesets = ", ".join(f'"{OFFICIAL / name}"' for name in COMPANIONS)
    head = (
        f'[server]\nendpoint = "opc.tcp://127.0.0.1:0"\nnamespace_uri = "urn:test:site"\n'
        f'nodesets = [{nodesets}]\n[server.security]\npolicies = ["None"]\n'
    )
    text = file.read_text(encoding="utf-8").replace("[server.security]\n", head)
    file.write_text(f"{text}{INSPECTION}", encoding="utf-8")
    return example, file


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def laboratory(
    grain: tuple[dict[str, Any], Path], node: str, certificates: Path
) -> AsyncIterator[Laboratory]:
    """Everything started, and the client connected; no test changes anything."""
    example, file = grain
    log = file.parent / "client.log"
    async with started("serve", str(file)) as service, NodeProcess(node, "client.js", log) as client:
        connected = await client.request("connect", endpoint=service.first_line, folder=str(certificates))
        yield Laboratory(client, connected["namespaces"], example)


async def test_mva_predict_answers_a_spectrum_with_its_time(laboratory: Laboratory) -> None:
    """Moisture and protein as the chemistry has them, in the order of HasOutput, at the spectrum's time."""
    lab = laboratory
    spectrum = {"type": "Double", "value": lab.spectrum(0.14, 0.11), "source_timestamp": THEN}
    answer = await lab.client.request(
        "call",
        object=lab.at(f"{DEVICE}.MethodSet"),
        method=lab.at(f"{DEVICE}.MethodSet.MVAPredict"),
        arguments=[
            {"type": "NodeId", "value": lab.at(f"{DEVICE}.ChemometricModelSettings.grain")},
            {"type": "Int32", "value": 0},
            {"type": "Variant", "value": [{"type": "DataValue", "value": spectrum}]},
        ],
    )
    assert answer["status"] == "Good"
    moisture, protein = (one["value"] for one in answer["outputs"][0])
    assert moisture["value"] == pytest.approx(14.0, abs=2.0)
    assert protein["value"] == pytest.approx(11.0, abs=2.0)
    assert moisture["source_timestamp"] == protein["source_timestamp"] == THEN
    assert moisture["status"] == "Good"


async def test_what_companion_specifications_bring_has_no_blanks(laboratory: Laboratory) -> None:
    """Below our device every node has a name and a description, every variable a type and a rank."""
    lab = laboratory
    nodes = await lab.client.request("walk", node=lab.at(DEVICE))
    found = {one["node"] for one in nodes}
    for wanted in ("MethodSet.MVAPredict", "ChemometricModelSettings.grain.moisture.AlarmLimits"):
        assert lab.at(f"{DEVICE}.{wanted}") in found
    assert all(one["browse_name"] and one["display_name"] for one in nodes)
    every = [one["node"] for one in nodes]
    variables = [one["node"] for one in nodes if one["node_class"] == "Variable"]
    for attribute, asked in (
        ("Description", every),
        ("DataType", variables),
        ("ValueRank", variables),
        ("AccessLevel", variables),
        ("MinimumSamplingInterval", variables),
    ):
        told = await lab.client.request("read", nodes=asked, attribute=attribute)
        assert {one["status"] for one in told} == {"Good"}, attribute
        assert None not in [one["value"] for one in told], attribute
    values = await lab.client.request("read", nodes=variables)
    good = [one for one in values if one["status"] == "Good"]
    assert all(one["variant"] is not None for one in good)
    assert {one["status"] for one in values} <= {"Good", "BadWaitingForInitialData", "BadNoData"}


async def test_a_verdict_is_decoded_from_its_definition(laboratory: Laboratory) -> None:
    """ResultMetaData is wrapped, as the structure allows subtypes: node-opcua finds it by its own means."""
    lab = laboratory
    context = "MachineLearning.ResultManagement.Results.fault.Context"
    for name in ("PartId", "JobId"):
        node = lab.at(f"{context}.{name}")
        assert await lab.client.request("write", node=node, type="String", value=f"{name}-7") == "Good"
    signature = open_package(bundled.model("pump_fault")).signature
    for item in signature.inputs:
        assert item.statistics is not None
        node = lab.at(f"fault.Inputs.{item.name}")
        written = {"type": "Double", "value": item.statistics.mean, "status": "Good"}
        assert await lab.client.request("write", node=node, **written) == "Good"
    node = lab.at("MachineLearning.ResultManagement.Results.fault")
    meta: dict[str, Any] = {}
    async with asyncio.timeout(20):
        # A result from before the two were written may still be shown.
        while (meta.get("partId"), meta.get("jobId")) != ("PartId-7", "JobId-7"):
            await asyncio.sleep(0.05)
            (shown,) = await lab.client.request("read", nodes=[node])
            if shown["status"] == "Good":
                assert shown["value"]["structure"] == "ResultDataType"
                meta = shown["value"]["fields"]["resultMetaData"]["fields"]
    assert meta["resultEvaluation"] in {1, 2, 3}


async def test_every_attribute_of_every_node_is_there_and_of_its_type(laboratory: Laboratory) -> None:
    """From Root by every reference: the standard's nodes, the companions' types, ours, and the instances.

    A declaration of a type has a value only where its file gives one, as the standard's own have none; below
    Objects, and among our own types, none is null. Every instance has what its type declares as mandatory,
    but for what only an administrator sees.
    """
    told = await laboratory.client.request("inspect")
    assert told["counts"]["Variable"] > 3000
    assert told["definitions"] > 400
    assert told["mandatory"] > 900
    ours = {laboratory.namespaces.index(uri) for uri in ("urn:opcua-ml:UA", "urn:test:site")}
    faults = [
        one
        for one in told["faults"]
        if not (one["attribute"] == "Value" and one["declaration"] and one["namespace"] not in ours)
        and not one["what"].startswith(PRIVATE)
        and one["attribute"] != "DataTypeDefinition"
    ]
    undefined = {
        one["path"].split("/")[-1] for one in told["faults"] if one["attribute"] == "DataTypeDefinition"
    }
    # What asyncua does not encode: base types, and what no Service or Variable carries.
    assert {one for one in undefined if not one.endswith("Node")} == {
        "Union",
        "NumberRange",
        "PortableNodeId",
    }
    assert faults == []
