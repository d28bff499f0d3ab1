"""The cells of a model's outputs, and how they change: numbers of one type in bulk, the rest one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from asyncua import ua

from opcua_ml.domain.signature import DataType
from opcua_ml.opcua.hot import to_filetime
from opcua_ml.opcua.live import Numbers
from opcua_ml.opcua.server.variables import output_data_type
from opcua_ml.opcua.values import date_time, variant_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from opcua_ml.domain.signature import Output
    from opcua_ml.opcua.live import ValueCell

Change = tuple["ValueCell", ua.DataValue]


class _Group(NamedTuple):
    """Scalar outputs of one type."""

    kind: ua.VariantType
    places: list[int]
    cells: list[ValueCell]


class OutputCells:
    """Outputs in the order of the signature.

    Args:
        cells: one for each output.
        outputs: of the signature.
    """

    def __init__(self, cells: Sequence[ValueCell], outputs: Sequence[Output]) -> None:
        self._cells = cells
        self._others: list[int] = []
        groups: dict[DataType, _Group] = {}
        for place, output in enumerate(outputs):
            kind = output_data_type(output)
            if kind is DataType.STRING or output.length > 1:
                self._others.append(place)
                continue
            group = groups.setdefault(kind, _Group(variant_type(kind), [], []))
            group.places.append(place)
            group.cells.append(cells[place])
        self._groups = list(groups.values())

    def changes(
        self,
        variants: Sequence[ua.Variant],
        status: ua.StatusCode,
        source: datetime | None,
        server: datetime | None,
    ) -> tuple[list[Numbers], list[Change]]:
        """What `change_together` takes to show variants, one for each output, with this status and times."""
        if status.is_bad() or source is None or server is None:
            return [], self._one_by_one(range(len(self._cells)), variants, status, source, server)
        stamps = to_filetime(source), to_filetime(server)
        numbers = [
            Numbers(
                group.cells,
                group.kind,
                [variants[place].Value for place in group.places],
                status.value,
                *stamps,
            )
            for group in self._groups
        ]
        return numbers, self._one_by_one(self._others, variants, status, source, server)

    def _one_by_one(
        self,
        places: Sequence[int],
        variants: Sequence[ua.Variant],
        status: ua.StatusCode,
        source: datetime | None,
        server: datetime | None,
    ) -> list[Change]:
        stamps = date_time(source), date_time(server)
        return [(self._cells[place], ua.DataValue(variants[place], status, *stamps)) for place in places]
