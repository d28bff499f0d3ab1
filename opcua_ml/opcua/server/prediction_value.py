"""Predictions as what the nodes show: DataValues of inputs and outputs, and the structure of `Latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.server.labels import is_label, label_text
from opcua_ml.opcua.server.variables import input_data_type, output_data_type
from opcua_ml.opcua.values import NULL, date_time, status_code, text, to_variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Signature
    from opcua_ml.opcua.server.names import Names

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

    def inputs(self, prediction: Prediction) -> list[ua.Variant]:
        """One per input; null where the input was Bad."""
        triples = zip(prediction.inputs, prediction.input_status, self._inputs, strict=True)
        return [NULL if code >= Status.Bad else to_variant(value, kind) for value, code, (_, kind) in triples]

    def outputs(self, prediction: Prediction) -> list[ua.Variant]:
        """One per output; all null where the prediction is Bad."""
        if prediction.is_bad:
            return [NULL] * len(self._outputs)
        return [
            to_variant(value, kind)
            for value, (_, kind) in zip(prediction.outputs, self._outputs, strict=True)
        ]

    def labels(self, prediction: Prediction) -> list[ua.Variant]:
        """One per label: the class name."""
        if prediction.is_bad:
            return [NULL] * len(self._labels)
        return [
            ua.Variant(text(label_text(item, prediction.outputs[index])), ua.VariantType.LocalizedText)
            for index, item in self._labels
        ]

    def latest(
        self,
        prediction: Prediction,
        inputs: Sequence[ua.Variant],
        outputs: Sequence[ua.Variant],
        now: datetime,
    ) -> ua.Variant:
        """The structure that holds all of it."""
        status = status_code(prediction.status)
        structure = self._structure(
            PredictionId=prediction.id,
            Sequence=prediction.sequence,
            ModelName=prediction.model,
            ModelVersion=prediction.version,
            SourceTimestamp=date_time(prediction.source_timestamp),
            ServerTimestamp=date_time(now),
            StatusCode=status,
            Quality=quality_word(prediction.status),
            Reason=prediction.reason,
            OffendingTag=prediction.offending_input,
            Inputs=list(self._named_inputs(prediction, inputs)),
            Outputs=[
                self._named_value(name, variant, status)
                for (name, _), variant in zip(self._outputs, outputs, strict=True)
                if not prediction.is_bad
            ],
            InferenceTime=prediction.inference_seconds * 1e3,
            SourceAge=prediction.source_age_seconds * 1e3,
        )
        return ua.Variant(structure, ua.VariantType.ExtensionObject, None, False)

    def _named_inputs(self, prediction: Prediction, inputs: Sequence[ua.Variant]) -> Iterator[Any]:
        for (name, _), variant, code in zip(self._inputs, inputs, prediction.input_status, strict=True):
            yield self._named_value(name, variant, status_code(code))
