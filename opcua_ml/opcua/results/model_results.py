"""One model's verdicts as results of Machinery.

Source: OPC 40001-101, 10.5 (ResultDataType).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from asyncua import ua

from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.results.evaluation import evaluation
from opcua_ml.opcua.space.labels import is_label, label_words
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.texts import joined, text
from opcua_ml.opcua.values import shared_status, to_variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.live import ValueCell
    from opcua_ml.opcua.results.events import ResultEvents
    from opcua_ml.opcua.results.members import ResultMembers
    from opcua_ml.opcua.space.output_cells import Change


class ResultKeeper(Protocol):
    """Keeps the results of all models, and tells of them."""

    events: ResultEvents

    def keep(self, result_id: str, content: Mapping[str, Any]) -> ua.Variant:
        """A result as a value, which can be fetched by its id from now on."""
        ...


@dataclass
class ModelResults:
    """Makes one model's results; without a cell it makes none."""

    management: ResultKeeper
    card: ModelCard
    ranges: Mapping[str, OutputRanges]
    cell: ValueCell | None
    context: Mapping[str, ValueCell]
    members: ResultMembers | None = None
    _ready: list[tuple[ua.Variant, Mapping[str, Any]]] = field(default_factory=list)

    def changes(
        self, prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None
    ) -> Iterator[Change]:
        """The result that one prediction makes."""
        if self.cell is not None:
            content = self._content(prediction)
            value = self.management.keep(prediction.id, content)
            self._ready.append((value, content["ResultMetaData"]))
            yield self.cell, ua.DataValue(value, shared_status(Status.Good), source, server)
            if self.members is not None:
                yield from self.members.changes(
                    content["ResultMetaData"], prediction.context or {}, source, server
                )

    async def shown(self, prediction: Prediction) -> None:
        """Tell of the result by an event, now that it is on show and can be fetched."""
        ready, self._ready = self._ready, []
        for result, meta_data in ready:
            await self.management.events.raise_one(prediction.model, result, meta_data, datetime.now(UTC))

    def _content(self, prediction: Prediction) -> dict[str, Any]:
        outputs = self.card.signature.outputs
        pairs = list(zip(outputs, prediction.outputs, strict=False))
        labels = [label_words(item, value) for item, value in pairs if is_label(item)]
        words = prediction.reason or joined(", ", labels)
        # The structure has no place for a quality: what is not Good would be taken for a truth.
        written = {name: _good_text(cell.value) for name, cell in self.context.items()}
        told = {
            name: one.value
            for name, one in (prediction.context or {}).items()
            if severity(one.status) is Severity.GOOD and one.value is not None
        }
        return {
            "ResultMetaData": {
                "ResultId": prediction.id,
                "IsPartial": False,
                "IsSimulated": False,
                **written,
                **told,
                "InternalRecipeId": f"{prediction.model} {prediction.version}",
                "CreationTime": prediction.source_timestamp,
                "ResultEvaluation": int(evaluation(prediction, self.card.signature, self.ranges)),
                "ResultEvaluationDetails": text(words),
            },
            "ResultContent": [to_variant(value, output_data_type(item)) for item, value in pairs],
        }


def _good_text(held: ua.DataValue) -> str | None:
    """What a client wrote; None where it is empty, or not Good."""
    code = held.StatusCode.value if held.StatusCode is not None else Status.Good
    if held.Value is None or severity(code) is not Severity.GOOD:
        return None
    return held.Value.Value or None
