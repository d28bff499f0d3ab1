"""Switches that outlive a restart."""

import asyncio
import json
import threading
from functools import partial
from pathlib import Path

import pytest

from opcua_ml.service import write_switches
from opcua_ml.service.write_switches import WriteSwitches

pytestmark = pytest.mark.asyncio
PLCS = ["press", "oven"]


async def test_a_switch_is_kept_for_the_next_start(tmp_path: Path) -> None:
    """Each PLC has its own; nothing is written to disk before somebody switches."""
    switches = WriteSwitches(tmp_path / "state")
    assert switches.is_on("press")
    assert not (tmp_path / "state").exists()
    await switches.turn("press", PLCS, on=False)
    again = WriteSwitches(tmp_path / "state")
    assert (again.is_on("press"), again.is_on("oven")) == (False, True)
    await again.turn("press", PLCS, on=True)
    assert WriteSwitches(tmp_path / "state").is_on("press")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"off": 7}', "\x00"])
async def test_what_can_t_be_read_means_off_until_somebody_turns_it_on(tmp_path: Path, content: str) -> None:
    """Nobody knows which PLC an operator had taken off; the others stay off when one is turned on."""
    (tmp_path / "writing.json").write_text(content)
    switches = WriteSwitches(tmp_path)
    assert not any(map(switches.is_on, PLCS))
    await switches.turn("press", PLCS, on=True)
    assert json.loads((tmp_path / "writing.json").read_text()) == {"off": ["oven"]}
    assert switches.is_on("press")


async def test_a_switch_that_can_t_be_kept_stays_as_it_was(tmp_path: Path) -> None:
    """And says so."""
    (tmp_path / "state").write_text("a file where the folder should be")
    switches = WriteSwitches(tmp_path / "other")
    switches_in_file = WriteSwitches(tmp_path / "state" / "below")
    with pytest.raises(OSError, match=r"."):
        await switches_in_file.turn("press", PLCS, on=False)
    assert switches.is_on("press")


class SlowDisk:
    """Takes a file when it is let."""

    def __init__(self) -> None:
        self.begun, self.goes_on = threading.Event(), threading.Event()

    def write(self, path: Path, content: bytes) -> None:
        """In place of `write_atomically`."""
        self.begun.set()
        assert self.goes_on.wait(30.0)
        path.write_bytes(content)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> SlowDisk:
    """That of the switches."""
    slow = SlowDisk()
    monkeypatch.setattr(write_switches, "write_atomically", slow.write)
    return slow


async def test_others_go_on_while_the_disk_takes_a_switch(tmp_path: Path, disk: SlowDisk) -> None:
    """It is turned, and told, once it lasts; the next one waits for it."""
    switches, told = WriteSwitches(tmp_path), list[str]()
    async with asyncio.TaskGroup() as group:
        for name in PLCS:
            turning = switches.turn(name, PLCS, on=False, then=partial(told.append, name))
            group.create_task(turning, name=name)
        await asyncio.to_thread(disk.begun.wait, 30.0)
        assert (switches.is_on("press"), told) == (True, [])
        disk.goes_on.set()
    assert told == PLCS
    assert json.loads((tmp_path / "writing.json").read_text()) == {"off": ["oven", "press"]}


async def test_who_goes_away_leaves_no_half_switch(tmp_path: Path, disk: SlowDisk) -> None:
    """What is on the disk is what counts."""
    switches, told = WriteSwitches(tmp_path), list[str]()
    turning = asyncio.ensure_future(switches.turn("press", PLCS, on=False, then=lambda: told.append("press")))
    await asyncio.to_thread(disk.begun.wait, 30.0)
    turning.cancel()
    asyncio.get_running_loop().call_soon(disk.goes_on.set)
    with pytest.raises(asyncio.CancelledError):
        await turning
    assert (switches.is_on("press"), told) == (False, ["press"])
    assert not WriteSwitches(tmp_path).is_on("press")


async def test_off_is_not_undone_by_an_older_on_that_the_disk_has_taken_late(
    tmp_path: Path, disk: SlowDisk
) -> None:
    """Writing must not begin again after an operator has switched it off, however long the disk takes."""
    switches, told = WriteSwitches(tmp_path), list[str]()
    async with asyncio.TaskGroup() as group:
        for on in (True, False):
            turning = switches.turn("press", PLCS, on=on, then=partial(told.append, "on" if on else "off"))
            group.create_task(turning, name=str(on))
        await asyncio.to_thread(disk.begun.wait, 30.0)
        disk.goes_on.set()
    assert told == ["off"]
    assert not WriteSwitches(tmp_path).is_on("press")
