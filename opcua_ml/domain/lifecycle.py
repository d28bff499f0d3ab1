"""The versions of one model: which one predicts, which one stands by, and what leads from one to another.

The words follow OPC 10000-100 (DI), 8: an update is pending, then current; the version before stays as the
fallback, and without a confirmation in time the model goes back to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import TransitionRefused, VersionUnknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml.domain.gate import GateResult


class VersionState(StrEnum):
    """Of one version.

    Staged: its package is in the store and met the gates that need no live data. Shadow: scores the live
    inputs beside the active one, and is written nowhere. Canary: answers a share of the method calls, and
    nothing of the tags. Probation: predicts, until it is confirmed or
    rolled back. Active: predicts. Fallback: predicted before, and does again after a rollback. Retired: is
    out of use. Rejected: failed at a gate or was rolled back.
    """

    STAGED = "Staged"
    SHADOW = "Shadow"
    CANARY = "Canary"
    PROBATION = "Probation"
    ACTIVE = "Active"
    FALLBACK = "Fallback"
    RETIRED = "Retired"
    REJECTED = "Rejected"


class StepKind(StrEnum):
    """What happens to a version; the last two to its model. Examine: its gates gave what led no further."""

    STAGE = "Stage"
    REJECT = "Reject"
    START_SHADOW = "StartShadow"
    START_CANARY = "StartCanary"
    PROMOTE = "Promote"
    CONFIRM = "Confirm"
    ROLLBACK = "Rollback"
    RETIRE = "Retire"
    EXAMINE = "Examine"
    PAUSE = "Pause"
    RESUME = "Resume"


class Cause(StrEnum):
    """Why a version was rolled back, or a canary rejected; all but the first happen by themselves."""

    REQUEST = "request"
    TIMEOUT = "not confirmed in time"
    FAILURES = "it failed"
    LATENCY = "it was too slow"
    ALARM = "an alarm was raised"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lifecycle.

    Attributes:
        version: concerned; empty for Pause, Resume and Rollback, which concern the one that predicts.
        at: when, in seconds since 1970.
        timeout: of Promote: seconds within which it is to be confirmed; 0 needs no confirmation.
        cause: of Rollback.
        reason: in the words of who does it.
        who: does it.
        content_hash: of Stage: names every byte of the package.
        share: of StartCanary: of the method calls, above 0 and below 1.
        gates: what they gave before it; of Examine, Reject, and what brings a version to work.
    """

    kind: StepKind
    version: str = ""
    at: float = 0.0
    timeout: float = 0.0
    cause: Cause = Cause.REQUEST
    reason: str = ""
    who: str = ""
    content_hash: str = ""
    share: float = 0.0
    gates: tuple[GateResult, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """One version as it stands.

    Attributes:
        content_hash: of its package.
        since: when it came into its state, in seconds since 1970.
        reason: given with the step that brought it there.
        share: of the method calls, of a canary; 0 for every other.
    """

    state: VersionState
    content_hash: str = ""
    since: float = 0.0
    reason: str = ""
    share: float = 0.0


_PREDICTING = frozenset({VersionState.PROBATION, VersionState.ACTIVE})
_BESIDE = frozenset({VersionState.SHADOW, VersionState.CANARY})
FROM: Mapping[StepKind, frozenset[VersionState]] = MappingProxyType(
    {
        StepKind.STAGE: _BESIDE | {VersionState.RETIRED, VersionState.REJECTED},
        StepKind.REJECT: _BESIDE | {VersionState.STAGED},
        StepKind.START_SHADOW: frozenset({VersionState.STAGED}),
        StepKind.START_CANARY: frozenset({VersionState.STAGED, VersionState.SHADOW}),
        StepKind.PROMOTE: _BESIDE | {VersionState.STAGED, VersionState.FALLBACK},
        StepKind.CONFIRM: frozenset({VersionState.PROBATION}),
        StepKind.ROLLBACK: _PREDICTING,
        StepKind.RETIRE: _BESIDE | {VersionState.STAGED, VersionState.FALLBACK, VersionState.REJECTED},
        StepKind.EXAMINE: frozenset(VersionState),
    }
)
"""The states of a version from which each step leads on; a version that is new may be staged too."""


@dataclass(frozen=True)
class Lifecycle:
    """All versions of one model; `after` gives the next one, and changes nothing.

    Attributes:
        versions: by their names, in the order in which they were first staged.
        deadline: until when the one in probation is to be confirmed, in seconds since 1970.
        paused: whether the model predicts nothing.
        pause_reason: why, in words.
    """

    versions: Mapping[str, VersionEntry] = field(default_factory=dict)
    deadline: float | None = None
    paused: bool = False
    pause_reason: str = ""

    def state(self, version: str) -> VersionState:
        """Of a version.

        Raises:
            VersionUnknown: it was never staged.
        """
        entry = self.versions.get(version)
        if entry is None:
            known = ", ".join(self.versions) or "none"
            raise VersionUnknown("no such version", found=version or "no name", wanted=f"one of: {known}")
        return entry.state

    @property
    def active(self) -> str | None:
        """The version that predicts, in probation or not; None before the first promotion."""
        return self._only(_PREDICTING)

    @property
    def in_probation(self) -> bool:
        """Whether the version that predicts is still to be confirmed."""
        return self.deadline is not None

    @property
    def fallback(self) -> str | None:
        """The version to which a rollback leads."""
        return self._only({VersionState.FALLBACK})

    @property
    def candidate(self) -> str | None:
        """The newest version that may come next: canary, shadow or staged."""
        waiting = {VersionState.STAGED, VersionState.SHADOW, VersionState.CANARY}
        found = [(entry.since, name) for name, entry in self.versions.items() if entry.state in waiting]
        return max(found)[1] if found else None

    @property
    def shadows(self) -> tuple[str, ...]:
        """The versions that score beside the active one."""
        return tuple(name for name, entry in self.versions.items() if entry.state is VersionState.SHADOW)

    @property
    def canary(self) -> str | None:
        """The version that answers a share of the method calls."""
        return self._only({VersionState.CANARY})

    def due(self, now: float) -> Step | None:
        """The rollback that the passing of time asks for; None for none."""
        if self.deadline is None or now < self.deadline:
            return None
        return Step(StepKind.ROLLBACK, at=now, cause=Cause.TIMEOUT, who="service")

    def after(self, step: Step) -> Lifecycle:
        """The lifecycle after a step.

        Raises:
            VersionUnknown: no such version was ever staged.
            TransitionRefused: the state does not allow it; told with the state found and those wanted.
        """
        match step.kind:
            case StepKind.PAUSE | StepKind.RESUME:
                return self._switched(step, paused=step.kind is StepKind.PAUSE)
            case StepKind.STAGE if step.version not in self.versions:
                return self._with(step, {step.version: VersionState.STAGED})
            case StepKind.ROLLBACK:
                return self._rolled_back(step)
        found, allowed = self.state(step.version), FROM[step.kind]
        if found not in allowed:
            wanted = " or ".join(sorted(state.value for state in allowed))
            raise _refusal(step, found.value, wanted)
        match step.kind:
            case StepKind.PROMOTE:
                return self._promoted(step)
            case StepKind.START_CANARY if self.canary is not None:
                raise _refusal(step, f"{self.canary} as canary", "one canary at a time")
            case StepKind.START_CANARY if not 0 < step.share < 1:
                raise _refusal(step, f"a share of {step.share:g}", "one above 0 and below 1")
            case StepKind.RETIRE if found is VersionState.FALLBACK and self.in_probation:
                raise _refusal(step, "the fallback of a version in probation", "a confirmed version")
            case StepKind.CONFIRM:
                return replace(self._with(step, {step.version: VersionState.ACTIVE}), deadline=None)
        return self._with(step, {step.version: _TO[step.kind]} if step.kind in _TO else {})

    def _promoted(self, step: Step) -> Lifecycle:
        if self.in_probation:
            raise _refusal(step, f"{self.active} in probation", "Confirm or Rollback of that one before")
        before, old_fallback = self.active, self.fallback
        # With nothing to go back to there is nothing to be on probation for.
        on_probation = step.timeout > 0 and before is not None
        states = {step.version: VersionState.PROBATION if on_probation else VersionState.ACTIVE}
        if before is not None:
            states[before] = VersionState.FALLBACK
        if old_fallback is not None and old_fallback != step.version:
            states[old_fallback] = VersionState.STAGED
        deadline = step.at + step.timeout if on_probation else None
        return replace(self._with(step, states), deadline=deadline)

    def _rolled_back(self, step: Step) -> Lifecycle:
        active, fallback = self.active, self.fallback
        if active is None or fallback is None:
            raise _refusal(step, "no fallback", "a version that was active before")
        if step.cause is not Cause.REQUEST and not self.in_probation:
            raise _refusal(step, f"{active} confirmed", "a version in probation")
        if step.version not in ("", active):
            raise _refusal(step, step.version, f"the version that predicts, {active}")
        states = {active: VersionState.REJECTED, fallback: VersionState.ACTIVE}
        return replace(self._with(step, states), deadline=None)

    def _switched(self, step: Step, *, paused: bool) -> Lifecycle:
        if self.paused is paused:
            raise _refusal(step, "paused" if paused else "not paused", "the other")
        return replace(self, paused=paused, pause_reason=step.reason if paused else "")

    def _with(self, step: Step, states: Mapping[str, VersionState]) -> Lifecycle:
        versions = dict(self.versions)
        for name, state in states.items():
            known = versions.get(name)
            content_hash = step.content_hash or (known.content_hash if known else "")
            if name != step.version and known is not None:
                content_hash = known.content_hash
            reason = step.reason or ("" if step.cause is Cause.REQUEST else step.cause.value)
            share = step.share if state is VersionState.CANARY else 0.0
            versions[name] = VersionEntry(state, content_hash, step.at, reason, share)
        return replace(self, versions=MappingProxyType(versions))

    def _only(self, states: frozenset[VersionState] | set[VersionState]) -> str | None:
        return next((name for name, entry in self.versions.items() if entry.state in states), None)


_TO = {
    StepKind.STAGE: VersionState.STAGED,
    StepKind.REJECT: VersionState.REJECTED,
    StepKind.START_SHADOW: VersionState.SHADOW,
    StepKind.START_CANARY: VersionState.CANARY,
    StepKind.RETIRE: VersionState.RETIRED,
}


def _refusal(step: Step, found: str, wanted: str) -> TransitionRefused:
    return TransitionRefused(
        f"{step.kind} is not possible now", where=step.version, found=found, wanted=wanted
    )
