"""A variable whose history is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from opcua_ml.application.history.record import Column
from opcua_ml.domain.signature import FLOATING
from opcua_ml.opcua.space.node_ids import below, model_path
from opcua_ml.opcua.space.variables import input_data_type, output_data_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.signature import DataType


class Historized(NamedTuple):
    """One of them.

    Attributes:
        column: its path and type.
        stepped: whether a value holds until the next one; else a line between two has a meaning.
    """

    column: Column
    stepped: bool

    @property
    def path(self) -> str:
        """Of its node."""
        return self.column.path


def historized_inputs(card: ModelCard) -> Iterator[Historized]:
    """Of one model, in the signature's order."""
    folder = below(model_path(card.name), "Inputs")
    for item in card.signature.inputs:
        yield _historized(below(folder, item.name), input_data_type(item), item.is_array)


def historized_outputs(card: ModelCard) -> Iterator[Historized]:
    """Of one model, in the signature's order."""
    folder = below(model_path(card.name), "Outputs")
    for item in card.signature.outputs:
        yield _historized(below(folder, item.name), output_data_type(item), item.length > 1)


def _historized(path: str, data_type: DataType, is_array: bool) -> Historized:
    return Historized(Column(path, data_type, is_array), is_array or data_type not in FLOATING)
