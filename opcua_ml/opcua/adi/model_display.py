"""How one model's ADI nodes change with its predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.adi.alarm_state import alarm_state
from opcua_ml.opcua.adi.model_nodes import NO_RANGES, model_path, process_variable_path
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.values import shared_status, to_variant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opcua_ml.domain.alarm.ranges import OutputRanges
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.space.node_tree import NodeTree
    from opcua_ml.opcua.space.output_cells import Change


class AdiDisplay:
    """The cells of one model in one version.

    Args:
        tree: that holds the nodes already.
        card: of the version.
        ranges: by output.
    """

    def __init__(self, tree: NodeTree, card: ModelCard, ranges: Mapping[str, OutputRanges]) -> None:
        path = model_path(card.name)
        self._kinds = [output_data_type(item) for item in card.signature.outputs]
        self._outputs = [
            (
                tree.cell(below(path, item.name)),
                tree.cell(process_variable_path(card.name, item.name)),
                tree.cell(f"{below(path, item.name)}.AlarmState"),
                tree.cell(f"{below(path, item.name)}.VendorSpecificError"),
                ranges.get(item.name, NO_RANGES),
            )
            for item in card.signature.outputs
        ]

    def changes(
        self, prediction: Prediction, source: ua.DateTime | None, server: ua.DateTime | None
    ) -> Iterator[Change]:
        """What one prediction changes: values, alarm states and reasons.

        Args:
            prediction: of the model.
            source: SourceTimestamp of the values.
            server: their ServerTimestamp.
        """
        status, good = shared_status(prediction.status), shared_status(Status.Good)
        values = prediction.outputs or (None,) * len(self._outputs)
        for cells, kind, value in zip(self._outputs, self._kinds, values, strict=True):
            output, variable, alarm, reason, ranges = cells
            shown = ua.DataValue(to_variant(value, kind), status, source, server)
            yield output, shown
            yield variable, shown
            state = ua.Variant(int(alarm_state(value, prediction.status, ranges)), ua.VariantType.Int32)
            for cell, wanted in (
                (alarm, state),
                (reason, ua.Variant(prediction.reason, ua.VariantType.String)),
            ):
                if cell.value.Value != wanted:
                    yield cell, ua.DataValue(wanted, good, source, server)

    async def shown(self, prediction: Prediction) -> None:
        """Nothing more: ADI has no events of predictions."""
