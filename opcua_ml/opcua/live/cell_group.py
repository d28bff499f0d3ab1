"""Cells that change together again and again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from opcua_ml.opcua.live.cell import ValueCell
    from opcua_ml.opcua.live.number_table import NumberTable


class CellGroup(Sequence["ValueCell"]):
    """Remembers where its cells are, so that a change of all of them need not look at any.

    Args:
        cells: in the order in which their values come.
    """

    def __init__(self, cells: Iterable[ValueCell]) -> None:
        self._cells = tuple(cells)
        self._known: tuple[NumberTable, int, NDArray[Any]] | None = None

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[ValueCell]:
        return iter(self._cells)

    def __getitem__(self, place: Any) -> Any:
        return self._cells[place]

    def home(self) -> tuple[NumberTable, NDArray[Any]] | None:
        """The one table that all are in, and their places; None where there is no such table."""
        known = self._known
        if known is not None and known[1] == known[0].generation:
            return known[0], known[2]
        tables = {cell.table for cell in self._cells}
        table = tables.pop() if len(tables) == 1 else None
        if table is None:
            return None
        places = np.array([cell.place for cell in self._cells], np.int64)
        self._known = table, table.generation, places
        return table, places
