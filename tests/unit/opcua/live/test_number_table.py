"""Numbers that change in groups are noted, and settled in their order, however many they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from asyncua import ua

from opcua_ml.opcua.live import CellGroup, Numbers, NumberTables, ValueCell, change_together, number_table
from opcua_ml.opcua.live.watcher import NumberWatcher

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.opcua.live import NumberColumn, NumberTable, Pass

DOUBLE = ua.VariantType.Double
made: Any = ua


class Column:
    """Keeps all that it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[int, float, int]] = []

    def join(self, joining: Sequence[tuple[int, NumberWatcher]]) -> None:
        """Whoever comes."""

    def changed(self, news: Pass) -> None:
        """Keep place, number and status."""
        self.told += zip(news.places.tolist(), news.values.tolist(), news.status.tolist(), strict=True)


class Watcher(NumberWatcher):
    """Would take its numbers from a column."""

    indifferent = False

    def __init__(self, column: Column) -> None:
        self._column = column

    @property
    def steady(self) -> bool:
        """As long as it lives."""
        return True

    def number(self, *_: Any) -> bool:
        """Take one that is told at once."""
        return True

    def column(self, table: NumberTable) -> NumberColumn:  # noqa: ARG002 - as it is declared
        """The same for all."""
        return self._column


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each cell joins its table as soon as it may."""
    monkeypatch.setattr(number_table, "LEAST_JOINING", 1)
    monkeypatch.setattr(number_table, "JOINING_SHARE", 10**9)


async def watched(count: int) -> tuple[NumberTables, Column, list[ValueCell]]:
    """Cells in one table."""
    tables, column = NumberTables(), Column()
    cells = [ValueCell(made.DataValue()) for _ in range(count)]
    for cell in cells:
        watcher: Any = Watcher(column)
        cell.datachange_callbacks[1] = watcher
        cell.tables = tables
    await change_together((), [Numbers(cells, DOUBLE, [0.0] * count, 0, 1, 1)])
    assert all(cell.table is not None for cell in cells)
    return tables, column, cells


def held(cell: ValueCell) -> Any:
    """As a Read answers it."""
    value: Any = cell.value
    return value.Value.Value


async def change(cells: CellGroup, contents: list[Any], status: int = 0) -> None:
    """Change a group."""
    await change_together((), [Numbers(cells, DOUBLE, contents, status, 10, 20)])


async def test_changes_of_groups_are_told_in_their_order() -> None:
    """With the StatusCode of each group."""
    tables, column, cells = await watched(40)
    first, second = CellGroup(cells[:3]), CellGroup(cells[2:5])
    await change(first, [1.0, 2.0, 3.0])
    await change(second, [4.0, 5.0, 6.0], 0x4000_0000)
    assert column.told == []
    tables.settle()
    places = [cell.place for cell in cells]
    uncertain = [(places[2 + at], 4.0 + at, 0x4000_0000) for at in range(3)]
    assert column.told == [(places[at], 1.0 + at, 0) for at in range(3)] + uncertain


@pytest.mark.parametrize("size", [100, 4095, 4096, 4097, 9000])
async def test_a_group_of_any_size_is_noted_whole(size: int) -> None:
    """Beside smaller ones, and more than there is room for at first."""
    tables, column, cells = await watched(size)
    whole, few = CellGroup(cells), CellGroup(cells[:10])
    for turn in (1.0, 2.0, 3.0):
        await change(few, [turn] * 10)
        await change(whole, [turn + at for at in range(size)])
    tables.settle()
    assert len(column.told) == 3 * (size + 10)
    assert [held(cell) for cell in cells[-3:]] == [size + 0.0, size + 1.0, size + 2.0]
    assert column.told[-1] == (cells[-1].place, size + 2.0, 0)


async def test_of_a_group_with_a_misfit_the_others_count() -> None:
    """Whatever was noted before it comes first."""
    _, _, cells = await watched(40)
    group = CellGroup(cells[:3])
    await change(group, [1.0, 1.0, 1.0])
    await change(group, [2.0, "no number", 3.0])
    assert [held(cell) for cell in cells[:4]] == [2.0, "no number", 3.0, 0.0]


async def test_too_few_numbers_change_nothing() -> None:
    """One for each cell is wanted."""
    tables, column, cells = await watched(40)
    with pytest.raises(ValueError, match=r"2 numbers for 3 cells: wanted one for each\."):
        await change(CellGroup(cells[:3]), [1.0, 2.0])
    tables.settle()
    assert column.told == []
