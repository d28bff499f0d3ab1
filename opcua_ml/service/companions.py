"""The companion specifications that the service knows: each is shown where its nodeset was loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.opcua.adi import show_prediction_service
from opcua_ml.opcua.results import show_results

if TYPE_CHECKING:
    from opcua_ml.opcua.server.model_server import ModelServer


async def show_companions(server: ModelServer) -> None:
    """Show them; models that are shown later are theirs, too."""
    await show_prediction_service(server)
    await show_results(server)
