"""The audit of one server put together: the log, the events, and the guard before both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from opcua_ml.opcua.audit.events import AuditEvents
from opcua_ml.opcua.audit.flood import FloodGuard
from opcua_ml.opcua.audit.log import AuditLog
from opcua_ml.opcua.audit.sink import AuditSinks

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from asyncua.server.server import Server

    from opcua_ml.opcua.audit.log import AuditLogState
    from opcua_ml.opcua.audit.log_file import LogSettings
    from opcua_ml.opcua.audit.record import AuditRecord


class SiteAudit:
    """An AuditSink; entered before the server opens, left after it is closed, so that nothing is missed.

    Args:
        settings: of the log; None keeps none, and records are events alone.
        on_alarm: told, in the log's thread, when the log can't be written, and when it can again.

    Raises:
        FolderInUse: on entering: another service writes the log.
        OSError: on entering: the log's folder can't be written.
    """

    def __init__(
        self, settings: LogSettings | None, *, on_alarm: Callable[[AuditLogState], None] | None = None
    ) -> None:
        self._log = AuditLog(settings, on_alarm=on_alarm) if settings is not None else None
        self._sinks = AuditSinks([self._log] if self._log is not None else [])
        self._guard = FloodGuard(self._sinks)

    @property
    def state(self) -> AuditLogState | None:
        """How the log fares; None where there is none."""
        return self._log.state if self._log is not None else None

    def record(self, record: AuditRecord) -> None:
        """Take one record; never blocks, never raises."""
        self._guard.record(record)

    async def __aenter__(self) -> Self:
        if self._log is not None:
            await asyncio.to_thread(self._log.open)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._log is not None:
            await self._log.close()

    async def raise_events(self, server: Server) -> None:
        """Raise every record from now on as an event of `server`, until cancelled.

        Args:
            server: initialised; to be run in the service's TaskGroup.
        """
        events = AuditEvents(server)
        self._sinks.add(events)
        await events.run()
