"""The method `PredictBatch`: many rows in one call, one array per output."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from asyncua import ua

from opcua_ml.domain.errors import InputInvalid, OpcuaMlError
from opcua_ml.domain.signature import FLOATING, DataType
from opcua_ml.domain.status import Status
from opcua_ml.opcua.server.batch_rows import batch_form
from opcua_ml.opcua.space.arguments import ONE_DIMENSION, TWO_DIMENSIONS, argument, described_output
from opcua_ml.opcua.space.call_result import answered, failed, refused
from opcua_ml.opcua.space.labels import is_label, label_names, label_text
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.space.standard import STATUS_CODE, STRING
from opcua_ml.opcua.texts import joined, phrase, said
from opcua_ml.opcua.values import data_type_id, shared_status, variant_type

if TYPE_CHECKING:
    from opcua_ml.application.ports import PredictionHandler
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Output, Signature

_log = structlog.get_logger(__name__)


class PredictBatchMethod:
    """`PredictBatch` of one model.

    Args:
        model: name.
        signature: from which the arguments derive.
        handler: who predicts.
        max_rows: of one call.
    """

    name = "PredictBatch"
    description = "Scores many rows in one call: one array per output, and a status per row."

    def __init__(self, model: str, signature: Signature, handler: PredictionHandler, max_rows: int) -> None:
        self._model = model
        self._outputs = signature.outputs
        self._handler = handler
        self._form = batch_form(signature, max_rows)
        self.input_arguments = self._form.arguments
        labels = [item for item in signature.outputs if is_label(item)]
        self.output_arguments = [
            *(_output_argument(item) for item in signature.outputs),
            *(
                argument(name, STRING, _classes_of(item.name), ONE_DIMENSION, (0,))
                for item, name in zip(labels, label_names(signature), strict=True)
            ),
            argument("ModelVersion", STRING, "Version of the model that computed them."),
            argument("PredictionIds", STRING, "One per row.", ONE_DIMENSION, (0,)),
            argument("Statuses", STATUS_CODE, "Quality of each row's outputs.", ONE_DIMENSION, (0,)),
            argument("Reasons", STRING, "Why a row's quality is not Good; else empty.", ONE_DIMENSION, (0,)),
        ]

    async def call(self, _object: ua.NodeId, *given: ua.Variant) -> ua.CallMethodResult:
        """Answer one Call; every failure is a StatusCode."""
        try:
            rows = self._form.rows(given)
        except OpcuaMlError as error:
            return self._refused(error, error.index if isinstance(error, InputInvalid) else 0, len(given))
        try:
            return answered(self._answer(await self._handler.predict(self._model, rows)))
        except OpcuaMlError as error:
            place = self._form.place(error.index) if isinstance(error, InputInvalid) else 0
            return self._refused(error, place, len(given))
        except Exception:  # noqa: BLE001 - a fault behind the handler must reach the client as a StatusCode
            _log.exception("predictions failed", model=self._model)
            return failed(Status.BadInternalError)

    def _refused(self, error: OpcuaMlError, place: int, count: int) -> ua.CallMethodResult:
        sentence = error.sentence
        if isinstance(error, InputInvalid) and error.row is not None:
            sentence = f"{self.input_arguments[place].Name}[{error.row}]: {sentence}"
        _log.info("predictions refused", model=self._model, reason=sentence)
        return refused(error, place, count, sentence)

    def _answer(self, predictions: list[Prediction]) -> list[ua.Variant]:
        return [
            *(_column(item, index, predictions) for index, item in enumerate(self._outputs)),
            *(
                _strings([label_text(item, one.outputs[index]) if one.outputs else "" for one in predictions])
                for index, item in enumerate(self._outputs)
                if is_label(item)
            ),
            ua.Variant(predictions[0].version, ua.VariantType.String),
            _strings([one.id for one in predictions]),
            ua.Variant(
                [shared_status(one.status) for one in predictions], ua.VariantType.StatusCode, None, True
            ),
            _strings([one.reason for one in predictions]),
        ]


def _output_argument(item: Output) -> ua.Argument:
    shape = (TWO_DIMENSIONS, (0, item.length)) if item.length > 1 else (ONE_DIMENSION, (0,))
    words = joined("; ", [described_output(item), said("one per row")])
    return argument(item.name, data_type_id(output_data_type(item)), words, *shape)


def _column(item: Output, index: int, predictions: list[Prediction]) -> ua.Variant:
    """One output of all rows; a row without outputs has a filler here, and its status tells so."""
    kind = output_data_type(item)
    values: list[Any] = [one.outputs[index] if one.outputs else _filler(item, kind) for one in predictions]
    if item.length == 1:
        return ua.Variant(values, variant_type(kind), None, True)
    flat = [member for value in values for member in value]
    return ua.Variant(flat, variant_type(kind), [ua.Int32(len(values)), ua.Int32(item.length)], True)


def _filler(item: Output, kind: DataType) -> object:
    one: object = float("nan") if kind in FLOATING else "" if kind is DataType.STRING else 0
    if kind is DataType.BOOLEAN:
        one = False
    return one if item.length == 1 else (one,) * item.length


def _classes_of(output: str) -> str:
    return phrase("Names of the classes that {output} tells.", output=output)


def _strings(items: list[str]) -> ua.Variant:
    return ua.Variant(items, ua.VariantType.String, None, True)
