"""Joining what stands for the inputs' tags into one row, or saying why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from opcua_ml.domain.figure import figure
from opcua_ml.domain.input_policy import JoinPolicy, SourceTime
from opcua_ml.domain.status import Severity, Status, severity, status_name
from opcua_ml.domain.tag_memory import TagMemory
from opcua_ml.domain.value_range import OutOfRange, RangePolicy, RangeRule
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Sample, Value
    from opcua_ml.domain.signature import Signature
    from opcua_ml.domain.tag_memory import Used
    from opcua_ml.domain.value_range import Judged

_UNCERTAIN = int(Status.Uncertain)
_BAD = int(Status.Bad)
_TIME = "its time lies more than {limit} s before the newest input's"
_CORRECTED = "its time, corrected by its PLC's clock, lies more than {limit} s before the newest input's"


@dataclass(frozen=True, slots=True)
class Vector:
    """One row of inputs as the tags had them at a trigger.

    Attributes:
        values, input_status: in the signature's order; None and a Bad code where unusable.
        status: what the outputs must carry: the worst of the inputs'.
        reason: why the status is not Good, naming the input; else empty.
        offending_input: that input's name, else empty.
        source_timestamp: of the inputs, as the policy chooses it.
        received: the newest arrival on our monotonic clock, in seconds.
        offending_age: seconds since that input's last usable value came; None where none ever has, or where
            no input offends.
        context: what tags beside the inputs said at its moment, by ResultMetaDataType's member;
            None for no such tags.
    """

    values: tuple[Value | None, ...]
    input_status: tuple[int, ...]
    status: int
    reason: str
    offending_input: str
    source_timestamp: datetime
    received: float
    offending_age: float | None = None
    context: Mapping[str, Sample] | None = None

    @property
    def is_bad(self) -> bool:
        """Whether nothing may be predicted from it."""
        return severity(self.status) is Severity.BAD

    @property
    def row(self) -> Row | None:
        """The row to predict from, or None where an input is not usable."""
        if self.is_bad:
            return None
        return tuple(value for value in self.values if value is not None)

    def spoilt(self, status: int, reason: str, offending_input: str = "") -> Vector:
        """The same inputs, but nothing may be predicted from them."""
        return replace(
            self, status=status, reason=reason, offending_input=offending_input, offending_age=None
        )


class Join:
    """Makes vectors of one signature under one policy.

    Args:
        signature: of the model.
        policy: of its inputs.
    """

    def __init__(self, signature: Signature, policy: JoinPolicy | None = None) -> None:
        self._policy = policy = policy or JoinPolicy()
        self._names = signature.names
        self._rules = [RangeRule(item, policy.ranges) for item in signature.inputs]
        self._skewed = [
            place for place, item in enumerate(signature.inputs) if not policy.of(item.name).ignore_skew
        ]
        self._good_codes = (int(Status.Good),) * len(signature.inputs)
        self._main = None
        if policy.source_time is SourceTime.MAIN:
            self._main = signature.names.index(policy.main_input)

    def vector(self, used: Sequence[Used], *, now: datetime, monotonic: float) -> Vector:
        """The vector of what stands for the tags; one Bad makes the whole Bad, one Uncertain Uncertain.

        Args:
            used: one per input, in order.
            now: timestamp for a vector none of whose samples has one.
            monotonic: time of the join, in seconds; arrival time for a vector without samples.
        """
        good = self._all_good(used)
        if good is not None:
            return Vector(
                values=good,
                input_status=self._good_codes,
                status=0,
                reason="",
                offending_input="",
                source_timestamp=self._source_time(used) or now,
                received=max([one.sample.received for one in used], default=monotonic),
            )
        judged = [_judged(rule, one) for rule, one in zip(self._rules, used, strict=True)]
        place, status, why = -1, int(Status.Good), ""
        for index, (_, code, words) in enumerate(judged):
            if code >= _UNCERTAIN and severity(code) > severity(status):
                place, status, why = index, code, words
        if self._policy.max_skew is not None and status < _BAD:
            late = self._late(used)
            if late is not None:
                place, status = late, Status.BadInvalidTimestamp
                words = _CORRECTED if self._policy.corrects_clocks else _TIME
                why = sentence(words, limit=figure(self._policy.max_skew))
        name = "" if place < 0 else self._names[place]
        heard = None if place < 0 else used[place].heard
        return Vector(
            values=tuple([value for value, _, _ in judged]),
            input_status=tuple([code for _, code, _ in judged]),
            status=status,
            reason=sentence("{name}: {why}", name=name, why=why) if name else "",
            offending_input=name,
            source_timestamp=self._source_time(used) or now,
            received=max((one.sample.received for one in used), default=monotonic),
            offending_age=None if heard is None else max(0.0, monotonic - heard),
        )

    def _all_good(self, used: Sequence[Used]) -> tuple[Value, ...] | None:
        """The values where all are Good numbers within their ranges, as nearly always; else None."""
        if self._policy.max_skew is not None:
            return None
        values: list[Value] = []
        for rule, (sample, why, _) in zip(self._rules, used, strict=True):
            value = sample.value
            if (
                sample.status
                or why
                or type(value) is not float
                or not rule.is_plain
                or not rule.low <= value <= rule.high
            ):
                return None
            values.append(value)
        return tuple(values)

    def _late(self, used: Sequence[Used]) -> int | None:
        """The oldest of the tags' own values, where it is too old beside the newest one."""
        stamps = [
            (one.source_timestamp, place)
            for place in self._skewed
            if not used[place].why and (one := used[place].sample).source_timestamp is not None
        ]
        if not stamps:
            return None
        oldest, place = min(stamps)
        newest, _ = max(stamps)
        apart = (newest - oldest).total_seconds()
        return place if self._policy.max_skew is not None and apart > self._policy.max_skew else None

    def _source_time(self, used: Sequence[Used]) -> datetime | None:
        if self._main is not None:
            main = used[self._main].sample.source_timestamp
            if main is not None:
                return main
        stamps = [stamp for one in used if (stamp := one.sample.source_timestamp) is not None]
        choose = min if self._policy.source_time is SourceTime.OLDEST else max
        return choose(stamps, default=None)


def join(
    signature: Signature,
    samples: Sequence[Sample | None],
    *,
    now: datetime,
    monotonic: float,
    out_of_range: OutOfRange = OutOfRange.MARK,
    policy: JoinPolicy | None = None,
) -> Vector:
    """The vector of these samples, each the only one of its tag; None where none has come yet."""
    policy = policy or JoinPolicy(ranges=RangePolicy(out_of_range))
    used = []
    for item, sample in zip(signature.inputs, samples, strict=True):
        memory = TagMemory(item, policy.of(item.name))
        if sample is not None:
            memory.take(sample)
        used.append(memory.at(monotonic))
    return Join(signature, policy).vector(used, now=now, monotonic=monotonic)


def _judged(rule: RangeRule, used: Used) -> Judged:
    sample, why, _ = used
    value, status = sample.value, sample.status
    if status < _UNCERTAIN and type(value) is float and rule.is_plain and rule.low <= value <= rule.high:
        return value, status, why
    if value is None or status >= _BAD:
        return None, status if status >= _BAD else Status.BadNoData, why or sentence("the tag has no value")
    held, code, words = rule.judge(value)
    if severity(code) is not Severity.GOOD:
        return held, code, words
    if severity(status) is Severity.UNCERTAIN:
        why = why or sentence("the tag is {status}", status=status_name(status))
    return held, status, why
