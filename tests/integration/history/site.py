"""A server that keeps the history of models that compute, and a client that reads it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.application.history.recorder import HistoryRecorder, RecorderSettings
from opcua_ml.opcua.history.display import ShownHistory
from opcua_ml.opcua.history.keeper import Kept
from tests.integration.server.stage import Stage, plant_server, site_node
from tests.patient_client import Client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opcua_ml.application.history.store import HistoryReader, HistoryWriter

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """So long after noon."""
    return NOON + timedelta(seconds=seconds)


@dataclass
class HistorySite:
    """The stage, its recorder and a client."""

    stage: Stage
    recorder: HistoryRecorder
    client: Client
    shown: ShownHistory

    async def node_id(self, path: str) -> ua.NodeId:
        """Of one of the site's nodes."""
        return (await site_node(self.client, path)).nodeid

    async def ask(
        self,
        path: str | ua.NodeId,
        details: Any,
        *,
        point: bytes | None = None,
        release: bool = False,
        **more: Any,
    ) -> ua.HistoryReadResult:
        """One node's answer."""
        node_id = path if isinstance(path, ua.NodeId) else await self.node_id(path)
        wanted = ua.HistoryReadValueId(NodeId=node_id, ContinuationPoint=point, **more)
        request = ua.HistoryReadRequest()
        request.Parameters.HistoryReadDetails = details
        request.Parameters.TimestampsToReturn = ua.TimestampsToReturn.Both
        request.Parameters.ReleaseContinuationPoints = release
        request.Parameters.NodesToRead = [wanted]
        (result,) = await self.client.uaclient.history_read(request.Parameters)
        found: ua.HistoryReadResult = result
        return found

    async def raw(
        self,
        path: str,
        start: float | None,
        end: float | None,
        number: int = 0,
        *,
        bounds: bool = False,
        **more: Any,
    ) -> ua.HistoryReadResult:
        """ReadRaw, with seconds after noon."""
        return await self.ask(path, raw_details(start, end, number, bounds=bounds), **more)


def raw_details(
    start: float | None, end: float | None, number: int = 0, *, bounds: bool = False
) -> ua.ReadRawModifiedDetails:
    """Of a ReadRaw."""
    return ua.ReadRawModifiedDetails(
        IsReadModified=False,
        StartTime=ua.get_win_epoch() if start is None else at(start),
        EndTime=ua.get_win_epoch() if end is None else at(end),
        NumValuesPerNode=number,
        ReturnBounds=bounds,
    )


def values(result: ua.HistoryReadResult) -> list[tuple[float, Any]]:
    """Seconds after noon, and the value, or the name of the StatusCode where there is none."""
    found = []
    for one in result.HistoryData.DataValues:
        seconds = (one.SourceTimestamp - NOON).total_seconds()
        content = one.Value.Value if one.Value is not None else None
        found.append((seconds, one.StatusCode.name if content is None else content))
    return found


@asynccontextmanager
async def opened_site(
    writer: HistoryWriter, reader: HistoryReader, kept: Kept | None = None
) -> AsyncIterator[HistorySite]:
    """Open, with this store."""
    stage = Stage(plant_server())
    recorder = HistoryRecorder(writer, RecorderSettings(0.05, max_age_days=36_500))
    async with stage.server as server:
        shown = ShownHistory(server, recorder, reader, kept or Kept(), stage.clock)
        await shown.attach()
        recorder.start()
        await server.open()
        try:
            # Patient: client and server share one event loop.
            async with Client(server.url) as client:
                async with asyncio.timeout(20):
                    while not recorder.state.recording:  # noqa: ASYNC110 - a thread's state
                        await asyncio.sleep(0.01)
                yield HistorySite(stage, recorder, client, shown)
        finally:
            await shown.close()
            await recorder.stop()
