"""The Method Service Set on the wire: Call.

Source: OPC UA Part 4, 5.12; 7.32 (RequestHeader) for the diagnostics that a client asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.opcua.trust.nodes.vendor_result import tell_vendor_codes
from opcua_ml.opcua.trust.services.operations import beside, operations
from opcua_ml.opcua.trust.services.parts import in_parts

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.services.exchange import Exchange

_ADDITIONAL_INFO = 0x80  # of operations


async def call(exchange: Exchange, params: ua.CallParameters) -> ua.CallResponse:
    """Call Methods; runs beside the connection's other requests.

    Raises:
        ServiceError: BadResourceUnavailable, if the session or the server runs as many Calls as it may.
    """
    session, server = exchange.activated, exchange.processor.iserver
    operations(params.MethodsToCall, server.limits.max_nodes_per_method_call)

    async def some(part: ua.CallParameters) -> list[ua.CallMethodResult]:
        return await session.call(part.MethodsToCall)

    with beside(exchange):
        results = await in_parts(exchange, params, "MethodsToCall", some)
        if not exchange.header.ReturnDiagnostics & _ADDITIONAL_INFO:
            for result in results:
                result.InputArgumentDiagnosticInfos = []
        response = ua.CallResponse(Results=results)
        tell_vendor_codes(response, results, exchange.header.ReturnDiagnostics)
        return response
