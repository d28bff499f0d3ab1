"""The whole service between a PLC and an HMI that are both of another stack.

`opcua-ml serve` runs in its own process with a bundled model; node-opcua plays the PLC that feeds it and the
HMI that looks at it.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.integration.service.processes import configuration, started
from tests.interop.node_process import NodeProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

SITE, PLC_URI = "urn:test:site", "urn:opcua-ml:simulator"
# A working point of the pump, at which it delivers 96 m³/h.
ROW = {
    "SuctionPressure": -0.0148,
    "DischargePressure": 2.331,
    "MotorSpeed": 2523.4,
    "MotorTorque": 31.04,
    "MotorPower": 8.916,
    "ValvePosition": 70.41,
}
FLOW = 96.0
TAGS: list[dict[str, Any]] = [
    {"name": f"PumpStation.{name}", "type": "Double", "value": value} for name, value in ROW.items()
]
RESULT = {"name": "Results.PredictedFlow", "type": "Double", "value": 0.0, "writable": True}
TURNS = count(1)
ARGUMENTS = [{"type": "Double", "value": value} for value in ROW.values()]


def at(path: str) -> str:
    """A node of the site."""
    return f"nsu={SITE};s={path}"


OUTPUT = at("flow.Outputs.flow")


class Site:
    """A PLC, the service and an HMI, all connected."""

    def __init__(self, plc: NodeProcess, hmi: NodeProcess, plc_arguments: dict[str, Any]) -> None:
        self.plc = plc
        self.hmi = hmi
        self.plc_arguments = plc_arguments

    async def read(self, path: str) -> dict[str, Any]:
        """A node's value with quality and times."""
        (value,) = await self.hmi.request("read", nodes=[at(path)])
        assert isinstance(value, dict)
        return value

    async def set_tag(self, name: str, value: float, status: str = "Good", source: str | None = None) -> None:
        """Change a tag of the PLC."""
        await self.plc.request(
            "set", tag=f"PumpStation.{name}", value=value, status=status, source_timestamp=source
        )

    async def settle(self, row: dict[str, float]) -> dict[str, Any]:
        """Give the tags these values, a little apart from the last ones, at one new moment.

        A new time alone, of tags or output, would not be told (Part 4, 7.22.2).

        Returns:
            The output that was computed from them.
        """
        turn = next(TURNS)
        moment = datetime.now(UTC).replace(microsecond=0) + timedelta(milliseconds=turn)
        for name, value in row.items():
            await self.set_tag(name, value * (1 + 1e-5 * turn), source=moment.isoformat())
        return await self.until(lambda change: good(change) and _time(change) == moment)

    async def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first change of the output that is as wanted."""
        while not wanted(change := await self.hmi.event(event="change", node=OUTPUT)):
            pass
        return change

    async def predict(self, arguments: list[dict[str, Any]]) -> dict[str, Any]:
        """Call Predict."""
        answer = await self.hmi.request(
            "call", object=at("flow"), method=at("flow.Predict"), arguments=arguments
        )
        assert isinstance(answer, dict)
        return answer


@asynccontextmanager
async def running(node_path: str, certificates: Path, folder: Path) -> AsyncIterator[Site]:
    """PLC, service and HMI, each in its own process."""
    plc, hmi = (
        NodeProcess(node_path, script, folder / f"{script}.log") for script in ("plc.js", "client.js")
    )
    arguments = {"namespace_uri": PLC_URI, "tags": [*TAGS, RESULT], "folder": str(certificates)}
    async with plc, hmi:
        port = (await plc.request("start", **arguments))["port"]
        file = configuration(folder, f"opc.tcp://127.0.0.1:{port}")
        async with started("serve", str(file)) as service:
            await hmi.request("connect", endpoint=service.first_line, folder=str(certificates))
            await hmi.request("subscribe", nodes=[OUTPUT])
            yield Site(plc, hmi, {**arguments, "port": port})
            await hmi.request("disconnect")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept_site(
    node: str, certificates: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """One for all tests here but those that end a part of it, as starting it takes seconds."""
    async with running(node, certificates, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest_asyncio.fixture(loop_scope="session")
async def site(kept_site: Site) -> Site:
    """The same, with its tags at the working point and the output computed from them."""
    await kept_site.settle(ROW)
    return kept_site


def good(change: dict[str, Any]) -> bool:
    """Whether an output may be used."""
    return change["status"] == "Good" and isinstance(change["value"], float | int)


def bad(change: dict[str, Any]) -> bool:
    """Whether an output is withdrawn."""
    return str(change["status"]).startswith("Bad") and change["value"] is None


async def test_a_prediction_carries_the_tags_time_and_reaches_the_plc(site: Site) -> None:
    """From a PLC of another stack through the model to an HMI of another stack and back to the PLC."""
    change = await site.settle({name: value * 1.01 for name, value in ROW.items()})
    assert change["value"] == pytest.approx(FLOW, rel=0.1)
    written = await site.plc.event(event="written", value=change["value"])
    assert written["tag"] == "Results.PredictedFlow"
    assert (await site.plc.request("get", tag="Results.PredictedFlow"))["value"] == change["value"]


async def test_a_bad_tag_withdraws_the_output_and_is_named(site: Site) -> None:
    """And a good one brings it back."""
    await site.set_tag("MotorSpeed", 2500.0, status="BadSensorFailure")
    change = await site.until(bad)
    assert change["status"] == "BadSensorFailure"
    assert (await site.read("flow.OffendingTag"))["value"] == "MotorSpeed"
    assert "MotorSpeed" in (await site.read("flow.Reason"))["value"]
    await site.set_tag("MotorSpeed", 2510.0)
    await site.until(good)


async def test_a_plc_that_is_killed_withdraws_the_output_until_it_is_back(
    node: str, certificates: Path, tmp_path: Path
) -> None:
    """Within the keep-alive, and by itself."""
    async with running(node, certificates, tmp_path) as site:
        await site.until(good)
        site.plc.kill()
        await site.until(bad)
        async with NodeProcess(node, "plc.js", tmp_path / "again.log") as again:
            await again.request("start", **site.plc_arguments)
            await site.until(good)


async def test_predict_answers_a_right_call(site: Site) -> None:
    """With the outputs, the version that computed them and an id, all described."""
    answer = await site.predict(ARGUMENTS)
    assert answer["status"] == "Good"
    described = await site.hmi.request("signature", method=at("flow.Predict"))
    assert [one["name"] for one in described["inputs"]] == list(ROW)
    assert all(one["description"] and one["data_type"] == "i=11" for one in described["inputs"])
    outputs = dict(zip([one["name"] for one in described["outputs"]], answer["outputs"], strict=True))
    assert outputs["flow"] == pytest.approx(FLOW, abs=1)
    assert outputs["ModelVersion"] == "1.0.0"


@pytest.mark.parametrize(
    ("place", "argument", "reason"),
    [
        (2, {"type": "String", "value": "fast"}, "BadTypeMismatch"),
        (2, {"type": "Boolean", "value": True}, "BadTypeMismatch"),
        (2, {"type": "Null"}, "BadTypeMismatch"),
        (3, {"type": "Double", "value": [1.0, 2.0]}, "BadTypeMismatch"),
        (0, {"type": "Double", "value": 1e9}, "BadOutOfRange"),
        (5, {"type": "Double", "value": "NaN"}, "BadOutOfRange"),
    ],
    ids=lambda value: value["type"] if isinstance(value, dict) else str(value),
)
async def test_predict_names_the_argument_that_is_wrong(
    site: Site, place: int, argument: dict[str, Any], reason: str
) -> None:
    """By its place, with the standard's StatusCode (Part 4, 5.12.2); the right ones are Good."""
    answer = await site.predict([*ARGUMENTS[:place], argument, *ARGUMENTS[place + 1 :]])
    assert answer["status"] == "BadInvalidArgument"
    assert answer["argument_results"] == [
        reason if index == place else "Good" for index in range(len(ARGUMENTS))
    ]


async def test_predict_names_a_wrong_number_of_arguments(site: Site) -> None:
    """One less, none at all, one more."""
    assert (await site.predict(ARGUMENTS[:-1]))["status"] == "BadArgumentsMissing"
    assert (await site.predict([]))["status"] == "BadArgumentsMissing"
    assert (await site.predict([*ARGUMENTS, ARGUMENTS[0]]))["status"] == "BadTooManyArguments"


async def test_everything_of_ours_can_be_browsed_and_read(site: Site) -> None:
    """No node without a name and, for variables, none whose attributes can't be read."""
    nodes = await site.hmi.request("walk", node=at("MachineLearning"))
    paths = {one["path"] for one in nodes}
    for wanted in ("Models/flow/Outputs/flow", "Models/flow/Inputs/MotorSpeed", "Models/flow/Predict"):
        assert wanted in paths
    assert all(one["browse_name"] and one["display_name"] for one in nodes)
    variables = [one["node"] for one in nodes if one["node_class"] == "Variable"]
    for attribute in ("DataType", "ValueRank", "AccessLevel"):
        told = await site.hmi.request("read", nodes=variables, attribute=attribute)
        assert {one["status"] for one in told} == {"Good"}, attribute
        assert None not in [one["value"] for one in told], attribute
    told = await site.hmi.request("read", nodes=variables, attribute="Description")
    described = {one for one, found in zip(variables, told, strict=True) if found["status"] == "Good"}
    assert all(found["value"] for found in told if found["status"] == "Good")
    bare = [one["path"] for one in nodes if one["node_class"] == "Variable" and one["node"] not in described]
    # The standard's own arguments have none, and say so.
    assert [path for path in bare if not path.endswith(("/InputArguments", "/OutputArguments"))] == []
    assert {found["status"] for found in told} <= {"Good", "BadAttributeIdInvalid"}


async def test_latest_is_read_as_one_structure(site: Site) -> None:
    """Decoded from its definition in the address space, without knowing the type beforehand."""
    latest = (await site.read("flow.Latest"))["value"]
    assert latest["structure"] == "PredictionDataType"
    shown = {name.lower(): value for name, value in latest["fields"].items()}
    assert shown["modelversion"] == "1.0.0"


def _time(value: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(value["source_timestamp"])
