"""Playing recordings."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from opcua_ml_simulator import ReplaySettings
from opcua_ml_simulator.errors import SettingsError
from opcua_ml_simulator.faults.tag import GOOD
from opcua_ml_simulator.replay.player import BAD_NO_DATA_AVAILABLE, ReplayPlayer
from opcua_ml_simulator.replay.recording import Recording
from tests.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

START = datetime(2024, 1, 1, tzinfo=UTC)


def recording(rows: int = 4, period: float = 1.0) -> Recording:
    """One column that counts; its third value is missing."""
    return Recording(
        "a test",
        ("A",),
        (True,),
        tuple((None if row == 2 else float(row),) for row in range(rows)),
        tuple(period * row for row in range(rows)),
        tuple(START + timedelta(seconds=period * row) for row in range(rows)),
    )


class Outlet:
    """Keeps what was published, in order."""

    def __init__(self) -> None:
        self.published: list[tuple[str, Any, int, datetime | None]] = []

    async def __call__(self, path: str, value: object, status: int, source_time: datetime | None) -> None:
        """Take a value."""
        self.published.append((path, value, status, source_time))

    def of(self, path: str) -> list[Any]:
        """The values of one tag."""
        return [value for where, value, _, _ in self.published if where == path]


async def player(outlet: Outlet, **settings: Any) -> ReplayPlayer:
    """A player that is held."""
    made = ReplayPlayer(recording(), ReplaySettings(source="", **{"paused": True, **settings}))
    await made.connect(outlet)
    return made


@asynccontextmanager
async def playing(made: ReplayPlayer) -> AsyncIterator[None]:
    """Its task runs inside."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(made.play(), name="play")
        yield
        task.cancel()


async def test_steps_play_rows_one_by_one_to_the_end() -> None:
    """Step(n) plays n rows or what is left, then says that it is done."""
    outlet = Outlet()
    made = await player(outlet)
    assert (made.row, made.done) == (-1, False)
    assert await made.step(3) == 2
    assert await made.step(5) == 3
    assert made.done
    assert await made.step(1) == 3
    assert outlet.of("Replay.Row") == [0, 1, 2, 3]


async def test_the_row_number_changes_last() -> None:
    """Whoever sees a row number sees the whole row, and on the last row also Done."""
    outlet = Outlet()
    made = await player(outlet)
    outlet.published.clear()
    await made.step(4)
    paths = [path for path, *_ in outlet.published]
    assert paths == ["Replay.A", "Replay.Row"] * 3 + [
        "Replay.A",
        "Replay.Done",
        "Replay.Running",
        "Replay.Row",
    ]
    assert outlet.of("Replay.Done") == [True]


async def test_a_missing_value_is_bad() -> None:
    """Not zero, and not the value before."""
    outlet = Outlet()
    await (await player(outlet)).step(4)
    statuses = [status for path, _, status, _ in outlet.published if path == "Replay.A"]
    assert statuses == [GOOD, GOOD, BAD_NO_DATA_AVAILABLE, GOOD]
    assert outlet.of("Replay.A")[2] is None


async def test_rows_carry_the_recorded_time_when_wanted() -> None:
    """With ``file``; with ``now`` the publisher stamps them."""
    outlet = Outlet()
    await (await player(outlet, timestamps="file")).step(2)
    times = [time for path, _, _, time in outlet.published if path in {"Replay.A", "Replay.Row"}]
    assert times == [START, START, START + timedelta(seconds=1), START + timedelta(seconds=1)]
    outlet = Outlet()
    await (await player(outlet)).step(1)
    assert {time for *_, time in outlet.published} == {None}


def test_recorded_times_need_a_recording_with_dates() -> None:
    """The sentence says what is missing."""
    undated = Recording("a test", ("A",), (True,), ((1.0,),), (0.0,), None)
    with pytest.raises(SettingsError, match="has no column with dates"):
        ReplayPlayer(undated, ReplaySettings(source="", timestamps="file"))


async def test_a_replay_in_time_keeps_the_recorded_pace(eventually: Any) -> None:
    """Four rows a second apart at 20 times the speed take 150 ms, and none is lost."""
    outlet = Outlet()
    made = await player(outlet, paused=False, speed=20.0)
    begin, watch = monotonic(), Stopwatch()
    async with playing(made):
        await eventually(lambda: made.done)
        took = monotonic() - begin
    assert outlet.of("Replay.Row") == [0, 1, 2, 3]
    assert took > 0.14
    assert watch.seconds < 2.0
    assert outlet.of("Replay.Running")[-1] is False
    assert await made.start() is False


async def test_a_loop_begins_again_and_is_never_done(eventually: Any) -> None:
    """In time and by steps."""
    outlet = Outlet()
    made = await player(outlet, paused=False, loop=True, speed=1000.0)
    async with playing(made):
        await eventually(lambda: len(outlet.of("Replay.Row")) >= 9)
    assert outlet.of("Replay.Row")[:9] == [0, 1, 2, 3, 0, 1, 2, 3, 0]
    assert not any(outlet.of("Replay.Done"))
    stepped = await player(Outlet(), loop=True)
    assert await stepped.step(6) == 1


async def test_stop_holds_start_goes_on_and_rewind_begins_anew(eventually: Any) -> None:
    """A held replay can be stepped and then play on in time."""
    outlet = Outlet()
    made = await player(outlet, speed=50.0)
    async with playing(made):
        await made.step(2)
        assert await made.start()
        await eventually(lambda: made.done)
        assert outlet.of("Replay.Row") == [0, 1, 2, 3]
        await made.rewind()
        assert not made.done
        await made.start()
        await eventually(lambda: made.done)
        assert outlet.of("Replay.Row") == [0, 1, 2, 3] * 2
        await made.rewind()
        await made.stop()
        assert made.running is False
