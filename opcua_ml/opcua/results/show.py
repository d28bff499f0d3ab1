"""Shows results on a server that has the nodeset of Machinery Result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.results.management import RESULT_URI, ResultManagement

if TYPE_CHECKING:
    from opcua_ml.opcua.server.model_server import ModelServer


async def show_results(server: ModelServer) -> None:
    """Show the ResultManagement, and from now on each model's results; nothing without the nodeset."""
    index = server.namespaces.get(RESULT_URI)
    if index is None:
        return
    management = ResultManagement(server.server, server.tree, server.names, index)
    await management.show()
    server.companions.append(management)
