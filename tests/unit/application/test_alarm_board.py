"""The board: changes go out in order, and time passes by itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml.application.alarms.board import MOST_WAITING, AlarmBoard
from opcua_ml.application.alarms.card import AlarmCard, AlarmKind
from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings
from opcua_ml.domain.alarm.condition import Condition, Shelving
from tests.unit.application.stand_ins import Clock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opcua_ml.domain.alarm.alarm import Notice

pytestmark = pytest.mark.asyncio
CARD = AlarmCard("hot", AlarmKind.LIMIT, "Too hot.", "pump", output="temperature")


class Reader:
    """An AlarmPublisher that keeps what it is given."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Condition]] = []
        self.came = asyncio.Event()

    async def publish_alarm(self, card: AlarmCard, notice: Notice[Any]) -> None:
        """Keep it, after a turn for others."""
        await asyncio.sleep(0)
        self.told.append((card.key, notice.state))
        self.came.set()


def alarm_of(on_delay: float = 0.0, state: Condition | None = None) -> Alarm[str]:
    """An alarm of one level."""
    settings = AlarmSettings((AlarmLevel("High", 500),), on_delay=on_delay)
    return Alarm(settings, lambda _, seen: seen, state)


@asynccontextmanager
async def running(board: AlarmBoard) -> AsyncIterator[Reader]:
    """The board at work, and who reads it."""
    reader = Reader()
    board.publish_to(reader)
    async with asyncio.TaskGroup() as group:
        task = group.create_task(board.run(), name="board")
        yield reader
        task.cancel()


async def until(reader: Reader, count: int) -> None:
    """Wait for so many changes."""
    async with asyncio.timeout(5):
        while len(reader.told) < count:
            reader.came.clear()
            await reader.came.wait()


async def test_changes_are_published_in_their_order() -> None:
    """Each one with the state of its moment, however fast they come."""
    board, alarm = AlarmBoard(Clock()), alarm_of()
    board.add(CARD, alarm)
    async with running(board) as reader:
        for number in range(6):
            alarm.see((number % 2 == 0,), str(number), 0, 0.0)
        await board.flush()
    active = [state.is_active for _, state in reader.told if state.message]
    assert active == [True, False] * 3
    assert {key for key, _ in reader.told} == {"models.pump.hot"}


async def test_a_delay_ends_by_itself() -> None:
    """Nobody has to look again."""
    board, alarm = AlarmBoard(clock := Clock()), alarm_of(on_delay=0.05)
    board.add(CARD, alarm)
    async with running(board) as reader:
        alarm.see((True,), "hot", 0, clock.monotonic())
        await until(reader, 2)
    assert reader.told[-1][1].message == "hot"
    assert reader.told[-1][1].is_active


async def test_shelving_of_the_run_before_ends_in_its_time() -> None:
    """It goes on over a restart, and not for ever."""
    board, clock = AlarmBoard(Clock()), Clock()
    shelved = Condition(shelving=Shelving.TIMED, shelved_until=clock.monotonic() + 0.05)
    board.add(CARD, alarm_of(state=shelved))
    async with running(board) as reader:
        await until(reader, 1)
    assert reader.told[-1][1].shelving is Shelving.UNSHELVED


async def test_a_flood_loses_the_oldest_changes_and_counts_them() -> None:
    """What is shown in the end is the newest state."""
    board, alarm = AlarmBoard(Clock()), alarm_of()
    board.add(CARD, alarm)
    reader = Reader()
    board.publish_to(reader)
    for number in range(MOST_WAITING + 10):
        alarm.see((number % 2 == 0,), str(number), 0, 0.0)
    dropped = board.queue.dropped
    await board.flush()
    assert dropped == board.changes - len(reader.told) > 0
    assert reader.told[-1][1] == alarm.state


async def test_two_alarms_of_one_key_are_refused() -> None:
    """One would hide the other."""
    board = AlarmBoard(Clock())
    board.add(CARD, alarm_of())
    with pytest.raises(ValueError, match=r"models\.pump\.hot"):
        board.add(CARD, alarm_of())
