"""Shows results on a server that has the nodeset of Machinery Result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml import bundled
from opcua_ml.opcua.results.events import EVENTS_URI, ResultEvents
from opcua_ml.opcua.results.management import RESULT_URI, ResultManagement

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from opcua_ml.opcua.server.model_server import ModelServer


async def show_results(server: ModelServer, fed: Mapping[str, Collection[str]] | None = None) -> None:
    """Show the ResultManagement, and from now on each model's results; nothing without the nodeset.

    Args:
        server: with its nodesets loaded.
        fed: by model: members of ResultMetaDataType that tags tell.
    """
    index = server.namespaces.get(RESULT_URI)
    if index is None:
        return
    await server.load([bundled.result_node_set()])
    events = ResultEvents(server.server, server.names, server.namespaces[EVENTS_URI])
    management = ResultManagement(server.server, server.tree, server.names, index, events, fed=fed or {})
    await management.show()
    await events.show()
    server.companions.append(management)
