"""The one list of everything that can be made to go wrong, found by name or number."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from opcua_ml_simulator.errors import UnknownFaultError
from opcua_ml_simulator.faults.process import PROCESS_FAULTS, Fault
from opcua_ml_simulator.faults.server import ServerFaultKind
from opcua_ml_simulator.faults.tag import TagFaultKind


class FaultScope(Enum):
    """Where a fault acts."""

    PROCESS = "process"
    TAG = "tag"
    SERVER = "server"


FaultKind = Fault | TagFaultKind | ServerFaultKind
Kind = TypeVar("Kind", Fault, TagFaultKind, ServerFaultKind)


@dataclass(frozen=True, slots=True)
class FaultEntry:
    """One kind of fault.

    Attributes:
        name: as users write it.
        scope: where it acts.
        kind: number of a process fault, or kind of another one.
        description: cause and effect in words.
    """

    name: str
    scope: FaultScope
    kind: FaultKind
    description: str


_TAG_FAULTS = {
    TagFaultKind.BadQuality: "The tag turns BadNoCommunication and loses its value",
    TagFaultKind.UncertainQuality: "The tag turns UncertainLastUsableValue",
    TagFaultKind.Frozen: "The tag keeps its value while its timestamps go on",
    TagFaultKind.Spike: "Every 10 s of plant time one scan is off by the magnitude",
    TagFaultKind.Drift: "The value moves away by the magnitude per second",
    TagFaultKind.Noise: "Normal noise of the magnitude as standard deviation is added",
    TagFaultKind.Stale: "The tag is written no more: value and timestamps stay as they are",
    TagFaultKind.QueueOverflow: (
        "A program writes the tag the magnitude's number of times in every scan, 50 by default: subscribers' "
        "queues overflow and lose the oldest values, and the Overflow bit tells"
    ),
    TagFaultKind.UnitChange: (
        "The transmitter is set to another unit: EngineeringUnits, EURange and values change, the first "
        "value comes with the SemanticsChanged bit"
    ),
    TagFaultKind.TypeChange: (
        "A download has made a String of the tag: its DataType changes, its values come as text"
    ),
    TagFaultKind.NodeRemoved: (
        "A download has taken the tag: its node is gone, monitored items end with BadNodeIdUnknown; "
        "cleared, it is back as a new node"
    ),
}

_SERVER_FAULTS = {
    ServerFaultKind.Disconnect: (
        "A cable is pulled: connections close, new ones are refused; sessions and subscriptions stay for "
        "their timeouts"
    ),
    ServerFaultKind.Restart: (
        "The PLC's server goes down and comes up again when the fault ends: sessions, subscriptions and "
        "written results are gone, StartTime is new"
    ),
    ServerFaultKind.NamespaceReorder: (
        "A download has added a library: the server restarts with the namespaces in another order; "
        "again when the fault ends"
    ),
    ServerFaultKind.Crash: (
        "The process ends at once with exit code 70, as by a power cut; nobody starts it again"
    ),
    ServerFaultKind.SlowServer: (
        "The controller is overloaded: every answer and notification comes the magnitude's number of seconds "
        "late"
    ),
    ServerFaultKind.FrozenServer: (
        "The server's task hangs: connections stay open, nothing is answered, new connections neither; "
        "what was asked is answered when the fault ends"
    ),
    ServerFaultKind.ClockSkew: (
        "The PLC's clock is the magnitude's number of seconds ahead, behind where negative: timestamps and "
        "CurrentTime"
    ),
    ServerFaultKind.SmallLimits: (
        "A small controller: 10 sessions, and the magnitude's number of operations per call, 100 by default; "
        "both are advertised, more is answered BadTooManySessions and BadTooManyOperations"
    ),
    ServerFaultKind.WriteRefused: "The key switch is turned: every write is answered BadUserAccessDenied",
    ServerFaultKind.NotWritable: (
        "A download has made the result tags read-only: AccessLevel tells, writes are answered BadNotWritable"
    ),
    ServerFaultKind.NoStatusWrite: (
        "The PLC takes values alone: AccessLevel tells, a write with StatusCode or timestamp is answered "
        "BadWriteNotSupported"
    ),
}

REGISTRY: dict[str, FaultEntry] = {
    entry.name.lower(): entry
    for entry in (
        *(FaultEntry(f.name, FaultScope.PROCESS, f, PROCESS_FAULTS[f].description) for f in PROCESS_FAULTS),
        *(FaultEntry(k.value, FaultScope.TAG, k, text) for k, text in _TAG_FAULTS.items()),
        *(FaultEntry(k.value, FaultScope.SERVER, k, text) for k, text in _SERVER_FAULTS.items()),
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
    return _of_scope(found, Fault, FaultScope.PROCESS)


def find_tag_fault(found: str) -> TagFaultKind:
    """The tag fault of that name.

    Raises:
        UnknownFaultError: there is none of that scope.
    """
    return _of_scope(found, TagFaultKind, FaultScope.TAG)


def find_server_fault(found: str) -> ServerFaultKind:
    """The fault of the PLC's server of that name.

    Raises:
        UnknownFaultError: there is none of that scope.
    """
    return _of_scope(found, ServerFaultKind, FaultScope.SERVER)


def _of_scope(found: str | int, kind: type[Kind], scope: FaultScope) -> Kind:
    held = find_fault(found).kind
    if not isinstance(held, kind):
        raise UnknownFaultError(found, fault_names(scope))
    return held
