"""Faults of single tags: of their values on the way to the OPC UA server, and of their nodes there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import isfinite

import numpy as np

from opcua_ml_simulator.errors import SettingsError

GOOD = 0
"""StatusCode Good (OPC UA Part 4, 7.39)."""
BAD_NO_COMMUNICATION = 0x80310000
"""StatusCode BadNoCommunication."""
UNCERTAIN_LAST_USABLE_VALUE = 0x40900000
"""StatusCode UncertainLastUsableValue."""

_SPIKE_PERIOD = 10.0
_WRITES_PER_SCAN = 50
_MOST_WRITES_PER_SCAN = 1000


class TagFaultKind(Enum):
    """What can happen to a tag."""

    BadQuality = "BadQuality"
    UncertainQuality = "UncertainQuality"
    Frozen = "Frozen"
    Spike = "Spike"
    Drift = "Drift"
    Noise = "Noise"
    Stale = "Stale"
    QueueOverflow = "QueueOverflow"
    UnitChange = "UnitChange"
    TypeChange = "TypeChange"
    NodeRemoved = "NodeRemoved"

    @property
    def changes_number(self) -> bool:
        """Whether it shifts the value and so needs a tag of type Double."""
        return self in {TagFaultKind.Spike, TagFaultKind.Drift, TagFaultKind.Noise}

    @property
    def changes_node(self) -> bool:
        """Whether it is the node that changes, as after a download to the PLC, rather than its values."""
        return self in _OF_NODES


_OF_NODES = frozenset({TagFaultKind.UnitChange, TagFaultKind.TypeChange, TagFaultKind.NodeRemoved})


def check_tag_magnitude(kind: TagFaultKind, magnitude: float) -> None:
    """See that a magnitude is one of this kind of fault.

    Raises:
        SettingsError: it is not.
    """
    if not isfinite(magnitude):
        raise SettingsError("magnitude", magnitude, "a finite number")
    if kind is TagFaultKind.QueueOverflow and not (
        0.0 <= magnitude <= _MOST_WRITES_PER_SCAN and magnitude == int(magnitude)
    ):
        raise SettingsError(
            "magnitude", magnitude, f"a whole number of writes per scan up to {_MOST_WRITES_PER_SCAN}"
        )


@dataclass(slots=True)
class _ActiveTagFault:
    magnitude: float
    since: float
    until: float | None
    last: float = float("-inf")
    held: object = None
    holds: bool = False


class TagFaults:
    """The tag faults that are active, and what they make of a value.

    Args:
        seed: fixes the noise.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = np.random.default_rng(seed)
        self._active: dict[str, dict[TagFaultKind, _ActiveTagFault]] = {}
        self._statuses: dict[str, int] = {}

    def inject(
        self, tag: str, kind: TagFaultKind, magnitude: float, *, now: float, duration: float | None = None
    ) -> None:
        """Start a fault on a tag at plant time ``now``, for ``duration`` seconds or until cleared.

        ``magnitude`` is in the tag's unit: height of the spike, drift per second, standard deviation of the
        noise; of QueueOverflow it is the number of writes per scan. The other kinds ignore it.
        """
        until = None if duration is None else now + duration
        self._active.setdefault(tag, {})[kind] = _ActiveTagFault(magnitude, now, until)

    def set_status(self, tag: str, status: int) -> None:
        """Publish a tag with this StatusCode from now on; Good gives the tag back its own."""
        if status == GOOD:
            self._statuses.pop(tag, None)
        else:
            self._statuses[tag] = status

    def clear(self, tag: str | None = None, kind: TagFaultKind | None = None) -> None:
        """End one kind of fault, or every kind and what ``set_status`` set, on one tag or on all."""
        for each in tuple(self._active) if tag is None else (tag,):
            kinds = self._active.get(each, {})
            kinds.pop(kind, None) if kind else kinds.clear()
            if not kinds:
                self._active.pop(each, None)
        if kind is None:
            for each in tuple(self._statuses) if tag is None else (tag,):
                self._statuses.pop(each, None)

    @property
    def idle(self) -> bool:
        """True while no tag is disturbed, so that publishing may skip the transformation."""
        return not self._active and not self._statuses

    @property
    def disturbed(self) -> tuple[str, ...]:
        """Tags with a fault or a set StatusCode."""
        return tuple(sorted({*self._active, *self._statuses}))

    def transform(self, tag: str, value: object, status: int, now: float) -> tuple[object, int]:
        """What the tag shows at plant time ``now`` instead of this value and StatusCode."""
        for kind, fault in self._current(tag, now).items():
            value, status = self._apply(kind, fault, value, status, now)
        return value, self._statuses.get(tag, status)

    def writes(self, tag: str, now: float) -> int:
        """How often the tag is written in a scan at plant time ``now``: once, not at all, or many times."""
        current = self._current(tag, now)
        if TagFaultKind.Stale in current:
            return 0
        flood = current.get(TagFaultKind.QueueOverflow)
        return 1 if flood is None else int(flood.magnitude) or _WRITES_PER_SCAN

    def of_nodes(self, now: float) -> dict[str, frozenset[TagFaultKind]]:
        """The tags whose nodes are changed at plant time ``now``, and how."""
        found = {tag: frozenset(self._current(tag, now)) & _OF_NODES for tag in tuple(self._active)}
        return {tag: kinds for tag, kinds in found.items() if kinds}

    def _current(self, tag: str, now: float) -> dict[TagFaultKind, _ActiveTagFault]:
        faults = self._active.get(tag)
        if not faults:
            return {}
        for kind in [k for k, f in faults.items() if f.until is not None and now >= f.until]:
            del faults[kind]
        if not faults:
            del self._active[tag]
        return faults

    def _apply(
        self, kind: TagFaultKind, fault: _ActiveTagFault, value: object, status: int, now: float
    ) -> tuple[object, int]:
        if kind is TagFaultKind.BadQuality:
            return value, BAD_NO_COMMUNICATION
        if kind is TagFaultKind.UncertainQuality:
            return value, max(status, UNCERTAIN_LAST_USABLE_VALUE)
        if kind is TagFaultKind.Frozen:
            if not fault.holds:
                fault.held, fault.holds = value, True
            return fault.held, status
        if kind.changes_number and isinstance(value, float):
            value += self._shift(kind, fault, now)
        return value, status

    def _shift(self, kind: TagFaultKind, fault: _ActiveTagFault, now: float) -> float:
        if kind is TagFaultKind.Drift:
            return fault.magnitude * (now - fault.since)
        if kind is TagFaultKind.Noise:
            return fault.magnitude * float(self._random.standard_normal())
        if now > fault.since and now - fault.last >= _SPIKE_PERIOD:
            fault.last = now
            return fault.magnitude
        return 0.0
