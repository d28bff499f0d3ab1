"""Records as events to those OPC UA clients that may see them.

Who may is decided by the server for each event item: an audit event reaches a subscriber only where its Roles
have ReceiveEvents on the event's type and on its source (OPC UA Part 3, 8.55); on the types of audit events
that is SecurityAdmin alone, as `protect_standard_nodes` grants it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.audit.event import audit_event

if TYPE_CHECKING:
    from asyncua.server.server import Server

    from opcua_ml.opcua.audit.record import AuditRecord

_log = structlog.get_logger(__name__)

MOST_WAITING = 1_000
"""Events that wait for the server; the log has those that find no place."""


class AuditEvents:
    """An AuditSink that raises events on the Server object.

    Args:
        server: initialised; a PlantServer, as a plain asyncua server would tell everybody.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._waiting: asyncio.Queue[AuditRecord] = asyncio.Queue(MOST_WAITING)
        self.dropped = 0

    def record(self, record: AuditRecord) -> None:
        """Take one record; dropped and counted where too many wait."""
        try:
            self._waiting.put_nowait(record)
        except asyncio.QueueFull:
            self.dropped += 1

    async def run(self) -> None:
        """Raise the events until cancelled; to be run in the service's TaskGroup."""
        auditing = self._server.get_node(ua.NodeId(ua.Int32(ObjectIds.Server_Auditing)))
        await auditing.write_value(ua.DataValue(ua.Variant(True, ua.VariantType.Boolean)))
        service: Any = self._server.iserver.subscription_service
        while True:
            record = await self._waiting.get()
            try:
                if service.hears_events:
                    event = audit_event(record, self._server.get_application_uri())
                    await service.trigger_event(event)
            except Exception:  # noqa: BLE001 - a record that makes no event must not end the events of others
                _log.exception("audit event failed", kind=record.kind.value)
            finally:
                self._waiting.task_done()
            await asyncio.sleep(0)  # many records at once must not keep the loop

    async def drained(self) -> None:
        """Wait until every record so far has become an event."""
        await self._waiting.join()
