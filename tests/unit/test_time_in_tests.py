"""What tests measure and wait by: each of these would let tests pass, or fail, for no reason."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from time import monotonic, sleep
from typing import TYPE_CHECKING

import pytest

from tests.alone import Machine
from tests.stopwatch import Stopwatch
from tests.virtual_time import VirtualTimeLoop

if TYPE_CHECKING:
    from pathlib import Path


def test_an_hour_of_virtual_time_takes_no_time_and_timers_keep_their_order() -> None:
    """Also where one of them is set while another one is waited for."""
    told: list[tuple[float, str]] = []

    async def wait(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        told.append((asyncio.get_running_loop().time(), name))

    async def all_of_them() -> None:
        async with asyncio.TaskGroup() as group:
            for name, seconds in (("late", 3600.0), ("early", 0.5)):
                group.create_task(wait(name, seconds), name=name)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.Event().wait(), 60)

    begun = monotonic()
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        runner.run(all_of_them())
    assert [name for _, name in told] == ["early", "late"]
    assert [seconds for seconds, _ in told] == pytest.approx([0.5, 3600.0])
    assert monotonic() - begun < 60


def test_a_stopwatch_counts_sleep_and_work() -> None:
    """Only the queue for a processor is taken off, so it never shows more than the clock."""
    begun, watch = monotonic(), Stopwatch()
    sleep(0.1)
    assert 0.09 < watch.seconds <= monotonic() - begun
    watch.restart()
    assert watch.seconds < 0.09


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
def test_who_is_alone_waits_for_all_others_and_they_for_it(tmp_path: Path) -> None:
    """Two processes write down when they have the machine; nobody's time lies within that of who is alone."""
    context = multiprocessing.get_context("spawn")
    notes = tmp_path / "notes"
    workers = [context.Process(target=work, args=(tmp_path / "lock", notes, number)) for number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    inside: list[str] = []
    alone = 0
    for note in notes.read_text(encoding="utf-8").split():
        what, who = note.split(":")
        if what == "end":
            inside.remove(who)
            continue
        assert not any(other.startswith("alone") for other in inside), note
        if who.startswith("alone"):
            assert not inside, note
            alone += 1
        inside.append(who)
    assert (alone, inside) == (10, [])


def work(lock: Path, notes: Path, number: int) -> None:
    """Have the machine twenty times, now with others, now alone."""
    machine = Machine(lock)
    for turn in range(20):
        name = f"{'alone' if turn % 4 == 0 else 'shared'}{number}"
        with machine.taken(alone=turn % 4 == 0, next_alone=False):
            for what in ("begin", "end"):
                with notes.open("a", encoding="utf-8") as file:
                    file.write(f"{what}:{name}\n")
                sleep(0.002)
