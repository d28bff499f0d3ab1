"""The method `Predict`: one typed argument per input, one row."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from asyncua import ua

from opcua_ml.domain.errors import InputInvalid, OpcuaMlError
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.server.inline_predict import InlinePredict
from opcua_ml.opcua.space.arguments import (
    argument,
    check_count,
    given_value,
    input_argument,
    output_argument,
)
from opcua_ml.opcua.space.call_result import answered, failed, refused
from opcua_ml.opcua.space.labels import is_label, label_names, label_text
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.space.standard import STATUS_CODE, STRING
from opcua_ml.opcua.texts import phrase
from opcua_ml.opcua.values import shared_status, to_variant

if TYPE_CHECKING:
    from opcua_ml.application.ports import PredictionHandler
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Signature

_log = structlog.get_logger(__name__)


class PredictMethod:
    """`Predict` of one model.

    Args:
        model: name.
        signature: from which the arguments derive.
        handler: who predicts.
    """

    name = "Predict"
    description = "Scores one row of inputs: outputs, version used and prediction id."

    def __init__(self, model: str, signature: Signature, handler: PredictionHandler) -> None:
        self._model = model
        self._inputs = signature.inputs
        self._outputs = signature.outputs
        self._kinds = [output_data_type(item) for item in signature.outputs]
        self._labels = [index for index, item in enumerate(signature.outputs) if is_label(item)]
        self._handler = handler
        inline = handler.inline_model(model)
        self.inline_answer = None if inline is None else InlinePredict(model, signature, inline)
        self.input_arguments = [input_argument(item) for item in signature.inputs]
        self.output_arguments = [
            *(output_argument(item) for item in signature.outputs),
            *(
                argument(name, STRING, _class_of(self._outputs[index].name))
                for index, name in zip(self._labels, label_names(signature), strict=True)
            ),
            argument("ModelVersion", STRING, "Version of the model that computed it."),
            argument("PredictionId", STRING, "Unique among all predictions of all models."),
            argument(
                "Status", STATUS_CODE, "Quality of the outputs: Good, or Uncertain for the reason given."
            ),
            argument("Reason", STRING, "Why the quality is not Good; else empty."),
        ]

    async def call(self, _object: ua.NodeId, *given: ua.Variant) -> ua.CallMethodResult:
        """Answer one Call; every failure is a StatusCode."""
        try:
            row = self._row(given)
            prediction = (await self._handler.predict(self._model, [row]))[0]
        except OpcuaMlError as error:
            _log.info("prediction refused", model=self._model, reason=error.sentence)
            place = error.index if isinstance(error, InputInvalid) else 0
            return refused(error, place, len(given))
        except Exception:  # noqa: BLE001 - a fault behind the handler must reach the client as a StatusCode
            _log.exception("prediction failed", model=self._model)
            return failed(Status.BadInternalError)
        if severity(prediction.status) is Severity.BAD:
            return failed(prediction.status)
        return answered(self._answer(prediction))

    def _row(self, given: tuple[ua.Variant, ...]) -> tuple[Value, ...]:
        check_count(len(given), len(self._inputs))
        return tuple(
            given_value(item, variant, index)
            for index, (item, variant) in enumerate(zip(self._inputs, given, strict=True))
        )

    def _answer(self, prediction: Prediction) -> list[ua.Variant]:
        pairs = zip(prediction.outputs, self._kinds, strict=True)
        return [
            *(to_variant(value, kind) for value, kind in pairs),
            *(_string(label_text(self._outputs[index], prediction.outputs[index])) for index in self._labels),
            _string(prediction.version),
            _string(prediction.id),
            ua.Variant(shared_status(prediction.status), ua.VariantType.StatusCode),
            _string(prediction.reason),
        ]


def _class_of(output: str) -> str:
    return phrase("Name of the class that {output} tells.", output=output)


def _string(words: str) -> ua.Variant:
    return ua.Variant(words, ua.VariantType.String)
