"""The recorder: batches off the loop, acknowledged when they last, through failures and floods."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from opcua_ml.application.history import recorder as recorder_module
from opcua_ml.application.history.record import Column, Extent, Layout, ValueRecord
from opcua_ml.application.history.recorder import HistoryRecorder, RecorderSettings
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.domain.signature import DataType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

    from opcua_ml.application.history.record import Record
    from opcua_ml.application.history.state import HistoryState

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LAYOUT = Layout((Column("a", DataType.INT64),))


class Numbers:
    """A trail of one number."""

    weight = 1

    def record(self, happened: Any, _moment: datetime) -> ValueRecord:
        """None can't be written."""
        return ValueRecord(LAYOUT, int(happened), int(happened), (int(happened),), (0,))


class Disk:
    """A writer that fails on demand; `torn` failures come after the batch was stored."""

    def __init__(self) -> None:
        self.stored: dict[int, int] = {}
        self.failing = self.torn = self.frees = False
        self.note = ""
        self.opened = 0

    def open(self) -> int:
        """Counts."""
        self.opened += 1
        return max(self.stored, default=0)

    def append(self, first: int, records: Sequence[Record]) -> None:
        """All or nothing."""
        if self.failing:
            raise HistoryFailed("the disk of the history is full")
        for number, record in enumerate(records, first):
            assert number not in self.stored
            assert isinstance(record, ValueRecord)
            value = record.values[0]
            assert isinstance(value, int)
            self.stored[number] = value
        if self.torn:
            self.torn = False
            raise HistoryFailed("the disk of the history fails")

    def prune(self, _oldest: int) -> bool:
        """Nothing, or what makes room."""
        self.failing = self.failing and not self.frees
        return False

    def extent(self) -> Extent:
        """Nothing."""
        return Extent(0, 0)

    def close(self) -> None:
        """Nothing."""


async def until(condition: Callable[[], bool]) -> None:
    """Look until it is so.

    Raises:
        TimeoutError: it took too long.
    """
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - another thread's state
            await asyncio.sleep(0.01)


def recorder(disk: Disk, most: int = 1000) -> HistoryRecorder:
    """Quick."""
    return HistoryRecorder(disk, RecorderSettings(0.01, most))


async def test_what_is_flushed_is_stored_in_order() -> None:
    """Only then the flush is over."""
    disk = Disk()
    made = recorder(disk)
    made.start()
    await until(lambda: made.state.recording)
    for number in range(500):
        made.take(Numbers(), number, NOW)
    assert await made.flush(10)
    assert list(disk.stored.values()) == list(range(500))
    assert (made.state.stored, made.state.dropped, made.state.stored_until) == (500, 0, 499)
    await made.stop()


async def test_a_failure_is_told_and_what_waits_is_stored_when_it_is_over() -> None:
    """Nothing is lost in between, and a flush does not wait for it."""
    disk = Disk()
    made = recorder(disk)
    told: list[HistoryState] = []
    made.observers.append(told.append)
    made.start()
    await until(lambda: made.state.recording)
    disk.failing = True
    made.take(Numbers(), 1, NOW)
    await until(lambda: bool(told) and told[-1].problem == "the disk of the history is full")
    made.take(Numbers(), 2, NOW)
    assert not await made.flush(10)
    disk.failing = False
    await until(lambda: made.state.stored == 2)
    await until(lambda: told[-1].problem == "")
    assert list(disk.stored.values()) == [1, 2]
    await made.stop()


async def test_a_disk_that_is_full_has_room_again_when_old_values_went() -> None:
    """What is too old goes before the next is written, whether that fails or not."""
    disk = Disk()
    disk.failing = True
    made = recorder(disk)
    made.start()
    made.take(Numbers(), 1, NOW)
    await until(lambda: made.state.failures > 0 or made.state.stored == 1)
    disk.frees = True
    await until(lambda: made.state.stored == 1 and made.state.recording)
    assert list(disk.stored.values()) == [1]
    await made.stop()


async def test_a_write_that_seemed_to_fail_is_not_stored_twice() -> None:
    """The number of the newest record tells that it had come through."""
    disk = Disk()
    made = recorder(disk)
    made.start()
    await until(lambda: made.state.recording)
    disk.torn = True
    made.take(Numbers(), 7, NOW)
    await until(lambda: made.state.failures == 1 and made.state.stored == 1)
    made.take(Numbers(), 8, NOW)
    await until(lambda: made.state.stored == 2)
    assert list(disk.stored.values()) == [7, 8]
    await made.stop()


async def test_the_oldest_goes_where_too_much_waits_and_is_counted() -> None:
    """While the disk fails."""
    disk = Disk()
    disk.failing = True
    made = recorder(disk, most=100)
    made.start()
    made.take(Numbers(), 0, NOW)
    await until(lambda: made.state.failures > 0)
    for number in range(1, 251):
        made.take(Numbers(), number, NOW)
    disk.failing = False
    await until(lambda: made.state.recording and made.state.waiting == 0)
    assert list(disk.stored.values()) == [0, *range(151, 251)]
    assert made.state.dropped == 150
    await made.stop()


async def test_a_record_that_can_t_be_made_takes_no_other_along() -> None:
    """It counts as dropped."""
    disk = Disk()
    made = recorder(disk)
    made.start()
    for happened in (1, None, 3):
        made.take(Numbers(), happened, NOW)
    await until(lambda: made.state.stored == 2)
    assert made.state.dropped == 1
    await made.stop()


async def test_the_end_stores_what_waits() -> None:
    """Also what came right before."""
    disk = Disk()
    made = recorder(disk)
    made.start()
    for number in range(100):
        made.take(Numbers(), number, NOW)
    await made.stop()
    assert len(disk.stored) == 100


async def test_a_store_that_hangs_does_not_hold_up_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it did not take is told; its thread is left alone."""
    monkeypatch.setattr(recorder_module, "LAST_CHANCE_S", 0.1)
    monkeypatch.setattr(recorder_module, "HANGS_S", 0.1)
    begun, going_on = threading.Event(), threading.Event()

    class Hanging(Disk):
        """For as long as the test wants."""

        def append(self, first: int, records: Sequence[Record]) -> None:
            """After a while."""
            begun.set()
            going_on.wait(30)
            super().append(first, records)

    made = recorder(Hanging())
    made.start()
    await until(lambda: made.state.recording)
    made.take(Numbers(), 1, NOW)
    await until(begun.is_set)
    assert made.state.waiting == 1
    async with asyncio.timeout(10):
        await made.stop()
    assert (made.state.recording, made.state.problem) == (False, "the store of the history does not answer")
    going_on.set()
