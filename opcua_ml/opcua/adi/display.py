"""Shows the prediction service on a server that has ADI's nodeset."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml import bundled
from opcua_ml.opcua.adi.device_nodes import Nameplate
from opcua_ml.opcua.adi.names import ADI_URI, AdiNames
from opcua_ml.opcua.adi.prediction_service import PredictionService
from opcua_ml.opcua.server.endpoint import MANUFACTURER, PRODUCT_NAME, product_version

if TYPE_CHECKING:
    from opcua_ml.opcua.server.model_server import ModelServer


async def show_prediction_service(server: ModelServer) -> None:
    """Show the device, and from now on each model; nothing where ADI is not among the nodesets."""
    if ADI_URI not in server.namespaces:
        return
    await server.load([bundled.adi_node_set()])
    names = AdiNames(server.namespaces)
    service = PredictionService(
        server.server, server.tree, server.names, names, handler=server.handler, clock=server.clock
    )
    await service.show(
        Nameplate(MANUFACTURER, PRODUCT_NAME, product_version(), server.section.application_uri)
    )
    server.companions.append(service)
