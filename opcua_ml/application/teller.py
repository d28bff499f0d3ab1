"""Predictions of one model in words: identity, quality and reason around what was computed, or was not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.domain.prediction import Prediction
from opcua_ml.domain.status import Status, status_name, worst
from opcua_ml.domain.wording import sentence

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.application.method_row import MethodRow
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.serving import RowAnswer, Serving
    from opcua_ml.application.statistics import StatisticsRecorder
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.vector import Vector

SEQUENCE_LIMIT = 2**32 - 1
"""A UInt32's last number; then they begin anew at 1."""


class Teller:
    """Numbers predictions in one line, whatever version or way they are of, and counts what is not told.

    Args:
        model: its name.
        run_id: tells predictions of this start of the service from those of another.
        clock: for timestamps and ages.
        statistics: count what is rejected or undecided, and take the age of the tags' values.

    Attributes:
        prefix: of every identity, before the number.
        sequence: the last number that was given.
    """

    def __init__(self, model: str, run_id: str, clock: Clock, statistics: StatisticsRecorder) -> None:
        self._model = model
        self._clock = clock
        self._statistics = statistics
        self.prefix = f"{model}-{run_id}-"
        self.sequence = 0

    def next_id(self) -> tuple[str, int]:
        """Identity and number of the next prediction."""
        self.sequence = self.sequence % SEQUENCE_LIMIT + 1
        return f"{self.prefix}{self.sequence}", self.sequence

    def called(
        self,
        named: tuple[str, int],
        by: tuple[Serving, float, datetime],
        given: MethodRow,
        outputs: Row,
    ) -> Prediction:
        """The answer to one row of a method call.

        Args:
            named: identity and number.
            by: the version, its seconds for the row, and when it answered.
            given: the row, checked.
            outputs: as computed.
        """
        serving, seconds, now = by
        told, status, reason = self.told(serving, outputs, given.status, given.reason)
        return Prediction(
            *named,
            model=self._model,
            version=serving.card.version,
            inputs=given.row,
            input_status=given.input_status,
            outputs=told,
            status=status,
            reason=reason,
            source_timestamp=now,
            inference_seconds=seconds,
            offending_input=given.offending,
        )

    def scored(self, vector: Vector, version: str, answer: RowAnswer) -> Prediction:
        """The prediction of a vector from tags; Bad, under the version of now, where none was computed."""
        outputs, inference, code, failure, serving = answer
        if outputs is None or serving is None:
            return self.bad(vector, version, code, failure)
        self._statistics.aged((self._clock.now() - vector.source_timestamp).total_seconds())
        told, status, reason = self.told(serving, outputs, vector.status, vector.reason)
        return self._of(vector, serving.card.version, (status, reason), told, inference)

    def bad(self, vector: Vector, version: str, status: int, reason: str) -> Prediction:
        """The prediction of a vector that has no outputs, with the reason."""
        self._statistics.rejected(status_name(status))
        return self._of(vector, version, (status, reason), (), 0.0)

    def again(self, prediction: Prediction, vector: Vector, version: str) -> Prediction:
        """A prediction from tags once more, with the worse quality of these inputs; Bad without outputs."""
        codes = tuple(worst(pair) for pair in zip(prediction.input_status, vector.input_status, strict=True))
        if vector.is_bad:
            values = tuple(
                None if code >= Status.Bad else value
                for value, code in zip(prediction.inputs, codes, strict=True)
            )
            seen = replace(vector, values=values, input_status=codes)
            return self.bad(seen, version, vector.status, vector.reason)
        identity, sequence = self.next_id()
        return replace(
            prediction,
            id=identity,
            sequence=sequence,
            input_status=codes,
            status=vector.status,
            reason=vector.reason,
            offending_input=vector.offending_input,
            offending_age_seconds=vector.offending_age,
        )

    def told(self, serving: Serving, outputs: Row, status: int, reason: str) -> tuple[Row, int, str]:
        """Outputs, status and reason, after looking whether the model knows what it says and may say it."""
        if serving.abstention is not None:
            outputs, undecided = serving.abstention.judged(outputs)
            if undecided:
                self._statistics.undecided()
                status, reason = worst((status, Status.Uncertain)), _joined(reason, undecided)
        if serving.rule is not None:
            exceeded = serving.rule.exceeded(outputs)
            if exceeded:
                status = worst((status, Status.UncertainEngineeringUnitsExceeded))
                reason = _joined(reason, exceeded)
        return outputs, status, reason

    def _of(
        self, vector: Vector, version: str, quality: tuple[int, str], outputs: Row, seconds: float
    ) -> Prediction:
        status, reason = quality
        return Prediction(
            *self.next_id(),
            model=self._model,
            version=version,
            inputs=vector.values,
            input_status=vector.input_status,
            outputs=outputs,
            status=status,
            reason=reason,
            source_timestamp=vector.source_timestamp,
            inference_seconds=seconds,
            response_seconds=self._clock.monotonic() - vector.received,
            offending_input=vector.offending_input,
            offending_age_seconds=vector.offending_age,
            context=vector.context,
        )


def _joined(reason: str, more: str) -> str:
    return sentence("{reason}; {more}", reason=reason, more=more) if reason else more
