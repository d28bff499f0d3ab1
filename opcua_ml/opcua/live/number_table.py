"""Numbers of one type that change often and are watched: kept, compared and told as arrays.

A change is only noted. Before anything of it can be seen (a Read, a message, another way of changing or
of watching a value), all that was noted is settled in one pass, each value's changes in their order, and
so as if each change had been told at once. What costs most is not this work but to fetch the memory that
it touches, hundreds of times a second, for each value anew; arrays are fetched as a whole, and once.
"""

from __future__ import annotations

from struct import pack
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

import numpy as np

from opcua_ml.opcua.hot.variant_reader import NUMBERS_AND_BOOLEAN
from opcua_ml.opcua.live.number_pass import NO_TIMES, Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from opcua_ml.opcua.live.cell import ValueCell
    from opcua_ml.opcua.live.change import Numbers
    from opcua_ml.opcua.live.watcher import NumberWatcher

_MOST_WAITING: Final = 4096
"""Noted values after which they are settled although nobody looks."""
_LEAST_JOINING: Final = 16
_JOINING_SHARE: Final = 8
_FIRST_ROWS: Final = 64


class NumberColumn(Protocol):
    """Watchers of one receiver, at most one for each place of a table."""

    def join(self, joining: Sequence[tuple[int, NumberWatcher]]) -> None:
        """Take in watchers, each with its place."""
        ...

    def changed(self, news: Pass) -> None:
        """Take changes, without telling anybody of them yet."""
        ...


class Noted(NamedTuple):
    """Numbers that changed together, as they are noted; the fields of `Pass`, for all of them."""

    places: NDArray[Any]
    packed: bytes
    status: int
    source: int
    server: int
    at: float


class NumberTable:
    """Numbers of one type.

    Args:
        tables: all of the server.
        kind: the VariantType, of fixed length.

    Attributes:
        columns: who is told.
        generation: rises when a cell joins or leaves.
    """

    def __init__(self, tables: NumberTables, kind: int) -> None:
        self.tables = tables
        self.kind = kind
        self.code = NUMBERS_AND_BOOLEAN[kind]
        self.type = np.dtype("<" + self.code)
        self.columns: dict[NumberColumn, None] = {}
        self.generation = 0
        self._cells: list[ValueCell | None] = []
        self._free: list[int] = []
        self._noted: list[Noted] = []
        self._joining: dict[ValueCell, None] = {}
        self._values = np.zeros(_FIRST_ROWS, self.type)
        self._status = np.zeros(_FIRST_ROWS, np.uint32)
        self._source, self._server, self._changed, self._order = (
            np.zeros(_FIRST_ROWS, np.int64) for _ in range(4)
        )
        self._passes = 0
        self._since_join = 0

    def __len__(self) -> int:
        return len(self._cells) - len(self._free)

    # Changes

    def noted(self, batch: Numbers, places: NDArray[Any]) -> Noted:
        """A batch as it is noted.

        Raises:
            struct.error: one of the numbers does not fit its type.
        """
        packed = pack(f"<{len(places)}{self.code}", *batch.contents)
        clock = self.tables.clock
        at = clock() if clock is not None else 0.0
        return Noted(places, packed, batch.status, batch.source, batch.server, at)

    def note(self, noted: Noted) -> None:
        """These have changed."""
        self._noted.append(noted)
        self.tables.count(self, len(noted.places))

    def settle(self) -> None:
        """Bring all that was noted to its places and columns."""
        noted, self._noted = self._noted, []
        if not noted:
            return
        news = self._put(noted)
        for column in self.columns:
            column.changed(news)

    def _put(self, noted: Sequence[Noted]) -> Pass:
        """Put the changes in their places; the last of a place stays there."""
        counts = [len(one.places) for one in noted]
        places = np.concatenate([one.places for one in noted])
        self._since_join += len(places)
        numbers = np.arange(len(places))
        self._order[places] = numbers
        news = Pass(
            places,
            np.frombuffer(b"".join([one.packed for one in noted]), self.type),
            np.repeat(np.array([one.status for one in noted], np.uint32), counts),
            np.repeat(np.array([one.source for one in noted], np.int64), counts),
            np.repeat(np.array([one.server for one in noted], np.int64), counts),
            np.repeat(np.array([one.at for one in noted]), counts) if self.tables.clock else NO_TIMES,
            bool((self._order[places] == numbers).all()),
        )
        self._passes += 1
        self._values[places] = news.values
        self._status[places] = news.status
        self._source[places] = news.source
        self._server[places] = news.server
        self._changed[places] = self._passes
        return news

    # What cells ask

    def changed_at(self, place: int) -> int:
        """A number that differs once the value has changed."""
        self.tables.settle()
        return int(self._changed[place])

    def present(self, places: NDArray[Any]) -> Pass:
        """What several hold, as if it came just now."""
        return Pass(
            places,
            self._values[places],
            self._status[places],
            self._source[places],
            self._server[places],
            NO_TIMES,
            distinct=True,
        )

    def held(self, place: int) -> tuple[Any, int, int, int]:
        """Number, StatusCode, source and server time as filetimes."""
        self.tables.settle()
        return (
            self._values[place].item(),
            int(self._status[place]),
            int(self._source[place]),
            int(self._server[place]),
        )

    # Who is in it

    def cell_at(self, place: int) -> ValueCell:
        """Whose place it is."""
        found = self._cells[place]
        assert found is not None, f"nobody has place {place}"  # noqa: S101 - columns know only places that are held
        return found

    def nominate(self, cell: ValueCell) -> None:
        """A cell whose watchers all would take its numbers as arrays; it joins when that is worth it.

        Each time some join, columns are put in order anew: so many join together, or after many changes.
        """
        self._joining[cell] = None
        size = len(self)
        if len(self._joining) >= max(_LEAST_JOINING, size // _JOINING_SHARE) or 0 < size <= self._since_join:
            joining, self._joining = self._joining, {}
            self._since_join = 0
            self._join(joining)

    def leave(self, place: int) -> None:
        """Whose place it was is not in the table any more."""
        self.generation += 1
        self._cells[place] = None
        self._free.append(place)

    def _join(self, cells: Iterable[ValueCell]) -> None:
        self.generation += 1
        joining: dict[NumberColumn, list[tuple[int, NumberWatcher]]] = {}
        for cell, watchers in _still_fit(cells, self.kind):
            columns = [column for watcher in watchers if (column := watcher.column(self)) is not None]
            if len(set(columns)) < len(watchers):
                continue  # two items of one subscription on one node, or one that has to be told at once
            content, status, source, server = cell.number()
            place = self._place_for(cell)
            self._values[place], self._status[place] = content, status
            self._source[place], self._server[place] = source, server
            self._changed[place] = -1
            cell.join(self, place)
            for column, watcher in zip(columns, watchers, strict=True):
                joining.setdefault(column, []).append((place, watcher))
        for column, rows in joining.items():
            column.join(rows)
            self.columns[column] = None

    def _place_for(self, cell: ValueCell) -> int:
        if self._free:
            place = self._free.pop()
            self._cells[place] = cell
            return place
        place = len(self._cells)
        self._cells.append(cell)
        if place >= len(self._values):
            for name in ("_values", "_status", "_source", "_server", "_changed", "_order"):
                held = getattr(self, name)
                setattr(self, name, np.concatenate((held, np.zeros_like(held))))
        return place


def _still_fit(cells: Iterable[ValueCell], kind: int) -> Iterator[tuple[ValueCell, list[NumberWatcher]]]:
    for cell in cells:
        watchers: list[Any] = list(cell.datachange_callbacks.values())
        if cell.holds_number(kind) and watchers and all(getattr(one, "steady", False) for one in watchers):
            yield cell, watchers


class NumberTables:
    """All tables of one server, by the type of their numbers.

    Attributes:
        clock: seconds, for columns that ask when changes came; None while there is none.
    """

    def __init__(self) -> None:
        self.clock: Callable[[], float] | None = None
        self._tables: dict[int, NumberTable] = {}
        self._noted: dict[NumberTable, None] = {}
        self._waiting = 0

    def table(self, kind: int) -> NumberTable:
        """The table of numbers of this type."""
        found = self._tables.get(kind)
        if found is None:
            found = self._tables[kind] = NumberTable(self, kind)
        return found

    def count(self, table: NumberTable, values: int) -> None:
        """So many values more were noted in the table."""
        self._noted[table] = None
        self._waiting += values
        if self._waiting >= _MOST_WAITING:
            self.settle()

    def settle(self) -> None:
        """Bring everything to where it can be seen."""
        if not self._waiting:
            return
        self._waiting = 0
        noted, self._noted = self._noted, {}
        for table in noted:
            table.settle()
