"""One timer calls many items at their times."""

from __future__ import annotations

import asyncio
import weakref

from opcua_ml.opcua.trust.subscriptions.sampling import SamplingSchedule


class Noted:
    """Notes when it is called."""

    def __init__(self, name: str, calls: list[str], schedule: SamplingSchedule | None = None) -> None:
        self.name = name
        self.calls = calls
        self.schedule = schedule

    def sample_due(self, now: float) -> None:
        """Note the call, and come again if asked to."""
        self.calls.append(self.name)
        if self.schedule is not None and len(self.calls) < 10:
            self.schedule.at(now + 0.002, self)


async def reached(calls: list[str], count: int) -> None:
    """Wait for a number of calls."""
    async with asyncio.timeout(5):
        while len(calls) < count:  # noqa: ASYNC110 - nothing announces a call
            await asyncio.sleep(0.001)


async def test_items_are_called_in_the_order_of_their_times() -> None:
    """Whatever order they were put in."""
    schedule, calls = SamplingSchedule(), list[str]()
    now = asyncio.get_running_loop().time()
    for name, delay in (("c", 0.03), ("a", 0.01), ("b", 0.02), ("now", -1.0)):
        schedule.at(now + delay, Noted(name, calls))
    await reached(calls, 4)
    assert calls == ["now", "a", "b", "c"]
    assert len(schedule) == 0


async def test_an_item_may_come_again_from_its_own_call() -> None:
    """That is how values are polled."""
    schedule, calls = SamplingSchedule(), list[str]()
    schedule.at(0, Noted("again", calls, schedule))
    await reached(calls, 10)
    assert calls == ["again"] * 10


async def test_a_stopped_schedule_calls_nobody() -> None:
    """Nothing is left behind."""
    schedule, calls = SamplingSchedule(), list[str]()
    schedule.at(asyncio.get_running_loop().time() + 0.01, Noted("late", calls))
    schedule.stop()
    other, later = SamplingSchedule(), list[str]()
    other.at(asyncio.get_running_loop().time() + 0.02, Noted("later", later))
    await reached(later, 1)
    assert not calls


async def test_what_is_withdrawn_is_not_called_and_not_kept() -> None:
    """A client that makes and deletes items with long intervals fills no memory."""
    schedule, calls = SamplingSchedule(), list[str]()
    now = asyncio.get_running_loop().time()
    schedule.at(now + 0.02, Noted("kept", calls))
    numbers = [schedule.at(now + 0.01, Noted("gone", calls)) for _ in range(1000)]
    gone: list[weakref.ref[Noted]] = []
    for number in numbers:
        schedule.withdraw(number)
    assert len(schedule) == 1
    for _ in range(1000):
        item = Noted("gone later", calls)
        gone.append(weakref.ref(item))
        schedule.withdraw(schedule.at(now + 3600, item))
        del item
    assert sum(one() is not None for one in gone) <= 2
    await reached(calls, 1)
    assert calls == ["kept"]
