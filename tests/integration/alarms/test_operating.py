"""What an operator does with alarms, through asyncua's client and real sockets.

Source: OPC UA Part 9, 5.5 to 5.8.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.space.standard import standard_id
from tests.integration.alarms.desk import call, on_event, operate
from tests.integration.server.stage import site_node

if TYPE_CHECKING:
    from tests.integration.alarms.desk import AlarmStage

Code = StatusCodes
ALREADY_CONFIRMED = Code.BadConditionBranchAlreadyConfirmed
ACKNOWLEDGE = ObjectIds.AcknowledgeableConditionType_Acknowledge
CONFIRM = ObjectIds.AcknowledgeableConditionType_Confirm
COMMENT = ObjectIds.ConditionType_AddComment
ENABLE, DISABLE = ObjectIds.ConditionType_Enable, ObjectIds.ConditionType_Disable
RESET = ObjectIds.AlarmConditionType_Reset
SHELVE = ObjectIds.ShelvedStateMachineType_TimedShelve
SHELVE_ONCE = ObjectIds.ShelvedStateMachineType_OneShotShelve
UNSHELVE = ObjectIds.ShelvedStateMachineType_Unshelve
HIGH = {"high": 0.6, "hysteresis": 0.1}


def milliseconds(value: float) -> ua.Variant:
    """A ShelvingTime."""
    return ua.Variant(value, ua.VariantType.Double)


async def test_an_alarm_is_raised_seen_and_over(stage: AlarmStage) -> None:
    """Each change is an event with everything that an alarm list shows."""
    desk = await stage.desk(high={"high": 0.6, "hysteresis": 0.1})
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        prediction = await desk.score(0.7)
        row = await alarms.next()
        assert row.state == (True, False, True)
        assert row.message == "score is 0.7, above its high limit of 0.6"
        assert row["SourceName"] == f"{desk.model}.score"
        assert (row["ConditionName"], row["Severity"]) == ("high", 500)
        assert (row["PredictionId"], row["ModelVersion"]) == (prediction.id, "1.0.0")
        assert row["LimitState/CurrentState"].Text == "High"
        assert await operate(row, client, ACKNOWLEDGE, *on_event(row, "on my way")) == Code.Good
        acked = await alarms.next()
        assert (acked.state, acked["Comment"].Text) == ((True, True, True), "on my way")
        await desk.score(0.55)
        await desk.score(0.4)
        over = await alarms.next()
        assert (over.state, over.message) == ((False, True, False), "score is 0.4, within its limits again")


async def test_each_refusal_has_the_code_of_the_standard(stage: AlarmStage) -> None:
    """And leaves the alarm as it was: no event follows."""
    desk = await stage.desk(high={**HIGH, "confirm": True}, plain=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        high, plain = sorted(await alarms.take_next(2), key=lambda row: str(row["ConditionName"]))
        stranger = on_event(high)[1]
        unknown = ua.Variant(b"unknown", ua.VariantType.ByteString)
        assert await operate(high, client, ACKNOWLEDGE, unknown, stranger) == Code.BadEventIdUnknown
        assert await operate(high, client, ACKNOWLEDGE, *on_event(plain)) == Code.BadEventIdUnknown
        assert await operate(high, client, CONFIRM, *on_event(high)) == ALREADY_CONFIRMED
        assert await operate(plain, client, CONFIRM, *on_event(plain)) == Code.BadMethodInvalid
        assert await operate(plain, client, RESET) == Code.BadMethodInvalid
        assert await operate(high, client, ENABLE) == Code.BadConditionAlreadyEnabled
        assert await operate(high, client, UNSHELVE) == Code.BadConditionNotShelved
        assert await operate(high, client, SHELVE, milliseconds(0.0)) == Code.BadShelvingTimeOutOfRange
        assert await operate(high, client, SHELVE, milliseconds(3.7e6)) == Code.BadShelvingTimeOutOfRange
        assert await operate(high, client, ACKNOWLEDGE, unknown) == Code.BadArgumentsMissing
        assert not alarms.rows
        assert await operate(high, client, ACKNOWLEDGE, *on_event(high)) == Code.Good
        assert (
            await operate(high, client, ACKNOWLEDGE, *on_event(high)) == Code.BadConditionBranchAlreadyAcked
        )


async def test_an_event_of_before_does_not_acknowledge_what_is_worse(stage: AlarmStage) -> None:
    """Who has seen High has not seen HighHigh."""
    desk = await stage.desk(high={"high": 0.6, "high_high": 0.8})
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        seen = await alarms.next()
        await desk.score(0.9)
        worse = await alarms.next()
        assert (worse["LimitState/CurrentState"].Text, worse["Severity"], worse["LastSeverity"]) == (
            "HighHigh",
            800,
            500,
        )
        assert await operate(seen, client, ACKNOWLEDGE, *on_event(seen)) == Code.BadEventIdUnknown
        assert await operate(worse, client, ACKNOWLEDGE, *on_event(worse)) == Code.Good


async def test_a_disabled_alarm_is_gone_until_it_is_enabled(stage: AlarmStage) -> None:
    """Everything else is refused meanwhile; enabled, it shows what is so then."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        assert await operate(row, client, DISABLE) == Code.Good
        gone = await alarms.next()
        assert (gone["Retain"], gone["EnabledState/Id"]) == (False, False)
        assert gone.message == "high is disabled"
        assert await operate(row, client, DISABLE) == Code.BadConditionAlreadyDisabled
        for method in (ACKNOWLEDGE, COMMENT):
            assert await operate(row, client, method, *on_event(row, "x")) == Code.BadConditionDisabled
        assert await operate(row, client, SHELVE_ONCE) == Code.BadConditionDisabled
        assert await operate(row, client, ENABLE) == Code.Good
        assert (await alarms.next()).state == (True, False, True)


async def test_who_enables_an_alarm_that_is_not_raised_reads_that_it_is_enabled(stage: AlarmStage) -> None:
    """Neither nothing, nor what was said of it when it was raised."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        await desk.score(0.1)
        await alarms.next()
        for method, words in ((DISABLE, "high is disabled"), (ENABLE, "high is enabled")):
            assert await operate(row, client, method) == Code.Good
            assert (await alarms.next()).message == words


async def test_a_latched_alarm_is_reset_once_it_is_over_and_seen(stage: AlarmStage) -> None:
    """Until then it stays in the list."""
    desk = await stage.desk(high={**HIGH, "latching": True})
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        assert await operate(row, client, RESET) == Code.BadInvalidState
        await desk.score(0.1)
        over = await alarms.next()
        assert await operate(over, client, RESET) == Code.BadInvalidState
        assert await operate(over, client, ACKNOWLEDGE, *on_event(over)) == Code.Good
        acked = await alarms.next()
        assert (acked.state, acked["LatchedState/Id"]) == ((False, True, True), True)
        assert await operate(over, client, RESET) == Code.Good
        assert (await alarms.next())["Retain"] is False


@pytest.mark.parametrize("by_condition", [True, False])
async def test_an_alarm_is_shelved_by_either_of_the_ids_that_the_standard_allows(
    stage: AlarmStage, *, by_condition: bool
) -> None:
    """The ConditionId, or the shelving state machine, with the Methods of either type."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        machine = (await site_node(client, f"{row[''].Identifier}.ShelvingState")).nodeid
        target = row[""] if by_condition else machine
        declared = standard_id(ObjectIds.AlarmConditionType_ShelvingState_OneShotShelve)
        assert await call(client, target, standard_id(SHELVE), milliseconds(3.0e6)) == Code.Good
        shelved = await alarms.next()
        assert shelved["SuppressedOrShelved"] is True
        assert shelved["ShelvingState/CurrentState"].Text == "Timed Shelved"
        left = await (
            await site_node(client, f"{row[''].Identifier}.ShelvingState.UnshelveTime")
        ).read_value()
        assert 2.9e6 < left <= 3.0e6
        assert await call(client, target, declared) == Code.Good
        assert await call(client, target, declared) == Code.BadConditionAlreadyShelved
        await alarms.next()
        await desk.score(0.1)
        over = await alarms.next()
        assert (over["SuppressedOrShelved"], over["ActiveState/Id"]) == (False, False)


async def test_timed_shelving_ends_by_itself(stage: AlarmStage) -> None:
    """With an event, so that the alarm is in the list again."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        assert await operate(row, client, SHELVE, milliseconds(50.0)) == Code.Good
        shelved, free = await alarms.take_next(2)
        assert (shelved["SuppressedOrShelved"], free["SuppressedOrShelved"]) == (True, False)


async def test_methods_of_alarms_are_for_alarms(stage: AlarmStage) -> None:
    """Called on anything else they say so, and what we do not offer is no Method of ours."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        kind = standard_id(ObjectIds.AcknowledgeableConditionType)
        assert await call(client, kind, standard_id(ACKNOWLEDGE), *on_event(row)) == Code.BadNodeIdInvalid
        model = (await site_node(client, desk.model)).nodeid
        assert await call(client, model, standard_id(ACKNOWLEDGE), *on_event(row)) == Code.BadMethodInvalid
        for name in ("Suppress", "Silence", "PlaceInService"):
            method = standard_id(getattr(ObjectIds, f"AlarmConditionType_{name}"))
            assert await call(client, row[""], method) in {Code.BadMethodInvalid, Code.BadNotExecutable}


async def test_a_comment_alone_is_an_event(stage: AlarmStage) -> None:
    """One without text and locale leaves what was written; one with a locale alone takes it away."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        texts = []
        for comment in (ua.LocalizedText("a valve"), ua.LocalizedText(), ua.LocalizedText("", "en")):
            given = ua.Variant(comment, ua.VariantType.LocalizedText)
            assert await operate(row, client, COMMENT, on_event(row)[0], given) == Code.Good
            texts.append((await alarms.next())["Comment"].Text or "")
        assert texts == ["a valve", "a valve", ""]


async def test_a_comment_keeps_the_language_that_its_operator_wrote_it_in(stage: AlarmStage) -> None:
    """And none where none was told."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        for comment in (ua.LocalizedText("ein Ventil", "de"), ua.LocalizedText("a valve")):
            given = ua.Variant(comment, ua.VariantType.LocalizedText)
            assert await operate(row, client, COMMENT, on_event(row)[0], given) == Code.Good
            assert (await alarms.next())["Comment"] == comment


@pytest.mark.parametrize("method", [ACKNOWLEDGE, CONFIRM, COMMENT])
async def test_a_comment_as_long_as_a_book_is_refused(stage: AlarmStage, method: int) -> None:
    """It would stand in each event, in the history and in the file of alarms."""
    desk = await stage.desk(high=HIGH)
    async with desk.client() as client:
        alarms = await desk.alarm_list(client)
        await desk.score(0.7)
        row = await alarms.next()
        for comment in (ua.LocalizedText("x" * 1025), ua.LocalizedText("x", "e" * 65)):
            given = ua.Variant(comment, ua.VariantType.LocalizedText)
            assert await operate(row, client, method, on_event(row)[0], given) == Code.BadInvalidArgument
        longest = ua.Variant(ua.LocalizedText("x" * 1024), ua.VariantType.LocalizedText)
        assert await operate(row, client, COMMENT, on_event(row)[0], longest) == Code.Good
