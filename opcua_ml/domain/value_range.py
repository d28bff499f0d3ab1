"""Holding one input's value against its declared range, what training saw, and its categories."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.figure import figure, figure_outside
from opcua_ml.domain.signature import Range
from opcua_ml.domain.status import Status, severity
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.signature import Input

Judged = tuple["Value | None", int, str]
"""The value to use, its StatusCode and why that is not Good."""
GREATEST = (2 - 2**-23) * 2.0**127
"""Of IEEE 754 single precision. Trees and many ONNX graphs compute in it, and what is greater becomes
infinite there: scikit-learn refuses it, onnxruntime answers something. No instrument measures so much."""


class OutOfRange(StrEnum):
    """What to do with an input outside its declared range."""

    REFUSE = "refuse"
    CLAMP = "clamp"
    MARK = "mark"


class OutsideTraining(StrEnum):
    """What to do with an input outside what training saw of it."""

    IGNORE = "ignore"
    REFUSE = "refuse"
    CLAMP = "clamp"
    MARK = "mark"


class OutputsOutOfRange(StrEnum):
    """What to do with an output outside its declared range."""

    MARK = "mark"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class RangePolicy:
    """For both ranges; a value that is outside both is told by the declared one."""

    declared: OutOfRange = OutOfRange.MARK
    training: OutsideTraining = OutsideTraining.IGNORE


def within_range(item: Input, value: Value, policy: RangePolicy) -> Judged:
    """The value to use, its StatusCode and the reason, after holding it against the signature.

    Values that are not finite, or beyond `GREATEST`, are Bad whatever the policy; NaN is a value where the
    input allows missing ones.
    """
    return RangeRule(item, policy).judge(value)


class RangeRule:
    """`within_range` for one input, made once.

    Args:
        item: of the signature.
        policy: for both ranges.
    """

    def __init__(self, item: Input, policy: RangePolicy) -> None:
        self._item = item
        self._unit = f" {engineering_unit(item.unit).symbol}" if item.unit else ""
        self._limits: list[tuple[Range, str, str]] = []
        if item.range is not None:
            words = "{value} is outside {low} to {high}{unit}"
            self._limits.append((item.range, policy.declared.value, words))
        seen = trained_range(item)
        if seen is not None and policy.training is not OutsideTraining.IGNORE:
            words = "{value} is outside what training saw, {low} to {high}{unit}"
            self._limits.append((seen, policy.training.value, words))
        self.low = max([-GREATEST, *(span.low for span, _, _ in self._limits)])
        self.high = min([GREATEST, *(span.high for span, _, _ in self._limits)])
        self.is_plain = not item.categories
        """Whether a floating-point number from `low` to `high` is Good without another look."""

    def judge(self, value: Value) -> Judged:
        """The value to use, its StatusCode and why that is not Good."""
        if type(value) is float and self.is_plain and self.low <= value <= self.high:
            return value, Status.Good, ""
        if isinstance(value, tuple):
            return self._judge_array(value)
        return self._judge_scalar(value)

    def _judge_array(self, values: tuple[Scalar, ...]) -> Judged:
        judged = [self._judge_scalar(one) for one in values]
        code, why = Status.Good, ""
        for _, one, words in judged:
            if severity(one) > severity(code):
                code, why = Status(one), words
        if code >= Status.Bad:
            return None, code, why
        return tuple(one for one, _, _ in judged if one is not None and not isinstance(one, tuple)), code, why

    def _judge_scalar(self, value: Scalar) -> Judged:
        unfit = unfitness(self._item, value)
        if unfit:
            return None, Status.BadOutOfRange, unfit
        if isinstance(value, str | bool) or math.isnan(value):
            return value, Status.Good, ""
        why = ""
        for span, action, words in self._limits:
            if value in span:
                continue
            why = why or self._outside(words, value, span)
            if action == OutOfRange.REFUSE:
                return None, Status.BadOutOfRange, why
            if action == OutOfRange.CLAMP:
                value = clamped(value, span)
        return value, Status.UncertainEngineeringUnitsExceeded if why else Status.Good, why

    def _outside(self, words: str, value: float, span: Range) -> str:
        low, high = figure(span.low), figure(span.high)
        shown = figure_outside(value, span.low, span.high)
        return sentence(words, value=shown, low=low, high=high, unit=self._unit)


def unfitness(item: Input, value: Scalar) -> str:
    """Why no model could take the value, whatever the policy; empty where it could."""
    if item.categories and value not in item.categories:
        return sentence("{value} is none of its categories", value=repr(value))
    if isinstance(value, float) and not math.isfinite(value):
        may_miss = math.isnan(value) and item.allow_missing
        return "" if may_miss else sentence("{value} is not a finite number", value=value)
    if isinstance(value, float) and not -GREATEST <= value <= GREATEST:
        words = "{value} is beyond {greatest}, the greatest number that models compute with"
        return sentence(words, value=figure(value), greatest=figure(GREATEST))
    return ""


def clamped(value: float, span: Range) -> float:
    """The nearest value within the range; of an integer the nearest integer within it."""
    if isinstance(value, int):
        return min(max(value, math.ceil(span.low)), math.floor(span.high))
    return min(max(value, float(span.low)), float(span.high))


def trained_range(item: Input) -> Range | None:
    """Least and greatest value of the training data; None where they are not known or are the same."""
    seen = item.statistics
    return Range(seen.minimum, seen.maximum) if seen is not None and seen.minimum < seen.maximum else None
