"""One alarm at work: what is seen goes in, its state comes out, and everybody who cares is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Generic, TypeVar

from opcua_ml.domain.alarm.condition import (
    Comment,
    Condition,
    ConditionRules,
    acknowledged,
    at_time,
    commented,
    confirmed,
    disabled,
    enabled,
    judged,
    one_shot_shelved,
    reset,
    timed_shelved,
    unshelved,
)
from opcua_ml.domain.alarm.delayed_flag import DelayedFlag

if TYPE_CHECKING:
    from collections.abc import Callable

Evidence = TypeVar("Evidence")
_REWORD_S = 1.0
"""Between two events of one state that differ by their words alone."""


@dataclass(frozen=True, slots=True)
class AlarmLevel:
    """One degree of an alarm: its name in the standard, and how bad it is (1 to 1000)."""

    name: str
    severity: int


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """How an alarm is raised.

    Attributes:
        levels: the worst first.
        exclusive: whether the worst level hides the others.
        on_delay, off_delay: seconds that a level must, and must no longer, be seen before it counts.
        rules: what operators have to do.
    """

    levels: tuple[AlarmLevel, ...]
    exclusive: bool = True
    on_delay: float = 0.0
    off_delay: float = 0.0
    rules: ConditionRules = field(default_factory=ConditionRules)


@dataclass(frozen=True, slots=True)
class Notice(Generic[Evidence]):
    """A change of an alarm: what came of it, and from what it was judged last.

    Attributes:
        alarm: which.
        state: after the change.
        evidence: what was seen last; None before anything was.
        is_event: whether clients are told; else only the shown state follows.
    """

    alarm: Alarm[Evidence]
    state: Condition
    evidence: Evidence | None
    is_event: bool = True


class Alarm(Generic[Evidence]):
    """One alarm.

    Times are seconds of one clock that never goes back.

    Args:
        settings: how it is raised.
        words: what to say of these levels and that evidence.
        state: at first, as of the run before; what the settings do not have any more is let go.
    """

    def __init__(
        self,
        settings: AlarmSettings,
        words: Callable[[tuple[str, ...], Evidence], str],
        state: Condition | None = None,
    ) -> None:
        self.settings = settings
        self.state = _fitting(state, settings) or Condition()
        self.evidence: Evidence | None = None
        self.tell: Callable[[Notice[Evidence]], None] = _nobody
        self.stirred: Callable[[Alarm[Evidence]], None] = _nobody
        """Is told when `due` may have changed."""
        self._words = words
        self._severities = {level.name: level.severity for level in settings.levels}
        held = self.state.active
        self._flags = [
            DelayedFlag(settings.on_delay, settings.off_delay, value=level.name in held)
            for level in settings.levels
        ]
        self._raw: tuple[bool, ...] | None = None
        self._pending = False
        self._doubted = False
        self._worded_at = -math.inf
        self._reword_at = math.inf
        self._causes: list[Alarm[Evidence]] = []
        self._effects: list[Alarm[Evidence]] = []

    @property
    def raw(self) -> tuple[bool, ...]:
        """What was seen last, per level, before any delay."""
        return self._raw or tuple(flag.value for flag in self._flags)

    @property
    def is_coming_or_active(self) -> bool:
        """Whether it is raised, or would be if it was not for its delay; never while it is disabled."""
        return self.state.enabled and (self.state.is_active or any(self.raw))

    @property
    def due(self) -> float:
        """When its state changes by time alone; infinite for never."""
        flags = [flag.due for flag in self._flags if flag.due is not None]
        return min([self.state.shelved_until, self._reword_at, *flags])

    # What is seen

    def see(self, raw: tuple[bool, ...], evidence: Evidence, quality: int, now: float) -> None:
        """Take what was seen.

        Args:
            raw: per level, whether it is seen.
            evidence: from what.
            quality: StatusCode of that.
            now: when.
        """
        self.evidence = evidence
        if raw == self._raw and not self._pending and not self._doubted and quality == self.state.quality:
            return
        self._raw, self._doubted = raw, False
        for flag, one in zip(self._flags, raw, strict=True):
            flag.see(one, now)
        if quality != self.state.quality:
            self._become(replace(self.state, quality=quality), is_event=self.state.retain)
        self._judge()
        self._note_time()

    def reword(self, now: float) -> None:
        """Say anew from what it is judged, as another cause stands behind the same levels.

        At most once a second: two causes that take turns must not fill the alarm list.
        """
        self._reword_at = max(now, self._worded_at + _REWORD_S)
        self._reword(now)
        self._note_time()

    def doubt(self, evidence: Evidence, quality: int, now: float) -> None:
        """Take that nothing can be seen now: its levels stay, no delay runs, and its quality tells why.

        A delay that ran begins anew with what is seen next: nobody knows whether it held meanwhile.
        """
        self.evidence = evidence
        if self._doubted and quality == self.state.quality:
            return
        self._doubted = True
        for flag in self._flags:
            flag.pass_time(now)
            flag.interrupt()
        if quality != self.state.quality:
            self._become(replace(self.state, quality=quality), is_event=self.state.retain)
        self._judge()
        self._note_time()

    def pass_time(self, now: float) -> None:
        """Do what is due."""
        for flag in self._flags:
            flag.pass_time(now)
        # Of a disabled alarm nobody is told anything (Part 9, 5.5.2.1), so not of its shelving's end either.
        self._become(at_time(self.state, now), is_event=self.state.enabled)
        self._judge()
        self._reword(now)
        self._note_time()

    def follows_from(self, cause: Alarm[Evidence]) -> None:
        """While the cause is raised or about to be, this one is suppressed; at first nobody is told of it."""
        self._causes.append(cause)
        cause._effects.append(self)
        self.state = replace(self.state, suppressed=self._follows())

    # What operators do; each raises ConditionRefused where the state does not allow it

    def acknowledge(self, comment: Comment | None = None, by: str = "") -> None:
        """Somebody has seen it."""
        self._become(commented(acknowledged(self.state, self.settings.rules), comment, by))

    def confirm(self, comment: Comment | None = None, by: str = "") -> None:
        """Somebody has dealt with it."""
        self._become(commented(confirmed(self.state), comment, by))

    def add_comment(self, comment: Comment | None, by: str = "") -> None:
        """Somebody has something to say of it: always an event, as the same may be said twice."""
        self._become(commented(self.state, comment, by), always=True)

    def reset(self, by: str = "") -> None:
        """Somebody lets a latched one go."""
        self._become(commented(reset(self.state), None, by))

    def enable(self, by: str = "") -> None:
        """Somebody wants it watched again: what is to be seen now is judged anew.

        What was said of it before is over, unless it is raised still.
        """
        state = enabled(self.state)
        message = state.message if state.is_active else ""
        self._become(replace(state, commented_by=by, message=message))
        self._judge()
        self._note_time()

    def disable(self, by: str = "") -> None:
        """Somebody wants it not to be watched."""
        self._become(replace(disabled(self.state), commented_by=by))

    def shelve_for(self, seconds: float, now: float, by: str = "") -> None:
        """Somebody puts it aside for a time."""
        self._become(commented(timed_shelved(self.state, self.settings.rules, seconds, now), None, by))
        self._note_time()

    def shelve_once(self, now: float, by: str = "") -> None:
        """Somebody puts it aside until it is over."""
        self._become(commented(one_shot_shelved(self.state, self.settings.rules, now), None, by))
        self._note_time()

    def unshelve(self, by: str = "") -> None:
        """Somebody ends that."""
        self._become(commented(unshelved(self.state), None, by))
        self._note_time()

    # Parts

    def _judge(self) -> None:
        names = tuple(
            level.name for level, flag in zip(self.settings.levels, self._flags, strict=True) if flag.value
        )
        active = names[:1] if self.settings.exclusive else names
        if active == self.state.active or not self.state.enabled:
            return
        message = self.state.message if self.evidence is None else self._words(active, self.evidence)
        severity = self._severities[active[0]] if active else self.state.severity
        self._become(judged(self.state, self.settings.rules, active, severity, message))

    def _reword(self, now: float) -> None:
        if now < self._reword_at:
            return
        self._reword_at, self._worded_at = math.inf, now
        if not self.state.is_active or not self.state.enabled or self.evidence is None or not any(self.raw):
            return
        message = self._words(self.state.active, self.evidence)
        self._become(replace(self.state, message=message))

    def _suppress(self) -> None:
        follows = self._follows()
        if follows != self.state.suppressed:
            self._become(replace(self.state, suppressed=follows), is_event=self.state.retain)

    def _follows(self) -> bool:
        return any(cause.is_coming_or_active for cause in self._causes)

    def _become(self, state: Condition, *, is_event: bool = True, always: bool = False) -> None:
        if state == self.state and not always:
            return
        self.state = state
        self.tell(Notice(self, state, self.evidence, is_event))
        self._tell_effects()

    def _tell_effects(self) -> None:
        for effect in self._effects:
            effect._suppress()  # noqa: SLF001 - another of this class

    def _note_time(self) -> None:
        self._pending = any(flag.due is not None for flag in self._flags)
        self._tell_effects()
        if not math.isinf(self.due):
            self.stirred(self)


def _fitting(state: Condition | None, settings: AlarmSettings) -> Condition | None:
    """Nobody could confirm or reset an alarm whose settings have no such thing."""
    if state is None:
        return None
    names = [level.name for level in settings.levels]
    rules = settings.rules
    return replace(
        state,
        active=tuple(name for name in state.active if name in names),
        confirmed=state.confirmed or not rules.confirm,
        latched=state.latched and rules.latching,
    )


def _nobody(_: object) -> None:
    """Nobody has asked to be told."""
