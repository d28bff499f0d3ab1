"""An alarm list of another stack: it follows our alarms, acknowledges them, and refreshes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest_asyncio

from tests.integration.alarms.desk import AlarmStage, opened_stage
from tests.integration.server.stage import SITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.integration.alarms.desk import Desk
    from tests.interop.node_process import NodeProcess


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
