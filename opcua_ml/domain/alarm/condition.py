"""The state of one alarm as operators see it, and what they may do with it: pure functions.

Source: OPC UA Part 9, 5.5.2 (ConditionType), 5.7.2 (AcknowledgeableConditionType), 5.8.2
(AlarmConditionType), 5.8.17 (ShelvedStateMachineType) and Annex B (examples).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from typing import NamedTuple

from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.domain.status import Status


class Shelving(StrEnum):
    """States of the standard's ShelvedStateMachineType."""

    UNSHELVED = "Unshelved"
    TIMED = "TimedShelved"
    ONE_SHOT = "OneShotShelved"


class Refusal(Enum):
    """Why an operator's wish is not done."""

    ALREADY_ENABLED = "the alarm is enabled already"
    ALREADY_DISABLED = "the alarm is disabled already"
    DISABLED = "the alarm is disabled"
    ALREADY_ACKED = "the alarm is acknowledged already"
    ALREADY_CONFIRMED = "the alarm is confirmed already, or not acknowledged yet"
    ALREADY_SHELVED = "the alarm is shelved for one time already"
    NOT_SHELVED = "the alarm is not shelved"
    SHELVING_TIME = "the shelving time is not above 0 or longer than allowed"
    NOT_RESETTABLE = "the alarm is not latched, or still active, unacknowledged or unconfirmed"
    EVENT_UNKNOWN = "the event is not one of the alarm's present state"


class ConditionRefused(OpcuaMlError):
    """An operator's wish can't be done in the alarm's state.

    Args:
        refusal: why.
    """

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class ConditionRules:
    """What an alarm asks of operators.

    Attributes:
        confirm: whether an acknowledged alarm has to be confirmed, too.
        latching: whether it stays in the list until it is reset.
        every_change_is_new: whether another level has to be acknowledged anew even where it is no worse, as
            another fault is another fault.
        longest_shelving: seconds.
    """

    confirm: bool = False
    latching: bool = False
    every_change_is_new: bool = False
    longest_shelving: float = 86_400.0


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of one alarm.

    Attributes:
        enabled: whether it is watched.
        active: names of the levels that are raised, the worst first; empty where all is normal.
        acked, confirmed: whether somebody has seen the present episode, and dealt with it.
        latched: whether it was raised and not reset since.
        suppressed: whether it follows from another alarm that tells the cause.
        shelving: whether an operator has put it aside.
        shelved_until: time of the clock that the functions are given; infinite where it is not shelved.
        severity: 1 to 1000; of the worst level that is or was last raised.
        last_severity: the severity before.
        quality: StatusCode of what it was judged from.
        message: in words.
        comment, comment_locale, commented_by: of operators, the last one, and its language where they told.
        episode: counts up whenever there is something new to acknowledge.
    """

    enabled: bool = True
    active: tuple[str, ...] = ()
    acked: bool = True
    confirmed: bool = True
    latched: bool = False
    suppressed: bool = False
    shelving: Shelving = Shelving.UNSHELVED
    shelved_until: float = math.inf
    severity: int = 1
    last_severity: int = 1
    quality: int = Status.BadWaitingForInitialData
    message: str = ""
    comment: str = ""
    comment_locale: str = ""
    commented_by: str = ""
    episode: int = 0

    @property
    def is_active(self) -> bool:
        """Whether some level is raised."""
        return bool(self.active)

    @property
    def retain(self) -> bool:
        """Whether it belongs into the list of alarms (Part 9, 5.5.2)."""
        unseen = not self.acked or not self.confirmed
        return self.enabled and (self.is_active or unseen or self.latched)

    @property
    def is_set_aside(self) -> bool:
        """SuppressedOrShelved: whether lists hide it."""
        return self.suppressed or self.shelving is not Shelving.UNSHELVED


def judged(
    state: Condition, rules: ConditionRules, active: tuple[str, ...], severity: int, message: str
) -> Condition:
    """The state once these levels are raised.

    Something new to acknowledge is a first level, one more severe than those before, or any other where the
    rules want it.

    Args:
        state: before.
        rules: what the alarm asks of operators.
        active: names, the worst first.
        severity: of the worst one; where there is none the last one stays.
        message: that goes with it.
    """
    if not state.enabled or active == state.active:
        return state
    if not active:
        over = replace(state, active=(), message=message)
        return _unshelved(over) if over.shelving is Shelving.ONE_SHOT else over
    changed = replace(state, active=active, message=message, severity=severity, last_severity=state.severity)
    if state.is_active and severity <= state.severity and not rules.every_change_is_new:
        return changed
    return replace(changed, acked=False, confirmed=True, latched=rules.latching, episode=state.episode + 1)


def acknowledged(state: Condition, rules: ConditionRules) -> Condition:
    """Somebody has seen it; where the rules want it, the confirmation is to come.

    Raises:
        ConditionRefused: DISABLED, ALREADY_ACKED.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    _refuse_if(state.acked, Refusal.ALREADY_ACKED)
    return replace(state, acked=True, confirmed=not rules.confirm)


def confirmed(state: Condition) -> Condition:
    """Somebody has dealt with it.

    Raises:
        ConditionRefused: DISABLED, ALREADY_CONFIRMED.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    _refuse_if(state.confirmed, Refusal.ALREADY_CONFIRMED)
    return replace(state, confirmed=True)


def reset(state: Condition) -> Condition:
    """A latched alarm is let go.

    Source: OPC UA Part 9, 5.8.5 (Reset Method).

    Raises:
        ConditionRefused: DISABLED, NOT_RESETTABLE.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    open_still = state.is_active or not state.acked or not state.confirmed
    _refuse_if(not state.latched or open_still, Refusal.NOT_RESETTABLE)
    return replace(state, latched=False)


class Comment(NamedTuple):
    """What an operator wrote, and in which language, where that was told."""

    text: str
    locale: str = ""


def commented(state: Condition, comment: Comment | None, by: str) -> Condition:
    """With what an operator wrote; None leaves the last comment.

    Raises:
        ConditionRefused: DISABLED.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    if comment is not None:
        state = replace(state, comment=comment.text, comment_locale=comment.locale)
    return replace(state, commented_by=by)


def enabled(state: Condition) -> Condition:
    """Watched again; what is raised is for `judged` to say.

    Raises:
        ConditionRefused: ALREADY_ENABLED.
    """
    _refuse_if(state.enabled, Refusal.ALREADY_ENABLED)
    return replace(state, enabled=True)


def disabled(state: Condition) -> Condition:
    """Not watched, and in no list, until somebody enables it.

    Raises:
        ConditionRefused: ALREADY_DISABLED.
    """
    _refuse_if(not state.enabled, Refusal.ALREADY_DISABLED)
    return replace(state, enabled=False)


def timed_shelved(state: Condition, rules: ConditionRules, seconds: float, now: float) -> Condition:
    """Put aside for a time; once more starts the time anew.

    Raises:
        ConditionRefused: DISABLED, SHELVING_TIME.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    _refuse_if(not 0 < seconds <= rules.longest_shelving, Refusal.SHELVING_TIME)
    return replace(state, shelving=Shelving.TIMED, shelved_until=now + seconds)


def one_shot_shelved(state: Condition, rules: ConditionRules, now: float) -> Condition:
    """Put aside until it is over, though not longer than shelving may last.

    Raises:
        ConditionRefused: DISABLED, ALREADY_SHELVED.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    _refuse_if(state.shelving is Shelving.ONE_SHOT, Refusal.ALREADY_SHELVED)
    return replace(state, shelving=Shelving.ONE_SHOT, shelved_until=now + rules.longest_shelving)


def unshelved(state: Condition) -> Condition:
    """Not put aside any more.

    Raises:
        ConditionRefused: DISABLED, NOT_SHELVED.
    """
    _refuse_if(not state.enabled, Refusal.DISABLED)
    _refuse_if(state.shelving is Shelving.UNSHELVED, Refusal.NOT_SHELVED)
    return _unshelved(state)


def at_time(state: Condition, now: float) -> Condition:
    """With a shelving that has lasted its time ended."""
    return _unshelved(state) if now >= state.shelved_until else state


def _unshelved(state: Condition) -> Condition:
    return replace(state, shelving=Shelving.UNSHELVED, shelved_until=math.inf)


def _refuse_if(wrong: bool, refusal: Refusal) -> None:
    if wrong:
        raise ConditionRefused(refusal)
