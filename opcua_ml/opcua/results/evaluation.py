"""ResultEvaluationEnum of Machinery Result, from a prediction.

Source: OPC 40001-101, 10.1 (ResultEvaluationEnum).
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from opcua_ml.domain.signature import OutputRole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Signature

VERDICTS = (OutputRole.LABEL, OutputRole.ANOMALY)


class Evaluation(IntEnum):
    """As the nodeset numbers them."""

    UNDEFINED = 0
    OK = 1
    NOT_OK = 2
    NOT_DECIDABLE = 3


def evaluation(
    prediction: Prediction, signature: Signature, ranges: Mapping[str, OutputRanges]
) -> Evaluation:
    """Not decidable where the prediction is not Good; not OK for an anomaly and for what an alarm names.

    A label is OK where an alarm names other classes as faults; while none does, nobody has said which class
    is good, and the evaluation is undefined.
    """
    if not prediction.is_good:
        return Evaluation.NOT_DECIDABLE
    found = Evaluation.UNDEFINED
    for item, value in zip(signature.outputs, prediction.outputs, strict=True):
        if item.role not in VERDICTS:
            continue
        faults = ranges[item.name].off_normal if item.name in ranges else frozenset()
        if item.role is OutputRole.ANOMALY:
            faults |= {True}
        if value in faults:
            return Evaluation.NOT_OK
        if faults:
            found = Evaluation.OK
    return found
