"""Signs of life towards a PLC's program."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from asyncua import ua
from asyncua.ua.attribute_ids import AttributeIds

from opcua_ml.domain.connection import TagProblem
from opcua_ml.domain.errors import TagError, TagNotWritable, TagTypeMismatch
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.plc.backoff import Backoff
from opcua_ml.opcua.plc.failure import RequestTimedOut, code_name
from opcua_ml.opcua.status_codes import status_of
from opcua_ml.opcua.values import to_variant

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.domain.sample import Scalar
    from opcua_ml.opcua.plc.binding import Heartbeat
    from opcua_ml.opcua.plc.inspection import Found, Inspector
    from opcua_ml.opcua.plc.session import PlcSession
    from opcua_ml.opcua.plc.settings import PlcSettings


class HeartbeatWriter:
    """Counts a tag of the PLC up, or toggles it, at a period, as long as the service is healthy."""

    def __init__(
        self, heartbeat: Heartbeat | None, settings: PlcSettings, healthy: Callable[[], bool]
    ) -> None:
        self._address = heartbeat.write if heartbeat is not None else None
        self._period = heartbeat.period if heartbeat is not None else 0.0
        self._retry = Backoff(settings.retry_min, settings.retry_max)
        self._healthy = healthy
        self._beats = 0
        self._status: int = Status.Good
        self._reason = ""

    def problems(self) -> list[TagProblem]:
        """Why the heartbeat does not reach the PLC, if it does not."""
        return [TagProblem("heartbeat", self._status, self._reason)] if self._reason else []

    def lose(self, reason: str) -> None:
        """There is no session."""
        if self._address is not None:
            self._status, self._reason = Status.BadNoCommunication, reason

    async def run(self, session: PlcSession, inspector: Inspector) -> None:
        """Beat in one session until it ends or we are cancelled; a tag that can't be used is tried again."""
        if self._address is None:
            return
        while True:
            (found,) = await inspector.inspect([self._address])
            try:
                if isinstance(found, TagError):
                    raise found
                await self._beat(session, found, self._limit(found))
            except TagError as problem:
                self._status, self._reason = status_of(problem), problem.sentence
            await asyncio.sleep(self._retry.next())
            await session.read_namespaces()

    def _limit(self, found: Found) -> int:
        kind = found.description.data_type
        if not found.description.writable:
            raise TagNotWritable("the PLC does not let us write the heartbeat", where=str(self._address))
        if kind is DataType.BOOLEAN:
            return 2
        if kind not in INTEGER_LIMITS or kind is None:
            raise TagTypeMismatch(
                "the heartbeat's tag can't count",
                where=str(self._address),
                found=found.description.text,
                wanted="an integer or Boolean",
            )
        return INTEGER_LIMITS[kind][1] + 1

    async def _beat(self, session: PlcSession, found: Found, limit: int) -> None:
        kind = found.description.data_type or DataType.INT32
        while True:
            if self._healthy():
                self._beats += 1
                count: Scalar = self._beats % limit
                await self._write(session, found, to_variant(bool(count) if limit == 2 else count, kind))
            await asyncio.sleep(self._period)

    async def _write(self, session: PlcSession, found: Found, variant: ua.Variant) -> None:
        request: Any = ua.WriteValue()
        request.NodeId = found.node
        request.AttributeId = AttributeIds.Value
        request.Value = ua.DataValue(variant, None)
        try:
            (code,) = await session.write([request])
        except RequestTimedOut:
            return  # the next beat tells as much
        if severity(code) is Severity.BAD:
            raise TagError(f"the PLC refused the heartbeat with {code_name(code)}", where=str(self._address))
        self._retry.reset()
        self._status, self._reason = Status.Good, ""
