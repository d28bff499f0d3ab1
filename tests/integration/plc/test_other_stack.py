"""The same with a PLC of another stack: node-opcua's server, in its own process."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.domain.signature import Range
from opcua_ml.domain.state import ConnectionState
from opcua_ml.domain.status import Status
from opcua_ml.opcua.plc.address import TagAddress
from opcua_ml.opcua.plc.binding import InputBinding, OutputBinding
from tests.integration.plc.bench import URI, Plc, connection_to, reason_of, running, tag, until
from tests.integration.plc.test_writing import prediction, sink_for, to_tag
from tests.interop import node_process
from tests.interop.node_process import NodeProcess

if TYPE_CHECKING:
    from tests.integration.plc.bench import Recorder

FLOW = {"name": "Flow", "type": "Double", "value": 12.5, "range": [0, 100], "unit": "degree_celsius"}
TAGS: list[dict[str, Any]] = [
    FLOW,
    {"name": "Row", "type": "Double", "value": [1, 2, 3], "writable": True},
    {"name": "Result", "type": "Float", "value": 0, "writable": True},
    {"name": "Score", "type": "Double", "value": 0, "writable": True},
    {"name": "Fixed", "type": "Double", "value": 0},
]


@pytest.fixture
def node() -> str:
    """Node.js; without it, or node-opcua, the test is skipped or, in CI, fails."""
    found = shutil.which("node")
    if found is not None and (Path(node_process.__file__).parent / "node_modules" / "node-opcua").is_dir():
        return found
    if os.environ.get("CI") == "true":
        pytest.fail("node-opcua is missing, and CI=true requires it")
    pytest.skip("node-opcua is not installed: npm ci --prefix tests/interop")


@pytest.mark.interop
async def test_a_plc_of_another_stack_is_read_written_lost_and_found(
    node: str, recorder: Recorder, tmp_path: Path
) -> None:
    """Values, units, quality, old times; writes of values and elements; a tag that goes; power off."""
    async with NodeProcess(node, "plc.js", tmp_path / "log") as process:
        started = await process.request("start", namespace_uri=URI, tags=TAGS, folder=str(tmp_path / "pki"))
        plc = Plc(port=started["port"])
        element = OutputBinding("pump", "element", TagAddress(URI, "Row", (1,)))
        sink = sink_for(plc, to_tag("Result", rounding=True), to_tag("Score"), to_tag("Fixed"), element)
        inputs = [
            tag("Flow", 0),
            tag("Row", 1, length=3),
            InputBinding(2, "element", TagAddress(URI, "Row", (2,))),
        ]
        async with running(connection_to(plc, recorder, *inputs, sink=sink)) as connection:
            await until(lambda: connection.snapshot().state is ConnectionState.Degraded)
            assert (recorder.value(0), recorder.value(1), recorder.value(2)) == (12.5, (1.0, 2.0, 3.0), 3.0)
            description = connection.descriptions()[0]
            assert (description.unit, description.range) == ("CEL", Range(0.0, 100.0))
            assert "does not let us write" in reason_of(connection, "Fixed")

            doubtful = "UncertainSensorNotAccurate"
            then = "2020-03-09T10:14:33.000Z"
            await process.request("set", tag="Flow", value=3.5, status=doubtful, source_timestamp=then)
            await until(lambda: recorder.value(0) == 3.5)
            assert recorder.status(0) == Status.UncertainSensorNotAccurate

            sink.submit(prediction(0.1))
            assert (await process.event(event="written", tag="Score"))["value"] == 0.1
            await until(lambda: connection.snapshot().written == 3)
            assert await process.request("get", tag="Row") == {"value": [1, 0.1, 3], "status": "Good"}
            sink.submit(prediction(status=Status.BadNoCommunication, reason="gone"))
            sink.submit(prediction(0.2))
            assert (await process.event(event="written", tag="Score", value=0.2))["status"] == "Good"

            await process.request("remove", tag="Flow")
            await until(lambda: recorder.status(0) == Status.BadNodeIdUnknown)
            await process.request("add", namespace_uri=URI, tag=FLOW)
            await until(lambda: recorder.value(0) == 12.5)

            process.kill()
            await until(lambda: recorder.status(0) == Status.BadNoCommunication)
