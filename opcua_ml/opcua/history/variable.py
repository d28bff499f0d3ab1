"""A variable whose history is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from opcua_ml.application.history.record import Column
from opcua_ml.domain.signature import FLOATING
from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.node_ids import below, model_path
from opcua_ml.opcua.space.shown_types import input_data_type, output_data_type
from opcua_ml.opcua.space.variables import element_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.history.record import StoredValue
    from opcua_ml.application.history.store import Cursor, HistoryReader, ValueReader
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.signature import DataType


class Historized(NamedTuple):
    """One of them.

    Attributes:
        column: path and type of what is stored; of an element the path of its array.
        stepped: whether a value holds until the next one; else a line between two has a meaning.
        place: of an element in its array, from 0; None for what is stored itself.
        node: path of an element's node; empty for what is stored itself.
    """

    column: Column
    stepped: bool
    place: int | None = None
    node: str = ""

    @property
    def path(self) -> str:
        """Of its node."""
        return self.node or self.column.path

    def read_by(self, reader: HistoryReader) -> ValueReader:
        """Of whom to ask for the values stored at the column's path."""
        return reader if self.place is None else _ElementReader(reader, self.place)


class _ElementReader:
    """Tells one element of arrays that were stored."""

    def __init__(self, reader: HistoryReader, place: int) -> None:
        self._reader = reader
        self._place = place

    def values(
        self,
        path: str,
        low: int,
        high: int,
        *,
        most: int,
        newest_first: bool = False,
        after: Cursor | None = None,
    ) -> list[StoredValue]:
        """See ValueReader; an array without such an element is Bad, and has no value."""
        found = self._reader.values(path, low, high, most=most, newest_first=newest_first, after=after)
        return [self._element(one) for one in found]

    def _element(self, stored: StoredValue) -> StoredValue:
        if stored.value is None:
            return stored
        if isinstance(stored.value, Sequence) and len(stored.value) > self._place:
            element: Any = stored.value[self._place]
            return stored._replace(value=element)
        return stored._replace(value=None, status=Status.BadNoData)


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


def historized_elements(card: ModelCard) -> Iterator[Historized]:
    """The elements of its arrays that have variables of their own: read from the arrays, not stored again."""
    folder = below(model_path(card.name), "Outputs")
    for item in card.signature.outputs:
        array = below(folder, item.name)
        whole = _historized(array, output_data_type(item), is_array=False)
        for place, name in enumerate(element_names(item)):
            yield whole._replace(place=place, node=below(array, name))


def _historized(path: str, data_type: DataType, is_array: bool) -> Historized:
    return Historized(Column(path, data_type, is_array), is_array or data_type not in FLOATING)
