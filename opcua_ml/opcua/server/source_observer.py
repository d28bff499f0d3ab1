"""What connections report, on the nodes of Sources and of the inputs that they feed."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.opcua.server.sources import SourceNodes


class SourceObserver:
    """Takes what connections report, and shows the newest of each PLC; `run` does the showing.

    Args:
        nodes: of the PLCs.
        describe: shows what a PLC tells of the tag of a model's input.
    """

    def __init__(
        self, nodes: SourceNodes, describe: Callable[[str, str, TagDetails], Awaitable[None]]
    ) -> None:
        self._nodes = nodes
        self._describe = describe
        self._details: dict[tuple[str, str], TagDetails] = {}
        self._newest: dict[str, ConnectionSnapshot] = {}
        self._waiting: dict[str, None] = {}
        self._wake = asyncio.Event()

    def observe(self, snapshot: ConnectionSnapshot) -> None:
        """Take how a connection fares; never blocks, and a newer one replaces one that is not shown yet."""
        self._newest[snapshot.plc] = snapshot
        self._waiting[snapshot.plc] = None
        self._wake.set()

    def observe_tag(self, feeds: tuple[str, str] | None, details: TagDetails) -> None:
        """Take what a PLC tells of the tag that feeds this input of a model; never blocks."""
        if feeds is not None:
            self._details[feeds] = details
            self._wake.set()

    async def run(self) -> None:
        """Show what changes, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._details:
                (model, name), details = self._details.popitem()
                await self._describe(model, name, details)
            while self._waiting:
                plc = next(iter(self._waiting))
                del self._waiting[plc]
                await self._nodes.show(self._newest[plc])
