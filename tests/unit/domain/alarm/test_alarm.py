"""Alarms: what is seen, what operators do, and what is told of it."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings, Notice
from opcua_ml.domain.alarm.condition import (
    Comment,
    Condition,
    ConditionRefused,
    ConditionRules,
    Refusal,
    Shelving,
    one_shot_shelved,
)
from opcua_ml.domain.status import Status

LEVELS = (AlarmLevel("HighHigh", 800), AlarmLevel("High", 500))
ACTIONS = ("acknowledge", "confirm", "reset", "enable", "disable", "unshelve", "once", "for")
NORMAL, HIGH, HIGH_HIGH = (False, False), (False, True), (True, True)


def alarm_of(
    *, exclusive: bool = True, on_delay: float = 0.0, off_delay: float = 0.0, **rules: Any
) -> tuple[Alarm[str], list[Notice[str]]]:
    """An alarm with two levels, and the list of what it tells."""
    settings = AlarmSettings(LEVELS, exclusive, on_delay, off_delay, ConditionRules(**rules))
    alarm: Alarm[str] = Alarm(settings, lambda levels, seen: f"{'+'.join(levels) or 'normal'}: {seen}")
    told: list[Notice[str]] = []
    alarm.tell = told.append
    return alarm, told


def see(alarm: Alarm[str], raw: tuple[bool, ...], now: float = 0.0, quality: int = Status.Good) -> None:
    """Look at the alarm's levels."""
    alarm.see(raw, f"at {now:g}", quality, now)


def is_listed(alarm: Alarm[str]) -> bool:
    """Whether it belongs into the list of alarms."""
    return alarm.state.retain


def refusal(action: Callable[[], None]) -> Refusal:
    """Why an action was refused."""
    with pytest.raises(ConditionRefused) as refused:
        action()
    return refused.value.refusal


def test_an_episode_ends_when_it_is_over_and_seen() -> None:
    """Active, acknowledged, normal again: only then it leaves the list."""
    alarm, told = alarm_of()
    see(alarm, NORMAL)
    see(alarm, HIGH, 1.0)
    assert (alarm.state.active, alarm.state.acked, alarm.state.retain) == (("High",), False, True)
    assert (alarm.state.severity, alarm.state.message) == (500, "High: at 1")
    alarm.acknowledge(Comment("seen"), "Maria")
    assert (alarm.state.acked, alarm.state.retain, alarm.state.commented_by) == (True, True, "Maria")
    see(alarm, NORMAL, 2.0)
    assert (alarm.state.retain, alarm.state.message) == (False, "normal: at 2")
    assert [notice.state.active for notice in told if notice.is_event] == [("High",), ("High",), ()]


def test_another_cause_of_the_same_level_is_told_once_a_second_at_most() -> None:
    """With an event, and nothing new to acknowledge; the last cause is told though nothing more is seen."""
    alarm, told = alarm_of()
    see(alarm, HIGH)
    alarm.acknowledge()
    for now in (2.0, 2.1, 2.2):
        see(alarm, HIGH, now)
        alarm.reword(now)
    assert (alarm.state.message, alarm.state.acked, alarm.due) == ("High: at 2", True, 3.0)
    alarm.pass_time(3.0)
    assert (alarm.state.message, alarm.due) == ("High: at 2.2", math.inf)
    assert [notice.state.message for notice in told if notice.is_event][2:] == ["High: at 2", "High: at 2.2"]


def test_an_alarm_that_goes_out_keeps_the_words_of_its_cause() -> None:
    """While its OffDelay runs, there is no other cause to be told."""
    alarm, _ = alarm_of(off_delay=5.0)
    see(alarm, HIGH)
    see(alarm, NORMAL, 2.0)
    alarm.reword(2.0)
    assert alarm.state.message == "High: at 0"


def test_an_alarm_that_is_over_stays_until_it_is_acknowledged() -> None:
    """Nobody is to miss one because it was short."""
    alarm, _ = alarm_of()
    see(alarm, HIGH)
    see(alarm, NORMAL, 1.0)
    assert is_listed(alarm)
    alarm.acknowledge()
    assert not is_listed(alarm)
    assert refusal(alarm.acknowledge) is Refusal.ALREADY_ACKED


def test_confirmation_follows_acknowledgement() -> None:
    """As in the standard's example (Part 9, Annex B.1.3): confirmed at first, open once acknowledged."""
    alarm, _ = alarm_of(confirm=True)
    see(alarm, HIGH)
    assert refusal(alarm.confirm) is Refusal.ALREADY_CONFIRMED
    alarm.acknowledge()
    see(alarm, NORMAL, 1.0)
    assert (alarm.state.confirmed, alarm.state.retain) == (False, True)
    alarm.confirm(Comment("repaired"), "Jo")
    assert (alarm.state.confirmed, alarm.state.retain, alarm.state.comment) == (True, False, "repaired")


def test_a_worse_level_has_to_be_acknowledged_again_and_a_lesser_one_not() -> None:
    """Who has seen High has not seen HighHigh."""
    alarm, _ = alarm_of()
    see(alarm, HIGH)
    alarm.acknowledge()
    see(alarm, HIGH_HIGH, 1.0)
    assert (alarm.state.acked, alarm.state.severity, alarm.state.last_severity) == (False, 800, 500)
    alarm.acknowledge()
    see(alarm, HIGH, 2.0)
    assert (alarm.state.acked, alarm.state.active, alarm.state.severity) == (True, ("High",), 500)


def test_levels_that_do_not_exclude_each_other_are_raised_together() -> None:
    """The worst one gives the severity."""
    alarm, _ = alarm_of(exclusive=False)
    see(alarm, HIGH_HIGH)
    assert (alarm.state.active, alarm.state.severity) == (("HighHigh", "High"), 800)


def test_a_latched_alarm_stays_until_it_is_reset() -> None:
    """Though it is over and acknowledged; not before."""
    alarm, _ = alarm_of(latching=True)
    see(alarm, HIGH)
    assert refusal(alarm.reset) is Refusal.NOT_RESETTABLE
    see(alarm, NORMAL, 1.0)
    assert refusal(alarm.reset) is Refusal.NOT_RESETTABLE
    alarm.acknowledge()
    assert is_listed(alarm)
    alarm.reset()
    assert not is_listed(alarm)
    assert refusal(alarm.reset) is Refusal.NOT_RESETTABLE


def test_a_disabled_alarm_takes_notice_of_nothing_and_catches_up_when_enabled() -> None:
    """What it shows then is what is to be seen then."""
    alarm, _ = alarm_of()
    assert refusal(alarm.enable) is Refusal.ALREADY_ENABLED
    alarm.disable()
    assert refusal(alarm.disable) is Refusal.ALREADY_DISABLED
    see(alarm, HIGH, 1.0)
    assert (alarm.state.active, alarm.state.retain) == ((), False)
    assert refusal(alarm.acknowledge) is Refusal.DISABLED
    assert refusal(lambda: alarm.add_comment(Comment("x"))) is Refusal.DISABLED
    alarm.enable()
    assert (alarm.state.active, alarm.state.acked) == (("High",), False)


def test_an_alarm_that_was_never_raised_has_the_least_severity() -> None:
    """What enables it is no event of its worst level."""
    alarm, _ = alarm_of()
    alarm.disable()
    alarm.enable()
    assert (alarm.state.severity, alarm.state.message) == (1, "")


def test_shelving_for_a_time_ends_with_it() -> None:
    """The alarm goes on meanwhile, marked as put aside."""
    alarm, _ = alarm_of(longest_shelving=100.0)
    see(alarm, HIGH)
    for seconds in (0.0, -1.0, 100.1, math.nan):
        assert refusal(partial(alarm.shelve_for, seconds, 0.0)) is Refusal.SHELVING_TIME
    alarm.shelve_for(60.0, 10.0)
    assert (alarm.state.is_set_aside, alarm.due, alarm.state.retain) == (True, 70.0, True)
    shelving = []
    for now in (69.0, 70.0):
        alarm.pass_time(now)
        shelving.append(alarm.state.shelving)
    assert shelving == [Shelving.TIMED, Shelving.UNSHELVED]
    assert refusal(alarm.unshelve) is Refusal.NOT_SHELVED


def test_shelving_for_one_time_ends_when_the_alarm_is_over() -> None:
    """Or when shelving has lasted as long as it may."""
    alarm, _ = alarm_of(longest_shelving=100.0)
    see(alarm, HIGH)
    alarm.shelve_once(0.0)
    assert refusal(lambda: alarm.shelve_once(1.0)) is Refusal.ALREADY_SHELVED
    see(alarm, NORMAL, 1.0)
    assert not alarm.state.is_set_aside
    rules = ConditionRules(longest_shelving=100.0)
    assert one_shot_shelved(Condition(), rules, 5.0).shelved_until == 105.0


def test_doubt_keeps_the_levels_and_tells_the_quality() -> None:
    """A model without inputs ends no alarm: nobody knows whether it is over."""
    alarm, told = alarm_of()
    see(alarm, HIGH)
    alarm.doubt("no inputs", Status.BadNoCommunication, 1.0)
    assert (alarm.state.active, alarm.state.quality) == (("High",), Status.BadNoCommunication)
    assert told[-1].is_event


def test_an_on_delay_does_not_run_while_nothing_can_be_seen() -> None:
    """It begins anew with the next value: nobody knows whether the level held meanwhile."""
    alarm, _ = alarm_of(on_delay=5.0)
    see(alarm, HIGH, 0.0)
    alarm.doubt("no inputs", Status.BadNoCommunication, 1.0)
    alarm.doubt("no inputs", Status.BadNoCommunication, 2.0)
    alarm.pass_time(20.0)
    active = [alarm.state.active]
    see(alarm, HIGH, 21.0)
    for now in (25.9, 26.0):
        alarm.pass_time(now)
        active.append(alarm.state.active)
    assert active == [(), (), ("High",)]


def test_the_end_of_a_disabled_alarm_s_shelving_is_no_event() -> None:
    """Nobody is told anything of an alarm that is not watched; what is shown follows."""
    alarm, told = alarm_of()
    see(alarm, HIGH)
    alarm.shelve_for(60.0, 0.0)
    alarm.disable()
    before = len(told)
    alarm.pass_time(61.0)
    assert alarm.state.shelving is Shelving.UNSHELVED
    assert [notice.is_event for notice in told[before:]] == [False]


def test_quality_alone_makes_no_event_of_an_alarm_that_is_in_no_list() -> None:
    """A lost PLC is one alarm, not one for each limit."""
    alarm, told = alarm_of()
    see(alarm, NORMAL)
    alarm.doubt("no inputs", Status.BadNoCommunication, 1.0)
    assert not any(notice.is_event for notice in told)
    assert alarm.state.quality == Status.BadNoCommunication


def test_an_alarm_is_suppressed_while_its_cause_is_about_to_be_raised() -> None:
    """So that the consequence is not announced before the cause; and freed when the cause is over."""
    cause, _ = alarm_of(on_delay=5.0)
    effect, _ = alarm_of()
    effect.follows_from(cause)
    see(cause, HIGH)
    see(effect, HIGH)
    assert not cause.state.is_active
    assert (effect.state.is_active, effect.state.is_set_aside) == (True, True)
    see(cause, NORMAL, 1.0)
    assert not effect.state.is_set_aside
    cause.disable()
    see(cause, HIGH, 2.0)
    assert not effect.state.is_set_aside


def test_an_alarm_of_the_run_before_goes_on_where_it_was() -> None:
    """Still there, it is no new episode; over, it says so."""
    before = Condition(active=("High",), acked=True, severity=500, message="High: before", episode=3)
    told: list[Notice[str]] = []
    for raw, active in ((HIGH, ("High",)), (NORMAL, ())):
        alarm: Alarm[str] = Alarm(AlarmSettings(LEVELS), lambda levels, _: str(levels), before)
        alarm.tell = told.append
        see(alarm, raw)
        assert (alarm.state.active, alarm.state.acked, alarm.state.episode) == (active, True, 3)


class AnAlarm(RuleBasedStateMachine):
    """Whatever is seen and done, in whatever order."""

    @initialize(kinds=st.tuples(*[st.booleans()] * 3), delay=st.integers(0, 3))
    def begin(self, kinds: tuple[bool, bool, bool], delay: int) -> None:
        """Any settings."""
        exclusive, confirm, latching = kinds
        self.now = 0.0
        self.alarm, self.told = alarm_of(
            exclusive=exclusive,
            on_delay=delay,
            off_delay=delay,
            confirm=confirm,
            latching=latching,
            longest_shelving=10.0,
        )

    @rule(raw=st.sampled_from([NORMAL, HIGH, HIGH_HIGH]), quality=st.sampled_from([0, Status.BadNoData]))
    def look(self, raw: tuple[bool, ...], quality: int) -> None:
        """Something is seen."""
        see(self.alarm, raw, self.now, quality)

    @rule(seconds=st.integers(0, 12))
    def wait(self, seconds: int) -> None:
        """Time passes as the service lets it: at every moment that is due."""
        until = self.now + seconds
        while self.alarm.due <= until:
            self.now = self.alarm.due
            self.alarm.pass_time(self.now)
            assert self.alarm.due > self.now
        self.now = until

    @rule(action=st.sampled_from(ACTIONS))
    def operate(self, action: str) -> None:
        """What is refused changes nothing, and what is done is told."""
        before = self.alarm.state
        actions = {
            "once": lambda: self.alarm.shelve_once(self.now),
            "for": lambda: self.alarm.shelve_for(5.0, self.now),
        }
        try:
            (actions.get(action) or getattr(self.alarm, action))()
        except ConditionRefused:
            assert self.alarm.state == before
        else:
            assert self.alarm.state != before or action == "for"
            assert self.told[-1].state == self.alarm.state

    @invariant()
    def it_is_in_the_list_exactly_while_somebody_has_something_to_do_or_to_see(self) -> None:
        """Retain, as Part 9, 5.5.2 has it."""
        state = self.alarm.state
        open_still = state.is_active or not state.acked or not state.confirmed or state.latched
        assert state.retain == (state.enabled and open_still)

    @invariant()
    def an_enabled_alarm_shows_what_its_flags_say(self) -> None:
        """Whatever operators have done with it."""
        settings = self.alarm.settings
        if self.alarm.state.enabled and settings.on_delay == 0:
            raised = [level.name for level, raw in zip(LEVELS, self.alarm.raw, strict=True) if raw]
            assert list(self.alarm.state.active) == (raised[:1] if settings.exclusive else raised)

    @invariant()
    def what_was_told_last_is_the_state(self) -> None:
        """Nothing changes in silence."""
        if self.told:
            assert self.told[-1].state == self.alarm.state

    @invariant()
    def episodes_only_count_up(self) -> None:
        """So that an event of an old one is never taken for one of the new."""
        episodes = [notice.state.episode for notice in self.told]
        assert episodes == sorted(episodes)


TestAnAlarm = AnAlarm.TestCase
TestAnAlarm.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
