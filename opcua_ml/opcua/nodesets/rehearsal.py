"""Loading nodesets into a server that listens nowhere, to see whether they load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml import bundled
from opcua_ml.opcua.nodesets.load import load_node_sets
from opcua_ml.opcua.trust.server import PlantServer

if TYPE_CHECKING:
    from opcua_ml.config.server import ServerSection


async def rehearse(section: ServerSection) -> dict[str, int]:
    """Load the site's nodesets as the service would; the namespaces that the server then has, by URI.

    Raises:
        ConfigurationError: as of `load_node_sets`.
    """
    server = PlantServer()
    await server.init()
    await server.import_xml(str(bundled.node_set()))
    await server.register_namespace(section.namespace_uri)
    return await load_node_sets(server, section.nodesets, tolerant=section.incomplete_nodesets)
