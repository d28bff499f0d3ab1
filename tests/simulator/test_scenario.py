"""Scenario files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from opcua_ml_simulator import Fault, demo_scenario, load_scenario
from opcua_ml_simulator.errors import FileError, SimulatorError
from opcua_ml_simulator.faults.server import ServerFaultKind
from opcua_ml_simulator.scenario import parse_event

if TYPE_CHECKING:
    from pathlib import Path

GOOD_FILE = """
name = "Morning shift"
period = 600

[[event]]
at = 60
fault = "Cavitation"
severity = 0.8
duration = 120.0

[[event]]
at = 200.0
fault = "Drift"
tag = "PumpStation.Flow"
magnitude = 0.5
"""


def write(tmp_path: Path, text: str) -> Path:
    """A scenario file with this text."""
    path = tmp_path / "shift.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_scenario_file_is_read(tmp_path: Path) -> None:
    """Name, period and every field of the events."""
    scenario = load_scenario(write(tmp_path, GOOD_FILE))
    assert (scenario.name, scenario.period, len(scenario.events)) == ("Morning shift", 600, 2)
    first, second = scenario.events
    assert (first.at, first.process_fault, first.severity, first.duration) == (
        60,
        Fault.Cavitation,
        0.8,
        120.0,
    )
    assert (second.tag, second.magnitude, second.duration) == ("PumpStation.Flow", 0.5, None)


def test_the_name_is_the_files_unless_given(tmp_path: Path) -> None:
    """So that logs and screens can tell scenarios apart."""
    assert load_scenario(write(tmp_path, '[[event]]\nat = 1\nfault = "Leak"\n')).name == "shift"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "event: is missing, wanted at least one"),
        ("nonsense", "is not valid TOML"),
        ("speed = 3\n" + GOOD_FILE, "speed: is unknown, known are name, period, event"),
        ('[[event]]\nat = 1\nfault = "Leak"\nseverty = 1\n', "event 1, severty: is unknown"),
        ('[[event]]\nat = "now"\nfault = "Leak"\n', "event 1, at: is 'now', wanted a number"),
        ('[[event]]\nat = true\nfault = "Leak"\n', "event 1, at: is True, wanted a number"),
        ('[[event]]\nfault = "Leak"\n', "event 1: has no at, wanted a number"),
        ("[[event]]\nat = 1\n", "event 1: has no fault, wanted a text or a number"),
        ('[[event]]\nat = 1\nfault = "Rust"\n', "event 1: There is no fault 'Rust'"),
        ('[[event]]\nat = 1\nfault = "Leak"\nseverity = 3\n', "event 1: Severity is 3"),
        ('[[event]]\nat = 1\nfault = "Frozen"\n', "event 1: tag is None"),
        (
            '[[event]]\nat = 1\nfault = "Drift"\ntag = "PumpStation.Running"\n',
            "event 1, tag: is PumpStation.Running, wanted a tag of type Double",
        ),
        ('period = 5\n[[event]]\nat = 10\nfault = "Leak"\n', "period: period is 5, wanted at least"),
        ("event = [1]\n", "event 1: is 1, wanted a table"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    """With the file, the place, what was found and what is wanted."""
    path = write(tmp_path, text)
    with pytest.raises(FileError) as caught:
        load_scenario(path)
    assert f"{path}" in str(caught.value)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    """Not with a traceback."""
    with pytest.raises(FileError, match="can't be read"):
        load_scenario(tmp_path / "absent.toml")


def test_the_demo_shows_every_process_fault_without_overlap() -> None:
    """One after the other with health between, and it repeats."""
    scenario = demo_scenario()
    assert {event.process_fault for event in scenario.events} == set(Fault) - {Fault.Normal}
    ends = [event.at + (event.duration or 0.0) for event in scenario.events]
    assert all(end < after.at for end, after in zip(ends, scenario.events[1:], strict=False))
    assert scenario.period is not None
    assert ends[-1] <= scenario.period


def test_an_event_of_the_command_line_is_read() -> None:
    """With the keys of a scenario file; at once unless told when."""
    now = parse_event("SmallLimits")
    assert (now.at, now.server_fault, now.duration) == (0.0, ServerFaultKind.SmallLimits, None)
    later = parse_event("Drift, at=60, tag=PumpStation.Flow, magnitude=-0.5, duration=10")
    assert (later.at, later.tag, later.magnitude, later.duration) == (60.0, "PumpStation.Flow", -0.5, 10.0)
    assert parse_event("Leak,severity=0.25").severity == 0.25


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Rust", "There is no fault 'Rust'"),
        ("Leak,when=5", "wanted a name, then KEY=VALUE with the keys at, severity, duration, tag, magnitude"),
        ("Leak,fault=Leak", "wanted a name, then KEY=VALUE"),
        ("Leak,at=soon", "wanted a number in place of 'soon'"),
        ("Frozen", "wanted the name of the tag that Frozen acts on"),
        ("SlowServer", "wanted seconds above 0"),
        ("", "There is no fault ''"),
    ],
)
def test_an_event_that_can_not_be_is_one_sentence(text: str, sentence: str) -> None:
    """With what is wanted."""
    with pytest.raises(SimulatorError, match=re.escape(sentence)):
        parse_event(text)
