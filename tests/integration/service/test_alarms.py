"""Alarms of a whole service, over a restart; real processes."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.space.standard import standard_id
from tests.integration.alarms.desk import AlarmList, AlarmRow, on_event, operate, subscribed
from tests.integration.service.hmi import connected
from tests.integration.service.processes import configuration, started

if TYPE_CHECKING:
    from pathlib import Path

    from asyncua import ua

    from tests.patient_client import Client

SERVER = standard_id(ObjectIds.Server)
CONDITION = standard_id(ObjectIds.ConditionType)
ACKNOWLEDGE = ObjectIds.AcknowledgeableConditionType_Acknowledge
QUICK = """
[alarms.plc_lost]
on_delay_ms = 300

[alarms.inputs_bad]
on_delay_ms = 300
"""


async def refreshed(client: Client, source: str) -> tuple[AlarmList, list[AlarmRow]]:
    """An alarm list, and the alarms of one source that a refresh shows."""
    alarms = await subscribed(client, SERVER, (), source)
    assert await alarms.refresh() == StatusCodes.Good
    end = standard_id(ObjectIds.RefreshEndEventType)
    rows = [await alarms.next()]
    while rows[-1]["EventType"] != end:
        rows.append(await alarms.next())
    return alarms, [row for row in rows if row["ConditionName"]]


async def test_a_lost_plc_is_one_alarm_and_stays_acknowledged_over_a_restart(tmp_path: Path) -> None:
    """The unusable inputs of its model are put aside, as they follow from it."""
    file = configuration(tmp_path, f"opc.tcp://127.0.0.1:{unused_port()}")
    file.write_text(file.read_text(encoding="utf-8") + QUICK, encoding="utf-8")
    async with started("serve", str(file)) as service, connected(service.first_line) as hmi:
        await hmi.until("MachineLearning.Sources.pump.Alarms.ConnectionLost.ActiveState.Id", is_true)
        await hmi.until("flow.Monitoring.Alarms.InputsBad.ActiveState.Id", is_true)
        alarms, rows = await refreshed(hmi.client, "pump")
        (lost,) = rows
        assert lost.message.startswith("PLC pump is not connected: ")
        _, (inputs,) = await refreshed(hmi.client, "flow")
        assert (inputs["ConditionName"], inputs["SuppressedOrShelved"]) == ("InputsBad", True)
        assert inputs.message.startswith("Model flow does not predict: ")
        code = await operate(lost, hmi.client, ACKNOWLEDGE, *on_event(lost, "cable pulled"))
        assert code == StatusCodes.Good
        assert (await alarms.next()).state == (True, True, True)
        kept = tmp_path / "state" / "alarms.json"
        await until_it_says(kept, "cable pulled")
        service.process.kill()
        await service.process.wait()
    begun = datetime.now(UTC)
    async with started("serve", str(file)) as again, connected(again.first_line) as hmi:
        _, (lost,) = await refreshed(hmi.client, "pump")
        assert (lost.state, lost["Comment"].Text) == ((True, True, True), "cable pulled")
        server = hmi.client.nodes.server
        told: Any = await server.read_event_history(begun, datetime.now(UTC), evtypes=CONDITION)
        assert [(one.SourceName, one.Message.Text) for one in told] == []


def unused_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
    return port


def is_true(value: ua.DataValue) -> bool:
    """Whether a Boolean is set."""
    return value.Value is not None and value.Value.Value is True


async def until_it_says(file: Path, words: str) -> None:
    """Wait until a file has these words in it."""
    async with asyncio.timeout(10):
        while words not in await asyncio.to_thread(_text, file):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
