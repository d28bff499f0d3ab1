"""An alarm list of another stack: it follows our alarms, acknowledges them, and refreshes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest_asyncio
from asyncua.ua.object_ids import ObjectIds

from tests.integration.alarms.desk import AlarmStage, opened_stage
from tests.integration.plc.bench import free_port
from tests.integration.server.stage import SITE
from tests.integration.service.processes import configuration, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.integration.alarms.desk import Desk
    from tests.interop.node_process import NodeProcess

METHODS = {
    name: f"i={getattr(ObjectIds, f'{kind}_{name}')}"
    for name, kind in {
        "Enable": "ConditionType",
        "Disable": "ConditionType",
        "Acknowledge": "AcknowledgeableConditionType",
        "TimedShelve": "ShelvedStateMachineType",
        "OneShotShelve": "ShelvedStateMachineType",
        "Unshelve": "ShelvedStateMachineType",
    }.items()
}
"""Of the types: an alarm has those of its type (Part 9, 5.5.4)."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage() -> AsyncIterator[AlarmStage]:
    """A server with alarms."""
    async with opened_stage() as opened:
        yield opened


def alarms_of(desk: Desk) -> str:
    """The folder of a model's alarms."""
    return f"nsu={SITE};s={desk.model}.Monitoring.Alarms"


async def connect(client: NodeProcess, stage: AlarmStage, certificates: Path) -> list[dict[str, Any]]:
    """Log in and open the alarm list; what stands in it at once."""
    await client.request("connect", endpoint=stage.url, folder=str(certificates))
    found = await client.request("watch_alarms")
    assert isinstance(found, list)
    return found


async def changed(client: NodeProcess, **wanted: object) -> dict[str, Any]:
    """The first change of an alarm with these fields."""
    while True:
        told = await client.event(event="alarm")
        if wanted.items() <= told.items():
            return told


async def test_an_alarm_is_followed_from_its_raising_to_its_end(
    stage: AlarmStage, ua_client: NodeProcess, certificates: Path
) -> None:
    """With its Methods found by browsing the instance, and every refusal by its name."""
    desk = await stage.desk(high={"high": 0.6, "confirm": True})
    assert await connect(ua_client, stage, certificates) == []
    await desk.score(0.7)
    raised = await changed(ua_client, active=True)
    assert (raised["condition"], raised["acked"]) == (f"{alarms_of(desk)}.high", False)
    assert (raised["severity"], raised["sourceName"]) == (500, f"{desk.model}.score")
    assert raised["message"]["text"] == "score is 0.7, above its high limit of 0.6"
    event = {"condition": raised["condition"], "event_id": raised["event_id"]}

    async def operate(method: str, **more: object) -> object:
        return await ua_client.request("operate_alarm", method=method, **{**event, **more})

    assert await operate("Confirm") == "BadConditionBranchAlreadyConfirmed"
    assert await operate("Acknowledge", event_id="00" * 16) == "BadEventIdUnknown"
    assert await operate("Acknowledge", comment="seen") == "Good"
    acked = await changed(ua_client, acked=True)
    assert acked["comment"]["text"] == "seen"
    assert await operate("Acknowledge") == "BadConditionBranchAlreadyAcked"
    assert await operate("AddComment", comment="a valve") == "Good"
    assert await operate("Confirm") == "Good"
    await desk.score(0.3)
    await changed(ua_client, active=False, retain=False)
    assert await ua_client.request("alarms") == []
    await ua_client.request("unwatch_alarms")


async def test_a_client_that_comes_later_has_what_is_still_there(
    stage: AlarmStage, ua_client: NodeProcess, certificates: Path
) -> None:
    """By ConditionRefresh, with an EventId that can be acknowledged."""
    desk = await stage.desk(high={"high": 0.6}, low={"low": 0.1})
    await desk.score(0.7)
    await connect(ua_client, stage, certificates)
    known = await changed(ua_client, conditionName="high")
    code = await ua_client.request(
        "operate_alarm",
        method="Acknowledge",
        condition=known["condition"],
        event_id=known["event_id"],
        comment="late",
    )
    assert code == "Good"
    assert [one["conditionName"] for one in await ua_client.request("alarms")] == ["high"]
    await ua_client.request("unwatch_alarms")


async def test_every_node_of_a_condition_has_what_its_type_promises(
    stage: AlarmStage, ua_client: NodeProcess, certificates: Path
) -> None:
    """A walk over the instances finds Methods, states and limits, and no null where one must not be."""
    desk = await stage.desk(
        high={"high": 0.6, "high_high": 0.8, "latching": True, "confirm": True},
        each={"high": 0.6, "low": 0.2, "exclusive": False},
        fault={"output": "fault", "off_normal": ["cavitation"]},
    )
    await ua_client.request("connect", endpoint=stage.url, folder=str(certificates))
    await desk.score(0.7)
    names = {
        name: {
            one["browse_name"] for one in await ua_client.request("browse", node=f"{alarms_of(desk)}.{name}")
        }
        for name in ("high", "each", "fault")
    }
    methods = {"Enable", "Disable", "AddComment", "Acknowledge"}
    common = methods | {"ActiveState", "AckedState", "ShelvingState", "SuppressedOrShelved", "Retain"}
    assert all(common <= found for found in names.values())
    assert {"Confirm", "Reset", "LatchedState", "LimitState", "HighHighLimit"} <= names["high"]
    assert {"HighState", "LowState", "LowLimit"} <= names["each"] - {"HighHighLimit"}
    assert {"NormalState", "PredictionId", "ModelVersion"} <= names["fault"]
    values = await ua_client.request(
        "read",
        nodes=[
            f"{alarms_of(desk)}.high.{one}"
            for one in (
                *(
                    "EventId",
                    "Severity",
                    "Message",
                    "ActiveState.Id",
                    "LimitState.CurrentState",
                    "HighLimit",
                ),
                *("Quality", "ShelvingState.CurrentState", "ShelvingState.UnshelveTime", "PredictionId"),
            )
        ],
    )
    assert all(one["value"] is not None for one in values)


async def test_an_alarm_is_put_aside_and_switched_off_by_its_methods(
    stage: AlarmStage, ua_client: NodeProcess, certificates: Path
) -> None:
    """Shelving and Enable/Disable, each followed by the list; what contradicts the state has its own code."""
    desk = await stage.desk(high={"high": 0.6})
    await connect(ua_client, stage, certificates)
    await desk.score(0.7)
    condition = f"{alarms_of(desk)}.high"
    await changed(ua_client, active=True, condition=condition)

    async def operate(method: str, *given: dict[str, object], of: str = "") -> object:
        asked = {"object": f"{condition}{of}", "method": METHODS[method], "arguments": list(given)}
        return (await ua_client.request("call", **asked))["status"]

    long, short = ({"type": "Double", "value": value} for value in (60_000.0, 0.0))
    shelving = ".ShelvingState"
    assert await operate("TimedShelve", short, of=shelving) == "BadShelvingTimeOutOfRange"
    assert await operate("Unshelve", of=shelving) == "BadConditionNotShelved"
    assert await operate("TimedShelve", long, of=shelving) == "Good"
    await changed(ua_client, condition=condition, shelved=True)
    assert await operate("OneShotShelve", of=shelving) == "Good"
    assert await operate("Unshelve", of=shelving) == "Good"
    await changed(ua_client, condition=condition, shelved=False)
    assert await operate("Disable") == "Good"
    await changed(ua_client, condition=condition, retain=False)
    assert condition not in {one["condition"] for one in await ua_client.request("alarms")}
    assert await operate("Disable") == "BadConditionAlreadyDisabled"
    comment: dict[str, object] = {"type": "LocalizedText", "value": {"text": "none", "locale": ""}}
    nothing: dict[str, object] = {"type": "ByteString", "value": ""}
    assert await operate("Acknowledge", nothing, comment) == "BadConditionDisabled"
    assert await operate("Enable") == "Good"
    again = await changed(ua_client, condition=condition, retain=True)
    assert (again["active"], again["acked"]) == (True, False)
    await ua_client.request("unwatch_alarms")


async def test_the_list_is_the_same_after_the_service_was_killed(
    ua_client: NodeProcess, certificates: Path, tmp_path: Path
) -> None:
    """The client comes back by itself and refreshes: what was acknowledged is so, with its comment."""
    file = configuration(
        tmp_path, "opc.tcp://127.0.0.1:9", endpoint=f"opc.tcp://127.0.0.1:{free_port()}/opcua-ml"
    )
    text = file.read_text(encoding="utf-8") + "\n[alarms.plc_lost]\non_delay_ms = 0\n"
    file.write_text(text, encoding="utf-8")
    lost = "nsu=urn:test:site;s=MachineLearning.Sources.pump.Alarms.ConnectionLost"
    async with started("serve", str(file)) as service:
        url = service.first_line
        await ua_client.request("connect", endpoint=url, folder=str(certificates), retries=100)
        await ua_client.request("watch_alarms")
        raised = await changed(ua_client, condition=lost, active=True)
        code = await ua_client.request(
            "operate_alarm",
            method="Acknowledge",
            condition=lost,
            event_id=raised["event_id"],
            comment="on the way",
        )
        assert code == "Good"
        acked = await changed(ua_client, condition=lost, acked=True)
        assert acked["comment"]["text"] == "on the way"
        async with asyncio.timeout(10):
            while "on the way" not in _text(tmp_path / "state" / "alarms.json"):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)
        service.process.kill()
        await service.process.wait()
        await ua_client.event(event="connection_lost")
    async with started("serve", str(file)):
        await ua_client.event(event="connection_reestablished")
        await ua_client.request("unwatch_alarms")
        await ua_client.request("watch_alarms")
        found: list[dict[str, Any]] = []
        async with asyncio.timeout(20):
            while not found:
                found = [one for one in await ua_client.request("alarms") if one["condition"] == lost]
                await asyncio.sleep(0.05)
        (known,) = found
        assert (known["active"], known["acked"], known["retain"]) == (True, True, True)
        assert known["comment"]["text"] == "on the way"
        assert known["severity"] == 700


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""
