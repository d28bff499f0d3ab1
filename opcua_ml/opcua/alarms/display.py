"""A board's alarms in a server that shows models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.garbage import collection_paused
from opcua_ml.opcua.alarms.methods import AlarmMethods
from opcua_ml.opcua.alarms.publisher import ConditionPublisher
from opcua_ml.opcua.trust.nodes.method import PlantMethodService

if TYPE_CHECKING:
    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.opcua.server.model_server import ModelServer


class ShownAlarms:
    """Shows the alarms of a board, and lets clients operate them.

    Args:
        server: entered.
        board: publishes here from now on.

    Attributes:
        publisher: the application's AlarmPublisher.
    """

    def __init__(self, server: ModelServer, board: AlarmBoard) -> None:
        iserver = server.server.iserver
        self.publisher = ConditionPublisher(server.server, server.tree, server.names, board)
        self._methods = AlarmMethods(board, server.names)
        self._methods.link(iserver.aspace)
        if isinstance(iserver.method_service, PlantMethodService):
            iserver.method_service.meant = self._methods.meant
        board.publish_to(self.publisher)

    async def show(self) -> None:
        """Bring in what of the board is not there yet, and tie alarms to nodes that are new.

        Its models and PLCs must be shown already.
        """
        with collection_paused():
            await self.publisher.show()
        self._methods.take(self.publisher.instances.values())
