"""The Discovery Service Set, and Cancel.

Source: OPC UA Part 4, 5.4 (Discovery), 5.6.5 (Cancel).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.services.exchange import Exchange


def find_servers(exchange: Exchange, params: ua.FindServersParameters) -> ua.FindServersResponse:
    """This server, and no other."""
    processor = exchange.processor
    return ua.FindServersResponse(Servers=processor.iserver.find_servers(params, sockname=processor.sockname))


async def get_endpoints(exchange: Exchange, params: ua.GetEndpointsParameters) -> ua.GetEndpointsResponse:
    """The endpoints, under the host name that the client used."""
    processor = exchange.processor
    found = await processor.iserver.get_endpoints(params, sockname=processor.sockname)
    wanted = params.ProfileUris
    if wanted:
        found = [endpoint for endpoint in found if endpoint.TransportProfileUri in wanted]
    return ua.GetEndpointsResponse(Endpoints=found)


def cancel(exchange: Exchange, params: ua.CancelParameters) -> ua.CancelResponse:
    """Withdraw queued Publish requests of this RequestHandle; other requests run on."""
    count = exchange.activated.cancel(params.RequestHandle)
    return ua.CancelResponse(Parameters=ua.CancelResult(CancelCount=count))
