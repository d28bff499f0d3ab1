"""What a tag has told an input, and what of that may be used at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.domain.figure import figure
from opcua_ml.domain.input_policy import InputPolicy, WhenBad
from opcua_ml.domain.sample import Sample
from opcua_ml.domain.status import Severity, Status, severity, status_name
from opcua_ml.domain.value_range import GREATEST, unfitness
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from opcua_ml.domain.signature import Input

_UNCERTAIN = int(Status.Uncertain)
_BAD = int(Status.Bad)
_PLAIN = frozenset({bool, int, float, str})


class Used(NamedTuple):
    """What stands for a tag at a moment.

    Attributes:
        sample: to use; its status is Bad and its value None where there is nothing to use.
        why: empty where the sample is the tag's own, usable one.
        heard: monotonic time at which the last usable value came; None where none ever has.
    """

    sample: Sample
    why: str
    heard: float | None


class TagMemory:
    """Keeps the newest and the last usable sample of one tag, and applies the input's policy to them.

    Args:
        item: the input of the signature.
        policy: of this input.
    """

    __slots__ = ("_changed_at", "_item", "_lost_at", "_newest", "_plain", "_policy", "_usable")

    def __init__(self, item: Input, policy: InputPolicy | None = None) -> None:
        self._item = item
        self._policy = policy or InputPolicy()
        self._plain = frozenset[type]() if item.categories else _PLAIN
        self._newest: Sample | None = None
        self._usable: Sample | None = None
        self._lost_at: float | None = None
        self._changed_at = 0.0

    @property
    def was_usable(self) -> bool:
        """Whether the tag ever had a value to use."""
        return self._usable is not None

    def take(self, sample: Sample) -> bool:
        """A sample has come; whether it is Good and usable."""
        self._newest = sample
        value = sample.value
        # The first test is that of nearly every sample of a plant.
        if (
            sample.status == 0
            and type(value) in self._plain
            and (type(value) is not float or -GREATEST <= value <= GREATEST)
        ) or self._trouble_with(sample) is None:
            before = self._usable
            if before is None or value != before.value:
                self._changed_at = sample.received
            elif self._lost_at is not None:  # of the time of a loss nobody knows whether it moved
                self._changed_at += max(0.0, sample.received - self._lost_at)
            self._usable = sample
            self._lost_at = None
            return sample.status < _UNCERTAIN
        if self._lost_at is None:
            self._lost_at = sample.received
        return False

    def at(self, monotonic: float) -> Used:
        """What to use at that time of our monotonic clock, in seconds."""
        usable = self._usable
        if usable is None or self._lost_at is not None:
            return self._instead(monotonic, *self._trouble())
        policy = self._policy
        if policy.max_age is not None and monotonic >= usable.received + policy.max_age:
            why = sentence("no value has come for more than {limit} s", limit=figure(policy.max_age))
            return self._instead(monotonic, Status.BadTimeout, why)
        if policy.max_unchanged is not None and monotonic >= self._changed_at + policy.max_unchanged:
            limit = figure(policy.max_unchanged)
            why = sentence("its value has not changed for more than {limit} s", limit=limit)
            return self._instead(monotonic, Status.BadSensorFailure, why)
        return Used(usable, "", usable.received)

    def changes_at(self, monotonic: float) -> float | None:
        """The next time at which `at` gives something else although nothing comes; None for never."""
        usable, policy = self._usable, self._policy
        if usable is None:
            return None
        lost_at = self._lost_since()
        moments = [] if lost_at is None else [lost_at]
        if policy.when_bad is WhenBad.HOLD and lost_at is not None:
            moments.append(lost_at + policy.hold)
        return min((moment for moment in moments if moment > monotonic), default=None)

    def _lost_since(self) -> float | None:
        """When the tag stopped, or will stop, being usable."""
        usable, policy = self._usable, self._policy
        moments = [] if self._lost_at is None else [self._lost_at]
        if usable is not None and policy.max_age is not None:
            moments.append(usable.received + policy.max_age)
        if usable is not None and policy.max_unchanged is not None:
            moments.append(self._changed_at + policy.max_unchanged)
        return min(moments, default=None)

    def _instead(self, monotonic: float, status: int, why: str) -> Used:
        usable, policy, newest = self._usable, self._policy, self._newest
        heard = None if usable is None else usable.received
        lost_at = self._lost_since()
        received = monotonic if newest is None else newest.received
        if policy.when_bad is WhenBad.SUBSTITUTE and policy.substitute is not None:
            stand_in = Sample(policy.substitute, Status.UncertainSubNormal, None, None, received)
            words = sentence("{why}; {value} stands in for it", why=why, value=policy.substitute)
            return Used(stand_in, words, heard)
        if usable is not None and lost_at is not None and self._holds(monotonic, lost_at):
            held = usable._replace(status=Status.UncertainLastUsableValue)
            words = sentence("{why}; its last value is held for {hold} s", why=why, hold=figure(policy.hold))
            return Used(held, words, heard)
        stamps = (None, None) if newest is None else (newest.source_timestamp, newest.server_timestamp)
        return Used(Sample(None, status, *stamps, received), why, heard)

    def _holds(self, monotonic: float, lost_at: float) -> bool:
        return self._policy.when_bad is WhenBad.HOLD and monotonic < lost_at + self._policy.hold

    def _trouble(self) -> tuple[int, str]:
        nothing_yet = (Status.BadWaitingForInitialData, sentence("no value has come yet"))
        return nothing_yet if self._newest is None else self._trouble_with(self._newest) or nothing_yet

    def _trouble_with(self, sample: Sample) -> tuple[int, str] | None:
        """The Bad StatusCode of a sample that can't be used, and why; None where it can."""
        value = sample.value
        if value is None or sample.status >= _BAD:
            code = sample.status if sample.status >= _BAD else Status.BadNoData
            return code, sentence("the tag is {status}", status=status_name(code))
        if self._policy.treat_uncertain_as_bad and severity(sample.status) is Severity.UNCERTAIN:
            status = status_name(sample.status)
            return Status.Bad, sentence("the tag is {status}, which counts as Bad here", status=status)
        for one in value if isinstance(value, tuple) else (value,):
            why = unfitness(self._item, one)
            if why:
                return Status.BadOutOfRange, why
        return None
