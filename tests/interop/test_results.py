"""A quality system of another stack hears verdicts with the ids that a simulated PLC tells of each."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.integration.service.hmi import connected
from tests.integration.service.plant_file import open_server, plant_file
from tests.integration.service.processes import INPUTS, simulator, started
from tests.unit.opcua.nodesets.files import OFFICIAL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.interop.node_process import NodeProcess

RESULT = "http://opcfoundation.org/UA/Machinery/Result/"
SIMULATOR = "urn:opcua-ml:simulator"
RESULTS = "nsu=urn:test:site;s=MachineLearning.ResultManagement"
MEASURED = (
    *("Flow", "FlowSetpoint", "SuctionPressure", "DischargePressure", "MotorSpeed", "MotorTorque"),
    *("MotorCurrent", "MotorPower", "BearingTemperature", "BearingVibration", "BearingAcceleration"),
    *("ValvePosition", "ValveCommand"),
)


def configuration(folder: Path, plc: str) -> Path:
    """A model that answers the PLC's questions, and one that judges the pump at each question."""
    lines = [
        *open_server(f'nodesets = ["{OFFICIAL / "Machinery/Result/Opc.Ua.Machinery.Result.NodeSet2.xml"}"]'),
        "[plcs.pump]",
        f'endpoint = "{plc}"',
        f'namespace_uri = "{SIMULATOR}"',
        'security_policy = "None"',
        'heartbeat = { write = "s=Results.Heartbeat", period_ms = 500 }',
        "[models.flow]",
        'package = "pump_flow"',
        "[models.flow.trigger]",
        'kind = "handshake"',
        'request_id = "pump:s=Inquiry.RequestId"',
        'done_id = "pump:s=Inquiry.DoneId"',
        'result_code = "pump:s=Inquiry.ResultCode"',
        "[models.flow.inputs]",
        *(f'{name} = "pump:s=Inquiry.{name}"' for name in INPUTS),
        "[models.flow.outputs]",
        'flow = "pump:s=Inquiry.Flow"',
        "[models.fault]",
        'package = "pump_fault"',
        'trigger = { kind = "leading", tag = "pump:s=Inquiry.RequestId" }',
        "[models.fault.results]",
        'part_id = "pump:s=Inquiry.SampleId"',
        'job_id = { plc = "pump", node = "s=Inquiry.RequestId", max_age_ms = 60000 }',
        'step_id = "pump:s=Inquiry.NoSuchTag"',
        "[models.fault.alarms.Fault]",
        'output = "label"',
        'off_normal = ["Cavitation", "Leak"]',
        "[models.fault.inputs]",
        *(f'{name} = "pump:s=PumpStation.{name}"' for name in MEASURED),
    ]
    return plant_file(folder, lines)


async def test_each_verdict_has_the_ids_that_the_plc_had_at_its_moment(
    ua_client: NodeProcess, certificates: Path, tmp_path: Path
) -> None:
    """In the event, in the structure and as plain variables; a tag that isn't there is told as missing."""
    async with (
        simulator() as (_, plc),
        started("serve", str(configuration(tmp_path, plc))) as service,
        connected(plc, SIMULATOR) as program,
    ):
        told = await ua_client.request("connect", endpoint=service.first_line, folder=str(certificates))
        index = told["namespaces"].index(RESULT)
        names = ("ResultId", "PartId", "JobId", "StepId", "ResultEvaluation")
        below = f"{index}:Result.{index}:ResultMetaData"
        paths = [f"{below}.{index}:{name}" for name in names]
        await ua_client.request("subscribe_events", node=RESULTS, fields=[*paths, "Message"])
        switch = program.client.get_node(program.node_id("Inquiry.Enable"))
        await switch.write_value(True)
        heard: list[dict[str, Any]] = []
        async with asyncio.timeout(60):
            while len({one["JobId"] for one in heard} - {None, "0"}) < 4:
                event = await ua_client.event(event="raised")
                heard.append(dict(zip(names, event["fields"], strict=False)))
        asked = [one for one in heard if one["JobId"] not in {None, "0"}]
        assert [one["PartId"] for one in asked] == [f"S-{int(one['JobId']):08d}" for one in asked]
        assert {one["StepId"] for one in heard} == {None}
        assert {one["ResultEvaluation"] for one in asked} <= {1, 2, 3}
        await switch.write_value(False)
        shown = f"{RESULTS}.Results.fault.ResultMetaData"
        part, step = await ua_client.request("read", nodes=[f"{shown}.PartId", f"{shown}.StepId"])
        assert (part["status"], part["value"][:2]) == ("Good", "S-")
        assert (step["status"], step["value"]) == ("BadNodeIdUnknown", None)
        refused = await ua_client.request(
            "write", node=f"{RESULTS}.Results.fault.Context.PartId", type="String", value="mine"
        )
        assert refused == "BadNodeIdUnknown"
        answer = await ua_client.request(
            "call",
            object=RESULTS,
            method=f"{RESULTS}.GetResultById",
            arguments=[
                {"type": "String", "value": asked[-1]["ResultId"]},
                {"type": "Int32", "value": 0},
            ],
        )
        fields = answer["outputs"][1]["fields"]["resultMetaData"]["fields"]
        assert (fields["partId"], fields["jobId"]) == (asked[-1]["PartId"], asked[-1]["JobId"])
        assert fields.get("stepId") is None
