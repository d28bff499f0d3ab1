"""What an operator does with alarms, through asyncua's client and real sockets.

Source: OPC UA Part 9, 5.5 to 5.8.
"""

from __future__ import annotations

import pytest
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from tests.integration.alarms.desk import alarm_list, on_event, opened_desk, operate

pytestmark = pytest.mark.asyncio
Code = StatusCodes
ACKNOWLEDGE = ObjectIds.AcknowledgeableConditionType_Acknowledge


async def test_an_alarm_is_raised_seen_and_over() -> None:
    """Each change is an event with everything that an alarm list shows."""
    async with opened_desk(high={"high": 0.6, "hysteresis": 0.1}) as desk, desk.client() as client:
        alarms = await alarm_list(client)
        prediction = await desk.score(0.7)
        row = await alarms.next()
        assert row.state == (True, False, True)
        assert row.message == "score is 0.7, above its high limit of 0.6"
        assert (row["SourceName"], row["ConditionName"], row["Severity"]) == ("pump.score", "high", 500)
        assert (row["PredictionId"], row["ModelVersion"]) == (prediction.id, "1.0.0")
        assert row["LimitState/CurrentState"].Text == "High"
        assert await operate(row, client, ACKNOWLEDGE, *on_event(row, "on my way")) == Code.Good
        acked = await alarms.next()
        assert (acked.state, acked["Comment"].Text) == ((True, True, True), "on my way")
        await desk.score(0.55)
        await desk.score(0.4)
        over = await alarms.next()
        assert (over.state, over.message) == ((False, True, False), "score is 0.4, within its limits again")
