"""The View Service Set on the wire: Browse, BrowseNext, TranslateBrowsePathsToNodeIds, RegisterNodes.

Source: OPC UA Part 4, 5.9.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.services.operations import operations
from opcua_ml.opcua.trust.services.parts import in_parts

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.services.exchange import Exchange


async def browse(exchange: Exchange, params: ua.BrowseParameters) -> ua.BrowseResponse:
    """References of nodes, with continuation points where there are many."""
    server, session = exchange.processor.iserver, exchange.activated
    operations(params.NodesToBrowse, server.limits.max_nodes_per_browse)

    async def some(part: ua.BrowseParameters) -> list[ua.BrowseResult]:
        return server.view_service.browse_for(session.caller, part, session.continuation_points)

    return ua.BrowseResponse(Results=await in_parts(exchange, params, "NodesToBrowse", some))


def browse_next(exchange: Exchange, params: ua.BrowseNextParameters) -> ua.BrowseNextResponse:
    """More references of the session's own continuation points."""
    server, session = exchange.processor.iserver, exchange.activated
    wanted = operations(params.ContinuationPoints, server.limits.max_nodes_per_browse)
    results = server.view_service.browse_next(
        session.caller,
        session.continuation_points,
        list(wanted),
        release=params.ReleaseContinuationPoints,
    )
    return ua.BrowseNextResponse(Parameters=ua.BrowseNextResult(Results=results))


async def translate_browse_paths(
    exchange: Exchange, params: ua.TranslateBrowsePathsToNodeIdsParameters
) -> ua.TranslateBrowsePathsToNodeIdsResponse:
    """Nodes at the end of browse paths."""
    operations(params.BrowsePaths, exchange.processor.iserver.limits.max_nodes_per_translate)
    session = exchange.activated

    async def some(part: ua.TranslateBrowsePathsToNodeIdsParameters) -> list[ua.BrowsePathResult]:
        return await session.translate_browsepaths_to_nodeids(part.BrowsePaths)

    results = await in_parts(exchange, params, "BrowsePaths", some)
    return ua.TranslateBrowsePathsToNodeIdsResponse(Results=results)


def register_nodes(exchange: Exchange, params: ua.RegisterNodesParameters) -> ua.RegisterNodesResponse:
    """The same NodeIds again: access by them is as fast as it gets, nothing is kept (Part 4, 5.9.5).

    Raises:
        ServiceError: BadNodeIdUnknown, if one of them does not exist.
    """
    server = exchange.processor.iserver
    nodes = operations(params.NodesToRegister, server.limits.max_nodes_per_register)
    if any(node not in server.aspace for node in nodes):
        raise ServiceError(StatusCodes.BadNodeIdUnknown)
    return ua.RegisterNodesResponse(Parameters=ua.RegisterNodesResult(RegisteredNodeIds=list(nodes)))


def unregister_nodes(exchange: Exchange, params: ua.UnregisterNodesParameters) -> ua.UnregisterNodesResponse:
    """Nothing was kept, so nothing is given back; unknown NodeIds are ignored (Part 4, 5.9.6)."""
    operations(params.NodesToUnregister, exchange.processor.iserver.limits.max_nodes_per_register)
    return ua.UnregisterNodesResponse()
