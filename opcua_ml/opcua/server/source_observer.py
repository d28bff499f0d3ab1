"""The application's ConnectionObserver on the nodes of Sources."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from opcua_ml.domain.state import ConnectionState
from opcua_ml.opcua.server.sources import SourceStatus

if TYPE_CHECKING:
    from opcua_ml.opcua.server.sources import SourceNodes

_UP = (ConnectionState.Connected, ConnectionState.Degraded)


class SourceObserver:
    """Takes what connections report, and shows the newest of each PLC; `run` does the showing.

    Args:
        nodes: of the PLCs.
    """

    def __init__(self, nodes: SourceNodes) -> None:
        self._nodes = nodes
        self._status: dict[str, SourceStatus] = {}
        self._was_up: set[str] = set()
        self._changed: dict[str, None] = {}
        self._wake = asyncio.Event()

    def connection_changed(self, plc: str, state: ConnectionState, reason: str) -> None:
        """Take the new state; never blocks, and a newer one replaces one that is not shown yet."""
        before = self._status.get(plc, SourceStatus())
        came_up = state in _UP and before.state not in _UP
        status = replace(
            before,
            state=state,
            last_error=reason,
            reconnects=before.reconnects + (came_up and plc in self._was_up),
        )
        if came_up:
            self._was_up.add(plc)
        self._take(plc, status)

    def tags_counted(self, plc: str, good: int, bad: int) -> None:
        """Take the number of tags whose last value was usable, and of those where it was not."""
        self._take(plc, replace(self._status.get(plc, SourceStatus()), good_tags=good, bad_tags=bad))

    async def run(self) -> None:
        """Show what changes, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._changed:
                plc = next(iter(self._changed))
                del self._changed[plc]
                await self._nodes.show(plc, self._status[plc])

    def _take(self, plc: str, status: SourceStatus) -> None:
        self._status[plc] = status
        self._changed[plc] = None
        self._wake.set()
