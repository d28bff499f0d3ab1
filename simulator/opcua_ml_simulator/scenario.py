"""Scenario files: a timetable of faults in TOML, checked whole before anything runs.

name = "Morning shift"
period = 600.0          # optional: begin again after so many seconds

[[event]]
at = 60.0               # s of plant time after the start
fault = "Cavitation"    # a process fault by name or number …
severity = 0.8
duration = 120.0        # optional: for ever without it

[[event]]
at = 200.0
fault = "Frozen"        # … or a fault of one tag
tag = "PumpStation.Flow"
duration = 30.0
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from opcua_ml_simulator.errors import FileError, SettingsError, SimulatorError
from opcua_ml_simulator.faults.schedule import FaultEvent, FaultSchedule
from opcua_ml_simulator.tags import ALL_TAGS, TagType

if TYPE_CHECKING:
    from pathlib import Path

_EVENT_KEYS: dict[str, tuple[type, ...]] = {
    "at": (int, float),
    "fault": (str, int),
    "severity": (int, float),
    "duration": (int, float),
    "tag": (str,),
    "magnitude": (int, float),
}
_TOP_KEYS: dict[str, tuple[type, ...]] = {"name": (str,), "period": (int, float), "event": (list,)}
_WORDS = {int: "a number", float: "a number", str: "a text", list: "a list of [[event]] tables"}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named timetable.

    Attributes:
        name: for people.
        events: what happens when.
        period: s after which it begins again; None for once.

    Raises:
        SettingsError: the period ends before the last event does.
    """

    name: str
    events: tuple[FaultEvent, ...]
    period: float | None = None

    def __post_init__(self) -> None:
        """Check that the period holds all events."""
        self.schedule()

    def schedule(self) -> FaultSchedule:
        """The timetable from its beginning."""
        return FaultSchedule(self.events, period=self.period)


def demo_scenario() -> Scenario:
    """A tour of the process faults in four minutes, over and over: 20 s of fault, 10 s of health."""
    tour = (
        ("Cavitation", 0.9),
        ("BearingWear", 0.8),
        ("ValveClogged", 0.8),
        ("Leak", 0.8),
        ("ImpellerWear", 0.8),
        ("ValveStuck", 0.7),
        ("SensorDrift", 0.9),
        ("SensorStuck", 0.8),
    )
    events = [
        FaultEvent(at=10.0 + 30.0 * index, fault=fault, severity=severity, duration=20.0)
        for index, (fault, severity) in enumerate(tour)
    ]
    return Scenario("Demo tour", tuple(events), period=30.0 * len(tour))


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        FileError: the file can't be read, is no TOML, or a key is unknown, missing or of the wrong kind.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise FileError(path, "", f"can't be read ({error.strerror or error})") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise FileError(path, "", f"is not valid TOML ({error})") from error
    _check_keys(path, "", data, _TOP_KEYS)
    events = tuple(_event(path, number, entry) for number, entry in enumerate(data.get("event", []), start=1))
    if not events:
        raise FileError(path, "event", "is missing, wanted at least one [[event]]")
    try:
        return Scenario(data.get("name", path.stem), events, data.get("period"))
    except SimulatorError as error:
        raise FileError(path, "period", str(error).rstrip(".")) from error


def parse_event(text: str) -> FaultEvent:
    """An event as the command line has it: ``NAME``, then ``key=value`` as in a scenario file, with commas.

    Raises:
        SimulatorError: a key is unknown or a value can't be used.
    """
    name, *pairs = (part.strip() for part in text.split(","))
    entry: dict[str, Any] = {"at": 0.0, "fault": name}
    for pair in pairs:
        key, _, value = pair.partition("=")
        if key not in _EVENT_KEYS or key == "fault":
            known = ", ".join(key for key in _EVENT_KEYS if key != "fault")
            raise SettingsError("fault", text, f"a name, then KEY=VALUE with the keys {known}")
        entry[key] = value if str in _EVENT_KEYS[key] else _number(text, value)
    return FaultEvent(**entry)


def _number(text: str, value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise SettingsError("fault", text, f"a number in place of {value!r}") from None


def _event(path: Path, number: int, entry: object) -> FaultEvent:
    where = f"event {number}"
    if not isinstance(entry, dict):
        raise FileError(path, where, f"is {entry!r}, wanted a table [[event]]")
    _check_keys(path, where, entry, _EVENT_KEYS)
    for key in ("at", "fault"):
        if key not in entry:
            raise FileError(path, where, f"has no {key}, wanted {_words(_EVENT_KEYS[key])}")
    try:
        event = FaultEvent(**entry)
    except SimulatorError as error:
        raise FileError(path, where, str(error).rstrip(".")) from error
    _check_tag(path, where, event)
    return event


def _check_keys(path: Path, where: str, table: dict[str, Any], known: dict[str, tuple[type, ...]]) -> None:
    for key, value in table.items():
        place = f"{where}, {key}" if where else key
        if key not in known:
            raise FileError(path, place, f"is unknown, known are {', '.join(known)}")
        if not isinstance(value, known[key]) or isinstance(value, bool):
            raise FileError(path, place, f"is {value!r}, wanted {_words(known[key])}")


def _check_tag(path: Path, where: str, event: FaultEvent) -> None:
    tag = next((tag for tag in ALL_TAGS if tag.path == event.tag), None)
    kind = event.tag_fault
    if kind is not None and kind.changes_number and tag is not None and tag.type is not TagType.Double:
        raise FileError(
            path, f"{where}, tag", f"is {event.tag}, wanted a tag of type Double for {kind.value}"
        )


def _words(kinds: tuple[type, ...]) -> str:
    return " or ".join(dict.fromkeys(_WORDS[kind] for kind in kinds))
