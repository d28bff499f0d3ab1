"""What is recorded of predictions and of values that clients write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.application.history.record import Layout, ValueRecord
from opcua_ml.domain.status import Severity, severity
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.values import to_sample

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.history.variable import Historized


class PredictionTrail:
    """Of one model in one version: the inputs as used and the outputs, as its nodes show them.

    Args:
        inputs: of the signature, all or none.
        outputs: of the signature, all or none.
    """

    def __init__(self, inputs: Sequence[Historized], outputs: Sequence[Historized]) -> None:
        self._inputs, self._outputs = bool(inputs), len(outputs)
        self._layout = Layout(tuple(item.column for item in (*inputs, *outputs)))
        self.weight = len(self._layout.columns)

    def record(self, happened: Any, moment: datetime) -> ValueRecord:
        """See Trail; what happened is a Prediction, and the moment is when its nodes changed."""
        prediction: Prediction = happened
        values: list[Any] = []
        statuses: list[int] = []
        if self._inputs:
            statuses += prediction.input_status
            values += [
                None if severity(code) is Severity.BAD else value
                for value, code in zip(prediction.inputs, prediction.input_status, strict=True)
            ]
        values += [None] * self._outputs if prediction.is_bad else prediction.outputs[: self._outputs]
        statuses += [prediction.status] * self._outputs
        source, server = to_filetime(prediction.source_timestamp), to_filetime(moment)
        return ValueRecord(self._layout, source, server, tuple(values), tuple(statuses))


class WrittenTrail:
    """Of one input that clients write.

    Args:
        variable: the input.
    """

    weight = 1

    def __init__(self, variable: Historized) -> None:
        self._layout = Layout((variable.column,))

    def record(self, happened: Any, moment: datetime) -> ValueRecord:
        """See Trail; what happened is a ua.DataValue with its SourceTimestamp."""
        sample = to_sample(happened, 0.0)
        source = to_filetime(sample.source_timestamp or moment)
        return ValueRecord(self._layout, source, to_filetime(moment), (sample.value,), (sample.status,))
