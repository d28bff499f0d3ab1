"""Faults of the PLC's OPC UA server and of the way to it, as clients meet them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite
from typing import TYPE_CHECKING

from opcua_ml_simulator.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL_OPERATIONS = 100
"""Operations per call that a small controller takes."""

SMALL_SESSIONS = 10
"""Sessions that a small controller has."""

_LONGEST_DELAY = 60.0
_GREATEST_SKEW = 10 * 365 * 86_400.0


class ServerFaultKind(Enum):
    """What can happen to the server."""

    Disconnect = "Disconnect"
    Restart = "Restart"
    NamespaceReorder = "NamespaceReorder"
    Crash = "Crash"
    SlowServer = "SlowServer"
    FrozenServer = "FrozenServer"
    ClockSkew = "ClockSkew"
    SmallLimits = "SmallLimits"
    WriteRefused = "WriteRefused"
    NotWritable = "NotWritable"
    NoStatusWrite = "NoStatusWrite"

    @property
    def cuts_off(self) -> bool:
        """Whether no client reaches the server meanwhile, not even to end it."""
        return self in {ServerFaultKind.Disconnect, ServerFaultKind.Restart, ServerFaultKind.FrozenServer}


def check_magnitude(kind: ServerFaultKind, magnitude: float) -> None:
    """See that a magnitude is one of this kind of fault.

    Raises:
        SettingsError: it is not.
    """
    if not isfinite(magnitude):
        raise SettingsError("magnitude", magnitude, "a finite number")
    if kind is ServerFaultKind.SlowServer and not 0.0 < magnitude <= _LONGEST_DELAY:
        raise SettingsError("magnitude", magnitude, f"seconds above 0 and at most {_LONGEST_DELAY:g}")
    if kind is ServerFaultKind.ClockSkew and not abs(magnitude) <= _GREATEST_SKEW:
        raise SettingsError("magnitude", magnitude, f"seconds, at most {_GREATEST_SKEW:g} ahead or behind")
    if kind is ServerFaultKind.SmallLimits and not (magnitude >= 0.0 and magnitude == int(magnitude)):
        raise SettingsError("magnitude", magnitude, "a whole number of operations per call, 0 for 100")


@dataclass(frozen=True, slots=True)
class _Active:
    magnitude: float
    until: float | None


class ServerFaults:
    """Which faults of the server are active; ``changed`` is called after every change."""

    def __init__(self) -> None:
        self._active: dict[ServerFaultKind, _Active] = {}
        self.changed: Callable[[], None] = _nobody

    def inject(self, kind: ServerFaultKind, magnitude: float = 0.0, *, until: float | None = None) -> None:
        """Start a fault or change its magnitude, until this time of the caller's clock or until cleared.

        Raises:
            SettingsError: the magnitude is none of this kind.
        """
        check_magnitude(kind, magnitude)
        self._active[kind] = _Active(magnitude, until)
        self.changed()

    def clear(self, kind: ServerFaultKind | None = None) -> None:
        """End one fault, or all."""
        for each in tuple(self._active) if kind is None else (kind,):
            self._active.pop(each, None)
        self.changed()

    def expire(self, now: float) -> float | None:
        """End what is over at this time of the caller's clock; the next time at which something will be."""
        for kind in [k for k, a in self._active.items() if a.until is not None and now >= a.until]:
            del self._active[kind]
        return min((a.until for a in self._active.values() if a.until is not None), default=None)

    def magnitude(self, kind: ServerFaultKind) -> float | None:
        """Of an active fault; None where it is not active."""
        active = self._active.get(kind)
        return None if active is None else active.magnitude

    def is_active(self, kind: ServerFaultKind) -> bool:
        """Whether it acts now."""
        return kind in self._active


def _nobody() -> None:
    """Nobody listens yet."""
