"""A site's history in a server that shows models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.history.event_content import EventContent
from opcua_ml.opcua.history.keeper import SiteHistory
from opcua_ml.opcua.history.nodes import HistoryNodes
from opcua_ml.opcua.history.provider import MOST_EVENTS, MOST_VALUES, StoredHistory
from opcua_ml.opcua.history.reading import ReadingRoom
from opcua_ml.opcua.space.node_ids import MACHINE_LEARNING, model_path
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.trust.internal_server import PlantInternalServer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.history.recorder import HistoryRecorder
    from opcua_ml.application.history.store import HistoryReader
    from opcua_ml.application.ports import Clock
    from opcua_ml.opcua.history.keeper import Kept
    from opcua_ml.opcua.server.model_server import ModelServer

_FLUSH_S: Final = 2.0
"""How long a HistoryRead waits for what happened before it to be stored."""
_NAMESPACES: Final = standard_id(ObjectIds.Server_NamespaceArray)
_SERVER: Final = standard_id(ObjectIds.Server)


class ShownHistory:
    """Keeps the history of a server and lets clients read it.

    Args:
        server: entered; a PlantServer.
        recorder: stores what happens.
        reader: of the same store.
        kept: what is recorded.
        clock: of all.
    """

    def __init__(
        self, server: ModelServer, recorder: HistoryRecorder, reader: HistoryReader, kept: Kept, clock: Clock
    ) -> None:
        iserver = server.server.iserver
        if not isinstance(iserver, PlantInternalServer):
            raise TypeError("history is read by rights, which only a PlantServer has")
        self._iserver = iserver
        self._server = server
        self._recorder = recorder
        self._kept = kept
        self._clock = clock
        self._room = ReadingRoom(reader)
        content = EventContent(self._namespaces)
        self._provider = StoredHistory(iserver, self._room, content, lambda: recorder.flush(_FLUSH_S))
        self._nodes = HistoryNodes(iserver, server.tree, server.names)
        self._keeper = SiteHistory(
            recorder=recorder,
            kept=kept,
            provider=self._provider,
            content=content,
            names=server.names,
            types=iserver.types,
            clock=clock,
        )

    async def attach(self) -> None:
        """Bring in the nodes of history, and keep that of models shown from now on."""
        await self._nodes.bring()
        limits, events = self._iserver.limits, self._kept.events
        points = limits.max_history_continuation_points
        await self._nodes.advertise(MOST_VALUES, MOST_EVENTS, points, events=events)
        self._server.history = self._keeper
        self._server.publisher.record = self._keeper.record
        self._iserver.history_service.provider = self._provider
        if events:
            self._iserver.subscription_service.event_observers.append(self._keeper.occurred)

    async def tell_events(self) -> None:
        """Let clients read the events of the server, the entry point and each model that is shown."""
        if not self._kept.events:
            return
        node = self._server.names.node
        paths = (MACHINE_LEARNING, *map(model_path, self._server.models))
        for node_id in (_SERVER, *map(node, paths)):
            await self._nodes.let_read_events(node_id)
            self._provider.notifiers.add(node_id)

    async def show(self) -> None:
        """Show how recording fares."""
        await self._nodes.show(self._recorder.state, self._clock.now())

    async def close(self) -> None:
        """Answer no more reads, and wait for those that run."""
        self._iserver.history_service.provider = None
        await self._room.close()

    def _namespaces(self) -> Sequence[str]:
        held = self._iserver.aspace[_NAMESPACES].attributes[AttributeIds.Value].value
        found: Sequence[str] = held.Value.Value if held is not None and held.Value is not None else []
        return found
