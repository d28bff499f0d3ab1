"""The cells of a model's inputs or outputs, and how they change: numbers in bulk, the rest one by one."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from asyncua import ua

from opcua_ml.domain.signature import DataType
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.live import CellGroup, Numbers
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.values import date_time, to_variant, variant_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Output
    from opcua_ml.opcua.live import ValueCell

Change = tuple["ValueCell", ua.DataValue]
_Told = tuple["ValueCell", "Value | None", DataType]


class NumberGroup(NamedTuple):
    """Scalars of one type among a model's inputs or outputs."""

    kind: ua.VariantType
    places: list[int]
    cells: CellGroup

    def numbers(self, values: Sequence[Any], status: int, source: int, server: int) -> Numbers:
        """Their change to `values`, of which each has its place."""
        contents = values if len(values) == len(self.places) else [values[place] for place in self.places]
        return Numbers(self.cells, self.kind, contents, status, source, server)


def number_groups(
    cells: Sequence[ValueCell], scalars: Iterable[tuple[int, DataType]]
) -> tuple[list[NumberGroup], list[int]]:
    """The numbers and Booleans by type, and the places of all that are none.

    Args:
        cells: one for each place.
        scalars: place and type of what has one value; the others belong to no group.
    """
    grouped: dict[DataType, list[int]] = {}
    for place, kind in scalars:
        if kind is not DataType.STRING:
            grouped.setdefault(kind, []).append(place)
    groups = [
        NumberGroup(variant_type(kind), places, CellGroup(cells[place] for place in places))
        for kind, places in grouped.items()
    ]
    numbers = {place for places in grouped.values() for place in places}
    return groups, [place for place in range(len(cells)) if place not in numbers]


class OutputCells:
    """Outputs in the order of the signature.

    Args:
        cells: one for each output.
        outputs: of the signature.
        elements: of each output the cells of an array's elements, where they have variables of their own.
    """

    def __init__(
        self,
        cells: Sequence[ValueCell],
        outputs: Sequence[Output],
        elements: Sequence[Sequence[ValueCell]],
    ) -> None:
        self._cells = cells
        self._kinds = [output_data_type(output) for output in outputs]
        scalars = [
            (place, kind)
            for place, (kind, output) in enumerate(zip(self._kinds, outputs, strict=True))
            if output.length <= 1
        ]
        self._groups, self._others = number_groups(cells, scalars)
        self._elements = [
            (place, variant_type(self._kinds[place]), CellGroup(own))
            for place, own in enumerate(elements)
            if own
        ]

    def changes(
        self,
        outputs: Sequence[Value | None],
        status: ua.StatusCode,
        source: datetime | None,
        server: datetime | None,
    ) -> tuple[list[Numbers], list[Change]]:
        """What `change_together` takes to show these values, one for each output, with status and times."""
        if status.is_bad() or source is None or server is None:
            told = chain(self._each(range(len(self._cells)), outputs), self._each_element(outputs))
            return [], _one_by_one(told, status, source, server)
        stamps = to_filetime(source), to_filetime(server)
        numbers = [group.numbers(outputs, status.value, *stamps) for group in self._groups]
        for place, kind, cells in self._elements:
            values: Any = outputs[place]
            numbers.append(Numbers(cells, kind, values, status.value, *stamps))
        return numbers, _one_by_one(self._each(self._others, outputs), status, source, server)

    def _each(self, places: Iterable[int], outputs: Sequence[Value | None]) -> Iterator[_Told]:
        return ((self._cells[place], outputs[place], self._kinds[place]) for place in places)

    def _each_element(self, outputs: Sequence[Value | None]) -> Iterator[_Told]:
        for place, _, cells in self._elements:
            values: Any = outputs[place] or [None] * len(cells)
            for cell, value in zip(cells, values, strict=True):
                yield cell, value, self._kinds[place]


def _one_by_one(
    told: Iterable[_Told], status: ua.StatusCode, source: datetime | None, server: datetime | None
) -> list[Change]:
    stamps = date_time(source), date_time(server)
    return [(cell, ua.DataValue(to_variant(value, kind), status, *stamps)) for cell, value, kind in told]
