"""Watches: what of predictions, models and PLCs raises their alarms."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.application.alarms.watches import (
    ClassWatch,
    InputsWatch,
    LimitWatch,
    ModelWatch,
    PlcWatch,
    PredictionWatch,
)
from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings
from opcua_ml.domain.alarm.limits import Limit, LimitBand
from opcua_ml.domain.connection import ConnectionSnapshot
from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.state import ConnectionState, ModelState
from opcua_ml.domain.status import Status
from tests.unit.application.stand_ins import HandClock

if TYPE_CHECKING:
    from opcua_ml.application.served_model import ServedModel

GOOD = Prediction(
    id="m-r-1",
    sequence=1,
    model="m",
    version="1",
    inputs=(1.0, 2.0),
    input_status=(0, 0),
    outputs=(0.5, 1),
    status=0,
    reason="",
    source_timestamp=datetime(2026, 1, 1, tzinfo=UTC),
)
BAD_INPUT = replace(
    GOOD,
    outputs=(),
    input_status=(0, int(Status.BadNoCommunication)),
    status=int(Status.BadNoCommunication),
    reason="b: the tag is BadNoCommunication",
    offending_input="b",
)


def alarm_of(*levels: str) -> Alarm[Any]:
    """An alarm with these levels, each less severe than the one before."""
    made = tuple(AlarmLevel(name, 900 - 100 * place) for place, name in enumerate(levels))
    return Alarm(AlarmSettings(made), lambda names, _: "+".join(names))


def test_a_limit_is_held_against_its_output() -> None:
    """With the hysteresis, and with the alarm kept where there is no value."""
    alarm = alarm_of("High")
    watch = LimitWatch(alarm, 0, LimitBand(((Limit.HIGH, 0.6),), 0.1))
    found = []
    for outputs in ((0.7, 1), (0.55, 1), (math.nan, 1), (0.4, 1)):
        watch.see(replace(GOOD, outputs=outputs), 0.0)
        found.append(alarm.state.is_active)
    assert found == [True, True, True, False]
    watch.see(replace(GOOD, outputs=(0.7, 1)), 0.0)
    watch.see(BAD_INPUT, 0.0)
    assert (alarm.state.is_active, alarm.state.quality) == (True, Status.BadNoCommunication)


def test_a_class_that_means_a_fault_raises_its_own_level() -> None:
    """Any other is normal, and no prediction is no reason to end the alarm."""
    alarm = alarm_of("cavitation", "leak")
    watch = ClassWatch(alarm, 1, (1, 4))
    found = []
    for outputs in ((0.5, 0), (0.5, 1), (0.5, 4), (0.5, 2)):
        watch.see(replace(GOOD, outputs=outputs), 0.0)
        found.append(alarm.state.active)
    assert found == [(), ("cavitation",), ("leak",), ()]
    watch.see(replace(GOOD, outputs=(0.5, 4)), 0.0)
    watch.see(BAD_INPUT, 0.0)
    assert alarm.state.active == ("leak",)


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        ({}, ()),
        ({"status": int(Status.UncertainEngineeringUnitsExceeded)}, ()),
        (
            {
                "status": int(Status.UncertainLastUsableValue),
                "input_status": (0, int(Status.UncertainLastUsableValue)),
            },
            ("Replaced",),
        ),
        (
            {"status": int(Status.UncertainSubNormal), "input_status": (0, int(Status.UncertainSubNormal))},
            ("Replaced",),
        ),
        ({"status": int(Status.BadNoCommunication), "outputs": ()}, ("Unusable",)),
        ({"status": int(Status.BadTimeout), "outputs": ()}, ("Unusable",)),
        ({"status": int(Status.BadInternalError), "outputs": ()}, ()),
        ({"status": int(Status.BadOutOfService), "outputs": ()}, ()),
        ({"status": int(Status.BadServerTooBusy), "outputs": ()}, ()),
        (
            {
                "status": int(Status.BadOutOfService),
                "outputs": (),
                "input_status": (0, int(Status.BadOutOfService)),
            },
            ("Unusable",),
        ),
    ],
)
def test_inputs_are_to_blame_where_they_are(changes: dict[str, Any], active: tuple[str, ...]) -> None:
    """Not where the model fails or is paused, nor where a value is only out of its range."""
    alarm = alarm_of("Unusable", "Replaced")
    InputsWatch(alarm).see(replace(GOOD, **changes), 0.0)
    assert alarm.state.active == active


def test_the_words_follow_the_input_that_is_bad_now() -> None:
    """Two inputs in turn: the alarm stays raised, and its message names the second."""
    alarm: Alarm[Prediction] = Alarm(
        AlarmSettings((AlarmLevel("Unusable", 600), AlarmLevel("Replaced", 300))),
        lambda _, prediction: prediction.offending_input,
    )
    watch = InputsWatch(alarm)
    watch.see(replace(BAD_INPUT, offending_input="Flow"), 0.0)
    watch.see(replace(BAD_INPUT, offending_input="Speed"), 5.0)
    assert (alarm.state.active, alarm.state.message) == (("Unusable",), "Speed")


def test_a_model_is_watched_by_its_own_watches_alone() -> None:
    """And one that is asked by words only while it answers."""
    alarm, other = alarm_of("Unusable", "Replaced"), alarm_of("Unusable", "Replaced")
    watch = PredictionWatch(HandClock())
    watch.add("m", InputsWatch(alarm))
    watch.add("asked", InputsWatch(other))
    watch.only_answers("asked")
    for prediction in (BAD_INPUT, replace(BAD_INPUT, model="asked"), replace(BAD_INPUT, model="unwatched")):
        watch.see(prediction)
    assert (alarm.state.is_active, other.state.is_active) == (True, False)
    watch.see(replace(BAD_INPUT, model="asked", request_id=7))
    assert alarm.state.active == other.state.active


def test_a_model_alarms_when_it_fails_and_not_when_it_is_paused(model: ServedModel, clock: HandClock) -> None:
    """Somebody has paused it, so somebody knows."""
    alarm = alarm_of("OffNormal")
    model.state_observers.append(ModelWatch(alarm, clock).see)
    found = []
    for state in (ModelState.Degraded, ModelState.Failed, ModelState.Paused, ModelState.Ready):
        model.change_state(state, "why")
        found.append(alarm.state.is_active)
    assert found == [False, True, False, False]


def test_a_plc_alarms_while_there_is_no_session(clock: HandClock) -> None:
    """Tags that can't be used are the inputs' matter."""
    alarm = alarm_of("OffNormal")
    watch = PlcWatch(alarm, clock)
    found = []
    for state in ConnectionState:
        watch.see(ConnectionSnapshot("p", "opc.tcp://p", state))
        found.append((state.name, alarm.state.is_active))
    assert found == [
        ("Disconnected", True),
        ("Connecting", True),
        ("Connected", False),
        ("Degraded", False),
    ]


def test_a_lost_plc_tells_the_cause_of_now() -> None:
    """Who comes to help looks for what is wrong now; an attempt that fails as the one before is no news."""
    clock = HandClock()
    alarm: Alarm[ConnectionSnapshot] = Alarm(
        AlarmSettings((AlarmLevel("OffNormal", 700),)), lambda _, snapshot: snapshot.reason
    )
    told: list[str] = []
    alarm.tell = lambda notice: told.extend([notice.state.message] if notice.is_event else [])
    watch = PlcWatch(alarm, clock)
    for reason in ("silent for 5 s", "silent for 5 s", "nothing listens there", "nothing listens there"):
        for state in (ConnectionState.Disconnected, ConnectionState.Connecting):
            watch.see(ConnectionSnapshot("p", "opc.tcp://p", state, reason))
        clock.seconds += 2.0
        alarm.pass_time(clock.monotonic())
    assert told == ["silent for 5 s", "nothing listens there"]
    assert alarm.state.episode == 1
