"""The lifecycle of a model's versions, step by step and by machine."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from opcua_ml.domain.errors import TransitionRefused, VersionUnknown
from opcua_ml.domain.lifecycle import Cause, Lifecycle, Step, StepKind, VersionState

S = VersionState
STAGE, REJECT, SHADOW = StepKind.STAGE, StepKind.REJECT, StepKind.START_SHADOW
PROMOTE, CONFIRM, ROLLBACK = StepKind.PROMOTE, StepKind.CONFIRM, StepKind.ROLLBACK
RETIRE, PAUSE, RESUME = StepKind.RETIRE, StepKind.PAUSE, StepKind.RESUME


def after(*steps: Step) -> Lifecycle:
    """The lifecycle after these steps, from nothing."""
    lifecycle = Lifecycle()
    for step in steps:
        lifecycle = lifecycle.after(step)
    return lifecycle


def two(timeout: float = 60.0) -> Lifecycle:
    """1 is the fallback of 2, which is in probation since the time 100."""
    return after(
        Step(STAGE, "1", content_hash="a"),
        Step(PROMOTE, "1", timeout=60.0),
        Step(STAGE, "2", content_hash="b"),
        Step(PROMOTE, "2", at=100.0, timeout=timeout),
    )


def states(lifecycle: Lifecycle) -> dict[str, VersionState]:
    """By version."""
    return {name: entry.state for name, entry in lifecycle.versions.items()}


def test_a_promoted_version_predicts_on_probation_and_the_old_one_stands_by() -> None:
    """Until the deadline, which counts from the promotion."""
    lifecycle = two()
    assert states(lifecycle) == {"1": S.FALLBACK, "2": S.PROBATION}
    assert (lifecycle.active, lifecycle.fallback, lifecycle.deadline) == ("2", "1", 160.0)


def test_the_first_version_needs_no_confirmation() -> None:
    """There is nothing to fall back to."""
    lifecycle = after(Step(STAGE, "1"), Step(PROMOTE, "1", timeout=60.0))
    assert states(lifecycle) == {"1": S.ACTIVE}
    assert lifecycle.due(1e12) is None


def test_a_confirmed_version_stays_and_can_still_be_rolled_back_by_request() -> None:
    """The fallback stays there until the next promotion; nothing happens by itself any more."""
    lifecycle = two().after(Step(CONFIRM, "2", at=110.0))
    assert states(lifecycle) == {"1": S.FALLBACK, "2": S.ACTIVE}
    assert lifecycle.due(1e12) is None
    with pytest.raises(TransitionRefused, match="confirmed"):
        lifecycle.after(Step(ROLLBACK, cause=Cause.LATENCY))
    assert states(lifecycle.after(Step(ROLLBACK))) == {"1": S.ACTIVE, "2": S.REJECTED}


def test_without_a_confirmation_in_time_the_old_version_is_back() -> None:
    """Not a moment before; the reason stands with the version."""
    lifecycle = two()
    assert lifecycle.due(159.9) is None
    due = lifecycle.due(160.0)
    assert due is not None
    back = lifecycle.after(due)
    assert states(back) == {"1": S.ACTIVE, "2": S.REJECTED}
    assert back.versions["2"].reason == "not confirmed in time"
    assert back.deadline is None


def test_a_rollback_names_the_version_that_predicts_or_none() -> None:
    """Who means another one is told so."""
    with pytest.raises(TransitionRefused, match="the version that predicts, 2"):
        two().after(Step(ROLLBACK, "1"))
    assert two().after(Step(ROLLBACK, "2", reason="odd")).versions["2"].reason == "odd"


def test_promoting_a_third_lets_the_first_go() -> None:
    """There is one fallback; the older one is staged again, and may be retired."""
    lifecycle = two().after(Step(CONFIRM, "2")).after(Step(STAGE, "3")).after(Step(PROMOTE, "3", timeout=1))
    assert states(lifecycle) == {"1": S.STAGED, "2": S.FALLBACK, "3": S.PROBATION}


def test_the_fallback_may_be_promoted() -> None:
    """The two change places."""
    lifecycle = two(0.0).after(Step(PROMOTE, "1", timeout=5.0))
    assert states(lifecycle) == {"1": S.PROBATION, "2": S.FALLBACK}


def test_the_hashes_stay_with_their_versions() -> None:
    """Whatever happens to another one."""
    lifecycle = two().after(Step(ROLLBACK)).after(Step(STAGE, "2", content_hash="b"))
    assert {name: entry.content_hash for name, entry in lifecycle.versions.items()} == {"1": "a", "2": "b"}


@pytest.mark.parametrize(
    ("step", "found"),
    [
        (Step(PROMOTE, "3"), "2 in probation"),
        (Step(PROMOTE, "2"), "Probation"),
        (Step(RETIRE, "2"), "Probation"),
        (Step(RETIRE, "1"), "the fallback"),
        (Step(CONFIRM, "1"), "Fallback"),
        (Step(SHADOW, "1"), "Fallback"),
        (Step(REJECT, "2"), "Probation"),
        (Step(STAGE, "2"), "Probation"),
        (Step(RESUME), "not paused"),
    ],
)
def test_what_the_state_does_not_allow_is_refused_with_the_state(step: Step, found: str) -> None:
    """The sentence names what was found."""
    with pytest.raises(TransitionRefused, match=found):
        two().after(Step(STAGE, "3")).after(step)


@pytest.mark.parametrize("kind", [REJECT, SHADOW, PROMOTE, CONFIRM, RETIRE, StepKind.EXAMINE])
def test_a_version_never_staged_is_unknown(kind: StepKind) -> None:
    """Told with those that are known."""
    with pytest.raises(VersionUnknown, match="one of: 1, 2"):
        two().after(Step(kind, "9"))


def test_a_rollback_needs_something_to_go_back_to() -> None:
    """The first version can't be rolled back."""
    with pytest.raises(TransitionRefused, match="no fallback"):
        after(Step(STAGE, "1"), Step(PROMOTE, "1")).after(Step(ROLLBACK))


def test_a_pause_holds_for_the_model_whatever_its_versions_do() -> None:
    """With its reason, until it is resumed."""
    paused = two().after(Step(PAUSE, reason="maintenance")).after(Step(CONFIRM, "2"))
    assert (paused.paused, paused.pause_reason) == (True, "maintenance")
    assert not paused.after(Step(RESUME)).paused
    with pytest.raises(TransitionRefused):
        paused.after(Step(PAUSE))


class AnyLifecycle(RuleBasedStateMachine):
    """Events in any order: those allowed keep the invariants, those refused change nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.lifecycle = Lifecycle()
        self.now = 0.0
        self.had_active = False

    @rule(
        kind=st.sampled_from(list(StepKind)),
        version=st.sampled_from(["", "1", "2", "3"]),
        timeout=st.sampled_from([0.0, 10.0]),
        cause=st.sampled_from(list(Cause)),
        share=st.sampled_from([0.0, 0.5]),
    )
    def happens(self, kind: StepKind, version: str, timeout: float, cause: Cause, share: float) -> None:
        """A step, maybe refused."""
        if kind is STAGE and not version:
            return
        before = self.lifecycle
        step = Step(kind, version, self.now, timeout, cause, content_hash=f"hash of {version}", share=share)
        try:
            self.lifecycle = before.after(step)
        except (TransitionRefused, VersionUnknown):
            return
        assert (self.lifecycle == before) is (kind is StepKind.EXAMINE)

    @rule(seconds=st.sampled_from([1.0, 20.0]))
    def time_passes(self, seconds: float) -> None:
        """What is due happens, and can't be refused."""
        self.now += seconds
        due = self.lifecycle.due(self.now)
        if due is not None:
            fallback = self.lifecycle.fallback
            self.lifecycle = self.lifecycle.after(due)
            assert self.lifecycle.active == fallback
        assert self.lifecycle.due(self.now) is None

    @invariant()
    def one_predicts(self) -> None:
        """At most one version predicts, one is its fallback; once there was one, there always is."""
        counts = [entry.state for entry in self.lifecycle.versions.values()]
        assert counts.count(S.ACTIVE) + counts.count(S.PROBATION) <= 1
        assert counts.count(S.CANARY) <= 1
        assert counts.count(S.FALLBACK) <= (self.lifecycle.active is not None)
        assert not self.had_active or self.lifecycle.active is not None
        self.had_active = self.lifecycle.active is not None

    @invariant()
    def probation_ends(self) -> None:
        """Who is in probation has a deadline and a fallback."""
        on_probation = S.PROBATION in states(self.lifecycle).values()
        assert on_probation == self.lifecycle.in_probation
        assert not on_probation or self.lifecycle.fallback is not None

    @invariant()
    def hashes_stay(self) -> None:
        """A version is always of the same bytes."""
        for name, entry in self.lifecycle.versions.items():
            assert entry.content_hash == f"hash of {name}"


TestAnyLifecycle = AnyLifecycle.TestCase
TestAnyLifecycle.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_a_canary_is_one_and_has_a_share() -> None:
    """It may be promoted, staged again, retired or rejected by itself; a second one waits."""
    canary = two(0.0).after(Step(STAGE, "3")).after(Step(StepKind.START_CANARY, "3", share=0.1))
    assert (canary.canary, canary.versions["3"].share, canary.active) == ("3", 0.1, "2")
    with pytest.raises(TransitionRefused, match="one canary at a time"):
        canary.after(Step(STAGE, "4")).after(Step(StepKind.START_CANARY, "4", share=0.1))
    for share in (0.0, 1.0):
        with pytest.raises(TransitionRefused, match="a share"):
            two(0.0).after(Step(STAGE, "3")).after(Step(StepKind.START_CANARY, "3", share=share))
    assert states(canary.after(Step(PROMOTE, "3")))["3"] is S.ACTIVE
    assert canary.after(Step(PROMOTE, "3")).versions["3"].share == 0.0
    assert states(canary.after(Step(STAGE, "3")))["3"] is S.STAGED
    rejected = canary.after(Step(REJECT, "3", cause=Cause.FAILURES))
    assert (rejected.versions["3"].state, rejected.versions["3"].reason) == (S.REJECTED, "it failed")
