"""The one list of everything that can be made to go wrong, found by name or number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from opcua_ml_simulator.errors import UnknownFaultError
from opcua_ml_simulator.faults.process import PROCESS_FAULTS, Fault
from opcua_ml_simulator.faults.tag import TagFaultKind


class FaultScope(Enum):
    """Where a fault acts."""

    PROCESS = "process"
    TAG = "tag"


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One kind of fault.

    Attributes:
        name: as users write it.
        scope: where it acts.
        kind: number of a process fault, or kind of a tag fault.
        description: cause and effect in words.
    """

    name: str
    scope: FaultScope
    kind: Fault | TagFaultKind
    description: str


_TAG_FAULTS = {
    TagFaultKind.BadQuality: "The tag turns BadNoCommunication and loses its value",
    TagFaultKind.UncertainQuality: "The tag turns UncertainLastUsableValue",
    TagFaultKind.Frozen: "The tag keeps its value while its timestamps go on",
    TagFaultKind.Spike: "Every 10 s of plant time one scan is off by the magnitude",
    TagFaultKind.Drift: "The value moves away by the magnitude per second",
    TagFaultKind.Noise: "Normal noise of the magnitude as standard deviation is added",
}

REGISTRY: dict[str, FaultEntry] = {
    entry.name.lower(): entry
    for entry in (
        *(FaultEntry(f.name, FaultScope.PROCESS, f, PROCESS_FAULTS[f].description) for f in PROCESS_FAULTS),
        *(FaultEntry(k.value, FaultScope.TAG, k, text) for k, text in _TAG_FAULTS.items()),
    )
}
"""Every fault by its name in lower case."""


def fault_names(scope: FaultScope | None = None) -> tuple[str, ...]:
    """Names of all faults, or of one scope."""
    return tuple(entry.name for entry in REGISTRY.values() if scope in {None, entry.scope})


def find_fault(found: str | int) -> FaultEntry:
    """The fault of that name (in any case) or, for process faults, that number or number as text.

    Raises:
        UnknownFaultError: there is none.
    """
    if isinstance(found, int) or found.strip().isdecimal():
        number = int(found)
        if number in [fault.value for fault in PROCESS_FAULTS]:
            return REGISTRY[Fault(number).name.lower()]
        raise UnknownFaultError(found, fault_names())
    entry = REGISTRY.get(found.strip().lower())
    if entry is None:
        raise UnknownFaultError(found, fault_names())
    return entry


def find_process_fault(found: str | int) -> Fault:
    """The process fault of that name or number.

    Raises:
        UnknownFaultError: there is none of that scope.
    """
    kind = find_fault(found).kind
    if not isinstance(kind, Fault):
        raise UnknownFaultError(found, fault_names(FaultScope.PROCESS))
    return kind


def find_tag_fault(found: str) -> TagFaultKind:
    """The tag fault of that name.

    Raises:
        UnknownFaultError: there is none of that scope.
    """
    kind = find_fault(found).kind
    if not isinstance(kind, TagFaultKind):
        raise UnknownFaultError(found, fault_names(FaultScope.TAG))
    return kind
