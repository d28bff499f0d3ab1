"""Numbers of one type that change often and are watched: kept, compared and told as arrays.

A change is only noted. Before anything of it can be seen (a Read, a message, another way of changing or
of watching a value), all that was noted is settled in one pass, each value's changes in their order, and
so as if each change had been told at once. What costs most is not this work but to fetch the memory that
it touches, hundreds of times a second, for each value anew; arrays are fetched as a whole, and once.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from opcua_ml.opcua.hot.change_rows import ENDING, ENDING_BYTES
from opcua_ml.opcua.hot.variant_reader import NUMBERS_AND_BOOLEAN
from opcua_ml.opcua.live.number_pass import NO_TIMES, Pass

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from opcua_ml.opcua.live.cell import ValueCell
    from opcua_ml.opcua.live.numbers import Numbers
    from opcua_ml.opcua.live.watcher import NumberWatcher

_MOST_WAITING: Final = 4096
"""Noted values after which they are settled although nobody looks."""
LEAST_JOINING: Final = 16
JOINING_SHARE: Final = 8
_FIRST_ROWS: Final = 64
_PLACE: Final = 8
"""Bytes of a place."""
_ENDING: Final = ENDING.itemsize
_pack_ending: Final = Struct("<Iqq").pack_into


class NumberColumn(Protocol):
    """Watchers of one receiver, at most one for each place of a table."""

    def join(self, joining: Sequence[tuple[int, NumberWatcher]]) -> None:
        """Take in watchers, each with its place."""
        ...

    def changed(self, news: Pass) -> None:
        """Take changes, without telling anybody of them yet."""
        ...


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
        self._packed = bytearray(_MOST_WAITING * self.type.itemsize)
        self._shared = bytearray(_MOST_WAITING * ENDING.itemsize)
        self._noted: list[bytes] = []
        self._at: list[float] = []
        self._joining: dict[ValueCell, None] = {}
        self._values = np.zeros(_FIRST_ROWS, self.type)
        self._endings = np.zeros(_FIRST_ROWS, ENDING_BYTES)
        self._changed, self._order = (np.zeros(_FIRST_ROWS, np.int64) for _ in range(2))
        self._count = np.arange(_FIRST_ROWS)
        self._waiting = self._not_good = 0
        self._passes = 0
        self._since_join = 0

    def __len__(self) -> int:
        return len(self._cells) - len(self._free)

    # Changes

    def note(self, places: bytes, pack: Callable[..., None], batch: Numbers) -> None:
        """Numbers of these places, int64, have changed.

        It is written behind what was noted before: a piece of memory for each would be fetched anew later.

        Args:
            places: of all cells.
            pack: writes the numbers into a buffer.
            batch: the change.

        Raises:
            struct.error: one of the numbers does not fit the type; nothing is noted then.
        """
        _, _, contents, status, source, server = batch
        tables, noted, count = self.tables, self._noted, len(places) // _PLACE
        if (self._waiting + count) * self.type.itemsize > len(self._packed):
            noted = self._make_room(count)
        begin = self._waiting
        pack(self._packed, begin * self.type.itemsize, *contents)
        _pack_ending(self._shared, len(noted) * _ENDING, status, source, server)
        if not noted:
            tables.noted(self)
        noted.append(places)
        clock = tables.clock
        self._at.append(clock() if clock is not None else 0.0)
        self._not_good |= status
        self._waiting = begin + count
        if self._waiting >= _MOST_WAITING:
            tables.settle()

    def _make_room(self, count: int) -> list[bytes]:
        """Have nothing noted, and room for so many numbers."""
        self.tables.settle()
        size = count * self.type.itemsize
        if size > len(self._packed):
            self._packed = bytearray(size)
        return self._noted

    def settle(self) -> None:
        """Bring all that was noted to its places and columns."""
        if not self._noted:
            return
        news = self._put()
        for column in self.columns:
            column.changed(news)

    def _put(self) -> Pass:
        """Put the changes in their places; the last of a place stays there."""
        noted, at, waiting = self._noted, self._at, self._waiting
        self._noted, self._at, self._waiting = [], [], 0
        counts = [len(one) // _PLACE for one in noted]
        places = np.frombuffer(b"".join(noted), np.int64)
        self._since_join += waiting
        while waiting > len(self._count):
            self._count = np.arange(2 * len(self._count))
        numbers = self._count[:waiting]
        self._order[places] = numbers
        news = Pass(
            places,
            np.frombuffer(self._packed, self.type, waiting).copy(),
            np.repeat(np.frombuffer(self._shared, ENDING_BYTES, len(noted)), counts),
            np.repeat(at, counts) if self.tables.clock else NO_TIMES,
            bool((self._order[places] == numbers).all()),
            not self._not_good,
        )
        self._not_good = 0
        self._passes += 1
        self._values[places] = news.values
        self._endings[places] = news.endings
        self._changed[places] = self._passes
        return news

    # What cells ask

    def changed_at(self, place: int) -> int:
        """A number that differs once the value has changed."""
        self.tables.settle()
        return int(self._changed[place])

    def present(self, places: NDArray[Any]) -> Pass:
        """What several hold, as if it came just now."""
        return Pass(places, self._values[places], self._endings[places], NO_TIMES, distinct=True)

    def held(self, place: int) -> tuple[Any, int, int, int]:
        """Number, StatusCode, source and server time as filetimes."""
        self.tables.settle()
        status, source, server = self._endings.view(ENDING)[place].item()
        return self._values[place].item(), status, source, server

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
        if len(self._joining) >= max(LEAST_JOINING, size // JOINING_SHARE) or 0 < size <= self._since_join:
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
            self._values[place], self._endings.view(ENDING)[place] = content, (status, source, server)
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
            for name in ("_values", "_endings", "_changed", "_order"):
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

    def table(self, kind: int) -> NumberTable:
        """The table of numbers of this type."""
        found = self._tables.get(kind)
        if found is None:
            found = self._tables[kind] = NumberTable(self, kind)
        return found

    def noted(self, table: NumberTable) -> None:
        """The table has something to settle."""
        self._noted[table] = None

    def settle(self) -> None:
        """Bring everything to where it can be seen."""
        if self._noted:
            noted, self._noted = self._noted, {}
            for table in noted:
                table.settle()
