"""The cells of a model's inputs, and how they show what a prediction was made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.status import Status
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.output_cells import Change, number_groups
from opcua_ml.opcua.space.shown_types import input_data_type, is_multi_state_value
from opcua_ml.opcua.space.variable_properties import VALUE_AS_TEXT
from opcua_ml.opcua.texts import users_text
from opcua_ml.opcua.values import NULL, date_time, shared_status, to_variant, utc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Input
    from opcua_ml.opcua.live import Numbers
    from opcua_ml.opcua.space.node_tree import NodeTree


class InputCells:
    """Inputs in the order of the signature.

    Args:
        tree: that holds the model's nodes already.
        folder: path of the inputs.
        inputs: of the signature.
    """

    def __init__(self, tree: NodeTree, folder: str, inputs: Sequence[Input]) -> None:
        self._cells = [tree.cell(below(folder, item.name)) for item in inputs]
        self._kinds = [input_data_type(item) for item in inputs]
        self._names = {
            place: _names_of(item) for place, item in enumerate(inputs) if is_multi_state_value(item)
        }
        self._texts = {
            place: tree.cell(below(folder, item.name, VALUE_AS_TEXT))
            for place, item in enumerate(inputs)
            if is_multi_state_value(item)
        }
        scalars = [
            (place, kind)
            for place, (kind, item) in enumerate(zip(self._kinds, inputs, strict=True))
            if not item.is_array and place not in self._texts
        ]
        self._groups, self._others = number_groups(self._cells, scalars)

    def changes(self, prediction: Prediction, now: datetime) -> tuple[list[Numbers], list[Change]]:
        """What `change_together` takes to show the inputs of a prediction."""
        if any(prediction.input_status) or any(cell.value_setter is not None for cell in self._cells):
            return [], self._one_by_one(range(len(self._cells)), prediction, now)
        stamps = to_filetime(prediction.source_timestamp), to_filetime(now)
        numbers = [group.numbers(prediction.inputs, Status.Good, *stamps) for group in self._groups]
        return numbers, self._one_by_one(self._others, prediction, now)

    def _one_by_one(self, places: Sequence[int], prediction: Prediction, now: datetime) -> list[Change]:
        source, server = date_time(prediction.source_timestamp), date_time(now)
        changes: list[Change] = []
        for place in places:
            if self._is_newer(place, prediction):
                continue
            value, code = prediction.inputs[place], prediction.input_status[place]
            variant = NULL if code >= Status.Bad else to_variant(value, self._kinds[place])
            status = shared_status(code)
            changes.append((self._cells[place], ua.DataValue(variant, status, source, server)))
            words = self._texts.get(place)
            if words is not None:
                changes.append(
                    (words, ua.DataValue(_named(variant, self._names[place]), status, source, server))
                )
        return changes

    def _is_newer(self, place: int, prediction: Prediction) -> bool:
        """Whether a client has written the input since the values that the prediction was made of."""
        cell = self._cells[place]
        if cell.value_setter is None:
            return False
        written = utc(cell.value.SourceTimestamp)
        return written is not None and written > prediction.source_timestamp


def _names_of(item: Input) -> dict[object, str]:
    return dict(zip(item.categories, item.details.category_names, strict=False))


def _named(variant: ua.Variant, names: Mapping[object, str]) -> ua.Variant:
    if variant.Value is None:
        return ua.Variant(None, ua.VariantType.Null)
    return ua.Variant(users_text(names.get(variant.Value, str(variant.Value))), ua.VariantType.LocalizedText)
