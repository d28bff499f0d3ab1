"""Switches that outlive a restart."""

import json
from pathlib import Path

import pytest

from opcua_ml.service.write_switches import WriteSwitches

PLCS = ["press", "oven"]


def test_a_switch_is_kept_for_the_next_start(tmp_path: Path) -> None:
    """Each PLC has its own; nothing is written to disk before somebody switches."""
    switches = WriteSwitches(tmp_path / "state")
    assert switches.is_on("press")
    assert not (tmp_path / "state").exists()
    switches.turn("press", PLCS, on=False)
    again = WriteSwitches(tmp_path / "state")
    assert (again.is_on("press"), again.is_on("oven")) == (False, True)
    again.turn("press", PLCS, on=True)
    assert WriteSwitches(tmp_path / "state").is_on("press")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"off": 7}', "\x00"])
def test_what_can_t_be_read_means_off_until_somebody_turns_it_on(tmp_path: Path, content: str) -> None:
    """Nobody knows which PLC an operator had taken off; the others stay off when one is turned on."""
    (tmp_path / "writing.json").write_text(content)
    switches = WriteSwitches(tmp_path)
    assert not any(map(switches.is_on, PLCS))
    switches.turn("press", PLCS, on=True)
    assert json.loads((tmp_path / "writing.json").read_text()) == {"off": ["oven"]}
    assert switches.is_on("press")


def test_a_switch_that_can_t_be_kept_stays_as_it_was(tmp_path: Path) -> None:
    """And says so."""
    (tmp_path / "state").write_text("a file where the folder should be")
    switches = WriteSwitches(tmp_path / "other")
    switches_in_file = WriteSwitches(tmp_path / "state" / "below")
    with pytest.raises(OSError, match=r"."):
        switches_in_file.turn("press", PLCS, on=False)
    assert switches.is_on("press")
