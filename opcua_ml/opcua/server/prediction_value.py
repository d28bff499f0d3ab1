"""Predictions as what the nodes show: the names of labels, and the structure of `Latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.space.labels import is_label, label_words
from opcua_ml.opcua.space.shown_types import input_data_type, output_data_type
from opcua_ml.opcua.texts import users_text
from opcua_ml.opcua.values import NULL, date_time, shared_status, to_variant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Signature
    from opcua_ml.opcua.space.names import Names

_UNCERTAIN = shared_status(Status.Uncertain)
_QUALITY = {Severity.GOOD: "Good", Severity.UNCERTAIN: "Uncertain", Severity.BAD: "Bad"}


def quality_word(status: int) -> str:
    """Good, Uncertain or Bad."""
    return _QUALITY[severity(status)]


class PredictionEncoder:
    """Makes the values of one model's predictions.

    Args:
        names: of both namespaces; the structures' classes are those of the imported nodeset.
        signature: of the model.
    """

    def __init__(self, names: Names, signature: Signature) -> None:
        self._inputs = [(item.name, input_data_type(item)) for item in signature.inputs]
        self._outputs = [(item.name, output_data_type(item)) for item in signature.outputs]
        self._labels = [(index, item) for index, item in enumerate(signature.outputs) if is_label(item)]
        classes = ua.extension_objects_by_datatype
        self._structure: Any = classes[names.type("PredictionDataType")]
        self._named_value: Any = classes[names.type("NamedValueDataType")]

    def fits(self, prediction: Prediction) -> bool:
        """Whether the prediction has as many inputs and outputs as the signature."""
        outputs = len(prediction.outputs)
        return len(prediction.inputs) == len(self._inputs) and outputs in (0, len(self._outputs))

    def labels(self, prediction: Prediction) -> list[ua.Variant]:
        """One per label: the class name."""
        if prediction.is_bad:
            return [NULL] * len(self._labels)
        return [
            ua.Variant(users_text(label_words(item, prediction.outputs[index])), ua.VariantType.LocalizedText)
            for index, item in self._labels
        ]

    def latest(self, prediction: Prediction, now: datetime) -> ua.DataValue:
        """The structure that holds all of it, as `Latest` shows it.

        Under a Bad status the structure, and with it the reason, would have to be null: Uncertain keeps it.
        """
        status = shared_status(prediction.status)
        source, server = date_time(prediction.source_timestamp), date_time(now)
        structure = self._structure(
            PredictionId=prediction.id,
            Sequence=prediction.sequence,
            ModelName=prediction.model,
            ModelVersion=prediction.version,
            SourceTimestamp=source,
            ServerTimestamp=server,
            StatusCode=status,
            Quality=quality_word(prediction.status),
            Reason=prediction.reason,
            OffendingTag=prediction.offending_input,
            Inputs=list(self._named_inputs(prediction)),
            Outputs=list(self._named_outputs(prediction, status)),
            InferenceTime=prediction.inference_seconds * 1e3,
            ResponseTime=prediction.response_seconds * 1e3,
        )
        variant = ua.Variant(structure, ua.VariantType.ExtensionObject, None, False)
        return ua.DataValue(variant, _UNCERTAIN if prediction.is_bad else status, source, server)

    def _named_inputs(self, prediction: Prediction) -> Iterator[Any]:
        """Null where the input was Bad."""
        given = zip(self._inputs, prediction.inputs, prediction.input_status, strict=True)
        for (name, kind), value, code in given:
            variant = NULL if code >= Status.Bad else to_variant(value, kind)
            yield self._named_value(name, variant, shared_status(code))

    def _named_outputs(self, prediction: Prediction, status: ua.StatusCode) -> Iterator[Any]:
        """None of them where the prediction is Bad."""
        if not prediction.is_bad:
            for (name, kind), value in zip(self._outputs, prediction.outputs, strict=True):
                yield self._named_value(name, to_variant(value, kind), status)
