"""Cells that change together again and again."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from opcua_ml.opcua.live.cell import ValueCell
    from opcua_ml.opcua.live.number_table import NumberTable
    from opcua_ml.opcua.live.numbers import Numbers


class _Home(NamedTuple):
    """Where all cells of a group are."""

    table: NumberTable
    generation: int
    places: bytes
    pack: Callable[..., None]


class CellGroup(Sequence["ValueCell"]):
    """Remembers where its cells are, so that a change of all of them need not look at any.

    Args:
        cells: in the order in which their values come.
    """

    def __init__(self, cells: Iterable[ValueCell]) -> None:
        self._cells = tuple(cells)
        self._home: _Home | None = None

    def __len__(self) -> int:
        return len(self._cells)

    def __iter__(self) -> Iterator[ValueCell]:
        return iter(self._cells)

    def __getitem__(self, place: Any) -> Any:
        return self._cells[place]

    def note(self, batch: Numbers) -> bool:
        """Note a change of all cells, where they are this group; False where it has to be made otherwise.

        That is where they are not all in one table of this type, or the numbers do not fit it.
        """
        home = self._home
        if home is None or home[1] != home[0].generation:
            home = self._find()
            if home is None:
                return False
        table, _, places, pack = home
        if table.kind != batch[1]:
            return False
        try:
            table.note(places, pack, batch)
        except (struct.error, OverflowError):
            return False
        return True

    def _find(self) -> _Home | None:
        tables = {cell.table for cell in self._cells}
        table = tables.pop() if len(tables) == 1 else None
        if table is None:
            return None
        places = np.array([cell.place for cell in self._cells], np.int64).tobytes()
        pack = struct.Struct(f"<{len(self._cells)}{table.code}").pack_into
        self._home = _Home(table, table.generation, places, pack)
        return self._home
