"""Hundreds who watch one value are told in parts; each hears every change, in order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from opcua_ml.opcua.live import NumberBatch, Numbers, NumberWatcher, ValueCell, change_together, tell

MANY = 300
made: Any = ua


class Watcher(NumberWatcher):
    """Writes down the numbers that it is told."""

    indifferent = True

    def __init__(self) -> None:
        self.heard: list[float] = []

    def number(self, content: Any, data: bytes, batch: NumberBatch) -> bool:  # noqa: ARG002 - the watcher's signature
        """Take it."""
        self.heard.append(content)
        return True

    def __call__(self, _handle: int, value: ua.DataValue) -> None:
        """Take it as an object."""
        self.heard.append(value.Value.Value)  # type: ignore[union-attr]


def watched(number: int = MANY) -> tuple[ValueCell, list[Watcher]]:
    """A value, and who watches it."""
    cell, watchers = ValueCell(ua.DataValue()), [Watcher() for _ in range(number)]
    cell.datachange_callbacks.update(enumerate(watchers))
    return cell, watchers


def value(number: float) -> ua.DataValue:
    """With both timestamps."""
    now = datetime.now(UTC)
    one: ua.DataValue = made.DataValue(made.Variant(number), SourceTimestamp=now, ServerTimestamp=now)
    return one


class Pause:
    """Where telling waits until it may go on.

    Attributes:
        reached: how many pauses there were.
    """

    def __init__(self) -> None:
        self.reached = 0
        self.go_on = asyncio.Event()

    async def __call__(self) -> None:
        """Wait."""
        self.reached += 1
        await self.go_on.wait()


async def begun(cell: ValueCell, number: float, pause: Pause) -> asyncio.Task[None]:
    """Tell it up to the first pause."""
    task = asyncio.create_task(tell(cell, value(number), breathe=pause), name="telling")
    async with asyncio.timeout(5):
        while not pause.reached:  # noqa: ASYNC110 - nothing announces it
            await asyncio.sleep(0)
    return task


async def test_few_are_told_in_one_go() -> None:
    """No pause is asked for."""
    cell, watchers = watched(50)
    pause = Pause()
    await tell(cell, value(1.0), breathe=pause)
    assert pause.reached == 0
    assert [one.heard for one in watchers] == [[1.0]] * 50


async def test_many_are_told_with_pauses_and_all_of_them() -> None:
    """Some have not heard in the pause, all have in the end."""
    cell, watchers = watched()
    pause = Pause()
    telling = await begun(cell, 1.0, pause)
    assert 0 < sum(map(len, (one.heard for one in watchers))) < MANY
    pause.go_on.set()
    await telling
    assert [one.heard for one in watchers] == [[1.0]] * MANY


@pytest.mark.parametrize("way", ["told", "numbers"])
async def test_a_change_in_a_pause_is_heard_after_the_one_before(way: str) -> None:
    """Whichever way it comes: first the rest of the older one is told."""
    cell, watchers = watched()
    pause = Pause()
    telling = await begun(cell, 1.0, pause)
    if way == "told":
        await tell(cell, value(2.0))
    else:
        await change_together((), [Numbers([cell], ua.VariantType.Double, [2.0], 0, 10, 10)])
    assert [one.heard for one in watchers] == [[1.0, 2.0]] * MANY
    pause.go_on.set()
    await telling
    assert [one.heard for one in watchers] == [[1.0, 2.0]] * MANY


async def test_who_is_stopped_in_a_pause_keeps_no_value_from_anybody() -> None:
    """The client that wrote it has gone."""
    cell, watchers = watched()
    telling = await begun(cell, 1.0, Pause())
    telling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await telling
    assert [one.heard for one in watchers] == [[1.0]] * MANY


async def test_who_watches_no_longer_is_not_told_in_the_next_part() -> None:
    """An item that is deleted in the pause hears nothing more."""
    cell, watchers = watched()
    pause = Pause()
    telling = await begun(cell, 1.0, pause)
    cell.datachange_callbacks.clear()
    pause.go_on.set()
    await telling
    assert 0 < sum(map(len, (one.heard for one in watchers))) < MANY


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 6)), min_size=1, max_size=12), st.integers(60, 200))
def test_changes_that_come_at_any_time_are_heard_in_order(
    changes: list[tuple[bool, int]], number: int
) -> None:
    """Some with pauses and some without, each beginning after some rounds of the loop."""

    async def all_of_them() -> list[Watcher]:
        cell, watchers = watched(number)
        async with asyncio.TaskGroup() as group:
            for place, (pausing, rounds) in enumerate(changes):
                breathe = (lambda: asyncio.sleep(0)) if pausing else None
                group.create_task(tell(cell, value(float(place)), breathe=breathe), name=f"change {place}")
                for _ in range(rounds):
                    await asyncio.sleep(0)
        return watchers

    expected = [float(place) for place in range(len(changes))]
    assert all(one.heard == expected for one in asyncio.run(all_of_them()))
