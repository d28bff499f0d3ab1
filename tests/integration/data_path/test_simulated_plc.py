"""The simulator's own PLC program asks the service by words, each a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua

from opcua_ml.domain.status import Status
from tests.integration.data_path.plant import predicted, serving
from tests.integration.service.hmi import connected
from tests.integration.service.plant_file import open_server, plant_file
from tests.integration.service.processes import INPUTS, simulator

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.service.hmi import Hmi


def configuration(folder: Path, plc: str) -> Path:
    """A service that answers the program's questions on the PLC's tags."""
    lines = [
        *open_server(),
        "[plcs.pump]",
        f'endpoint = "{plc}"',
        'namespace_uri = "urn:opcua-ml:simulator"',
        'security_policy = "None"',
        'heartbeat = { write = "s=Results.Heartbeat", period_ms = 500, read = "s=Plc.Heartbeat" }',
        "[models.flow]",
        'package = "pump_flow"',
        "[models.flow.trigger]",
        'kind = "handshake"',
        *(
            f'{key} = "pump:s=Inquiry.{tag}"'
            for key, tag in (
                ("request_id", "RequestId"),
                ("done_id", "DoneId"),
                ("result_code", "ResultCode"),
            )
        ),
        "[models.flow.inputs]",
        *(f'{name} = "pump:s=Inquiry.{name}"' for name in INPUTS),
        "[models.flow.outputs]",
        'flow = "pump:s=Inquiry.Flow"',
    ]
    return plant_file(folder, lines)


async def question(plc: Hmi) -> tuple[int, dict[str, float]]:
    """What the program asks now: id and values, of one scan."""
    while True:
        asked = await number(plc, "RequestId")
        values = {name: await number(plc, name) for name in INPUTS}
        if asked == await number(plc, "RequestId"):
            return int(asked), values


async def number(plc: Hmi, name: str) -> float:
    """A word of the inquiry."""
    found = await plc.until(
        f"Inquiry.{name}", lambda one: one.Value is not None and one.Value.Value is not None
    )
    return float(found.Value.Value)  # type: ignore[union-attr]


async def until_number(plc: Hmi, name: str, least: float) -> None:
    """Read a word of the inquiry until it is so great."""
    await plc.until(
        f"Inquiry.{name}", lambda one: one.Value is not None and (one.Value.Value or 0) >= least, 20
    )


async def test_the_simulated_program_gets_its_questions_answered(tmp_path: Path) -> None:
    """What it uses is the model's word on the values that it asked about; a Bad answer it does not use."""
    async with (
        simulator() as (_, endpoint),
        serving(configuration(tmp_path, endpoint)) as hmi,
        connected(endpoint, "urn:opcua-ml:simulator") as plc,
    ):
        enable = plc.client.get_node(plc.node_id("Inquiry.Enable"))
        await enable.write_value(ua.DataValue(ua.Variant(True, ua.VariantType.Boolean)))
        for _ in range(3):
            asked, values = await question(plc)
            await until_number(plc, "DoneId", asked)
            await until_number(plc, "Answered", asked)
            (wanted,) = await predicted(hmi, "flow", values)
            assert await number(plc, "LastFlow") == pytest.approx(wanted)
        assert await number(plc, "GivenUp") == 0
        simulation = plc.client.get_node(plc.node_id("Simulation"))
        bad = ua.Variant(ua.StatusCode(ua.UInt32(Status.BadSensorFailure)))
        await simulation.call_method(plc.node_id("Simulation.SetQuality"), "Inquiry.MotorSpeed", bad)
        await plc.until(
            "Inquiry.FlowKnown", lambda one: one.Value is not None and one.Value.Value is False, 10
        )
        assert await number(plc, "ResultCode") == Status.BadSensorFailure
        assert await number(plc, "GivenUp") == 0
