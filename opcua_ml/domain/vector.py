"""Joining the inputs' samples into one row, or saying why there is none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.status import Severity, Status, severity, status_name

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.domain.row import Row
    from opcua_ml.domain.sample import Sample, Scalar, Value
    from opcua_ml.domain.signature import Input, Signature


class OutOfRange(StrEnum):
    """What to do with an input outside its declared range."""

    REFUSE = "refuse"
    CLAMP = "clamp"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Vector:
    """One row of inputs as the tags had them at a trigger.

    Attributes:
        values, input_status: in the signature's order; None and a Bad code where unusable.
        status: what the outputs must carry: the worst of the inputs'.
        reason: why the status is not Good, naming the input; else empty.
        offending_input: that input's name, else empty.
        source_timestamp: the newest of the inputs'.
        received: the newest arrival on our monotonic clock, in seconds.
    """

    values: tuple[Value | None, ...]
    input_status: tuple[int, ...]
    status: int
    reason: str
    offending_input: str
    source_timestamp: datetime
    received: float

    @property
    def row(self) -> Row | None:
        """The row to predict from, or None where an input is not usable."""
        if severity(self.status) is Severity.BAD:
            return None
        return tuple(value for value in self.values if value is not None)


def join(
    signature: Signature,
    samples: Sequence[Sample | None],
    *,
    now: datetime,
    monotonic: float,
    out_of_range: OutOfRange = OutOfRange.MARK,
) -> Vector:
    """The vector of these samples; one Bad input makes the whole Bad, one Uncertain makes it Uncertain.

    Args:
        signature: of the model.
        samples: one per input, in order; None where none has come yet.
        now: timestamp for a vector none of whose samples has one.
        monotonic: arrival time for a vector without samples.
        out_of_range: what to do with values outside the declared range.
    """
    judged = [_judge(item, one, out_of_range) for item, one in zip(signature.inputs, samples, strict=True)]
    codes = tuple(code for _, code, _ in judged)
    status, offending, reason = _worst(signature, judged)
    stamps = [one.source_timestamp for one in samples if one is not None and one.source_timestamp is not None]
    return Vector(
        values=tuple(value for value, _, _ in judged),
        input_status=codes,
        status=status,
        reason=reason,
        offending_input=offending,
        source_timestamp=max(stamps, default=now),
        received=max((one.received for one in samples if one is not None), default=monotonic),
    )


_Judged = tuple["Value | None", int, str]


def _worst(signature: Signature, judged: Sequence[_Judged]) -> tuple[int, str, str]:
    status: int = Status.Good
    offending = reason = ""
    for item, (_, code, why) in zip(signature.inputs, judged, strict=True):
        if severity(code) > severity(status):
            status, offending, reason = code, item.name, f"{item.name}: {why}"
    return status, offending, reason


def _judge(item: Input, sample: Sample | None, policy: OutOfRange) -> _Judged:
    if sample is None:
        return None, Status.BadWaitingForInitialData, "no value has come yet"
    if sample.value is None or severity(sample.status) is Severity.BAD:
        code = sample.status if severity(sample.status) is Severity.BAD else Status.BadNoData
        return None, code, f"the tag is {status_name(code)}"
    value, code, why = within_range(item, sample.value, policy)
    if severity(code) is Severity.GOOD and severity(sample.status) is Severity.UNCERTAIN:
        return value, sample.status, f"the tag is {status_name(sample.status)}"
    return value, code, why


def within_range(item: Input, value: Value, policy: OutOfRange) -> _Judged:
    """The value to use, its StatusCode and the reason, after holding it against the signature.

    Values that are not finite are Bad whatever the policy, unless the input allows missing ones.
    """
    if isinstance(value, tuple):
        return _window_within_range(item, value, policy)
    if item.categories and value not in item.categories:
        return None, Status.BadOutOfRange, f"{value!r} is none of its categories"
    if isinstance(value, str | bool):
        return value, Status.Good, ""
    if not math.isfinite(value):
        if math.isnan(value) and item.allow_missing:
            return value, Status.Good, ""
        return None, Status.BadOutOfRange, f"{value} is not a finite number"
    return _number_within_range(item, value, policy)


def _window_within_range(item: Input, values: tuple[Scalar, ...], policy: OutOfRange) -> _Judged:
    judged = [within_range(item, one, policy) for one in values]
    code = max((code for _, code, _ in judged), key=severity, default=Status.Good)
    why = next((why for _, _, why in judged if why), "")
    if severity(code) is Severity.BAD:
        return None, code, why
    return tuple(one for one, _, _ in judged if one is not None and not isinstance(one, tuple)), code, why


def _number_within_range(item: Input, value: float, policy: OutOfRange) -> _Judged:
    if item.range is None or value in item.range:
        return value, Status.Good, ""
    why = f"{value:g} is outside {item.range}{' ' + item.unit if item.unit else ''}"
    if policy is OutOfRange.REFUSE:
        return None, Status.BadOutOfRange, why
    if policy is OutOfRange.CLAMP:
        clamped = min(max(value, item.range.low), item.range.high)
        return type(value)(clamped), Status.UncertainEngineeringUnitsExceeded, why
    return value, Status.UncertainEngineeringUnitsExceeded, why
