"""Where records go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opcua_ml.opcua.audit.record import AuditRecord


class AuditSink(Protocol):
    """Takes records; called from the event loop, for every request that audits."""

    def record(self, record: AuditRecord) -> None:
        """Take one record; never blocks, never raises."""


class AuditSinks:
    """Several sinks as one."""

    def __init__(self, sinks: Iterable[AuditSink] = ()) -> None:
        self._sinks = list(sinks)

    def add(self, sink: AuditSink) -> None:
        """Hand records to one more: the events need a server, which needs a sink before."""
        self._sinks.append(sink)

    def record(self, record: AuditRecord) -> None:
        """Hand the record to each."""
        for sink in self._sinks:
            sink.record(record)


class NoAudit:
    """Lets records go."""

    def record(self, record: AuditRecord) -> None:
        """Let it go."""


NO_AUDIT = NoAudit()
"""For servers that nobody audits, such as a simulator's."""
