"""What connections report, on the nodes of Sources."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.opcua.server.sources import SourceNodes


class SourceObserver:
    """Takes what connections report, and shows the newest of each PLC; `run` does the showing.

    Args:
        nodes: of the PLCs.
    """

    def __init__(self, nodes: SourceNodes) -> None:
        self._nodes = nodes
        self._newest: dict[str, ConnectionSnapshot] = {}
        self._waiting: dict[str, None] = {}
        self._wake = asyncio.Event()

    def observe(self, snapshot: ConnectionSnapshot) -> None:
        """Take how a connection fares; never blocks, and a newer one replaces one that is not shown yet."""
        self._newest[snapshot.plc] = snapshot
        self._waiting[snapshot.plc] = None
        self._wake.set()

    async def run(self) -> None:
        """Show what changes, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                plc = next(iter(self._waiting))
                del self._waiting[plc]
                await self._nodes.show(self._newest[plc])
