"""A board's alarms brought into a server that shows models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.alarms.methods import AlarmMethods
from opcua_ml.opcua.alarms.publisher import ConditionPublisher
from opcua_ml.opcua.server.collection import collection_paused
from opcua_ml.opcua.trust.nodes.method import PlantMethodService

if TYPE_CHECKING:
    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.opcua.server.model_server import ModelServer


async def show_alarms(server: ModelServer, board: AlarmBoard) -> ConditionPublisher:
    """Show the alarms of a board, and let clients operate them.

    Args:
        server: entered, with the models and PLCs of the alarms.
        board: publishes to what is returned from then on.
    """
    publisher = ConditionPublisher(server.server, server.tree, server.names, board)
    with collection_paused():
        await publisher.show()
    methods = AlarmMethods(board, server.names)
    methods.take(publisher.instances.values())
    methods.link(server.server.iserver.aspace)
    service = server.server.iserver.method_service
    if isinstance(service, PlantMethodService):
        service.meant = methods.meant
    board.publish_to(publisher)
    return publisher
