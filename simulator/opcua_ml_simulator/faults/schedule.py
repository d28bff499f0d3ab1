"""Faults on a timetable: what starts and ends when, once or over and over."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING

from opcua_ml_simulator.errors import SettingsError, SeverityError
from opcua_ml_simulator.faults.process import Fault
from opcua_ml_simulator.faults.registry import find_fault
from opcua_ml_simulator.faults.server import ServerFaultKind, check_magnitude
from opcua_ml_simulator.faults.tag import TagFaultKind, check_tag_magnitude

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class FaultEvent:
    """One fault on the timetable.

    Attributes:
        at: s of plant time after the start of the run.
        fault: name (or number of a process fault).
        severity: above 0 and at most 1, of a process fault.
        duration: s of plant time until it is repaired; None for ever.
        tag: the tag a tag fault acts on, like ``PumpStation.Flow``.
        magnitude: of a tag fault, in the tag's unit, or of a fault of the server, as the registry tells.

    Raises:
        UnknownFaultError: no such fault.
        SeverityError: severity out of range.
        SettingsError: a negative time, a duration that is not positive, a tag missing or one too many, a
            magnitude that is none of the fault.
    """

    at: float
    fault: str | int
    severity: float = 1.0
    duration: float | None = None
    tag: str | None = None
    magnitude: float = 0.0

    def __post_init__(self) -> None:
        """Check every field."""
        kind = find_fault(self.fault).kind
        if not 0.0 < self.severity <= 1.0:
            raise SeverityError(self.severity)
        if not (isfinite(self.at) and self.at >= 0.0):
            raise SettingsError("at", self.at, "seconds from 0 on")
        if self.duration is not None and not self.duration > 0.0:
            raise SettingsError("duration", self.duration, "seconds above 0")
        if isinstance(kind, TagFaultKind) and not self.tag:
            raise SettingsError("tag", self.tag, f"the name of the tag that {kind.value} acts on")
        if not isinstance(kind, TagFaultKind) and self.tag is not None:
            raise SettingsError("tag", self.tag, f"none, as {kind.name} does not act on a tag")
        if isinstance(kind, ServerFaultKind):
            check_magnitude(kind, self.magnitude)
        if isinstance(kind, TagFaultKind):
            check_tag_magnitude(kind, self.magnitude)

    @property
    def process_fault(self) -> Fault | None:
        """The process fault, or None for another one."""
        kind = find_fault(self.fault).kind
        return kind if isinstance(kind, Fault) else None

    @property
    def tag_fault(self) -> TagFaultKind | None:
        """The tag fault, or None for another one."""
        kind = find_fault(self.fault).kind
        return kind if isinstance(kind, TagFaultKind) else None

    @property
    def server_fault(self) -> ServerFaultKind | None:
        """The fault of the server, or None for another one."""
        kind = find_fault(self.fault).kind
        return kind if isinstance(kind, ServerFaultKind) else None


@dataclass(frozen=True, slots=True)
class FaultChange:
    """An event that starts (True) or ends (False) now."""

    event: FaultEvent
    starts: bool


class FaultSchedule:
    """Hands out the changes of a timetable as time goes by.

    Args:
        events: in any order.
        period: s after which the timetable begins again; None for once.

    Raises:
        SettingsError: the period ends before the last event does.
    """

    def __init__(self, events: Sequence[FaultEvent], *, period: float | None = None) -> None:
        changes = [(event.at, 1, FaultChange(event, starts=True)) for event in events]
        changes += [
            (event.at + event.duration, 0, FaultChange(event, starts=False))
            for event in events
            if event.duration is not None
        ]
        self._changes = sorted(changes, key=lambda change: change[:2])
        if period is not None and self._changes and not period >= max(self._changes[-1][0], 1e-3):
            raise SettingsError("period", period, f"at least the last event's {self._changes[-1][0]} s")
        self._period = period
        self._next = 0
        self._lap = 0

    def due(self, now: float) -> list[FaultChange]:
        """Changes between the last call and ``now`` (s since the start of the run), in order."""
        found: list[FaultChange] = []
        while self._changes:
            if self._next == len(self._changes):
                if self._period is None:
                    break
                self._next, self._lap = 0, self._lap + 1
            offset = self._lap * (self._period or 0.0)
            at, _, change = self._changes[self._next]
            if at + offset > now + 1e-9:
                break
            found.append(change)
            self._next += 1
        return found
