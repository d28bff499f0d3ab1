"""The Attribute Service Set on the wire: Read, Write, HistoryRead.

Source: OPC UA Part 4, 5.11.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.decoding.in_parts import let_go
from opcua_ml.opcua.trust.services.operations import beside, operations
from opcua_ml.opcua.trust.services.parts import TOGETHER, in_parts

if TYPE_CHECKING:
    from opcua_ml.opcua.trust.services.exchange import Exchange


_FEW: Final = 16
"""Nodes that are read without a pause."""
_LONGEST_S: Final = 30.0
SHARE: Final = 0.75
"""Of the TimeoutHint; the rest is for what is on its way."""


async def read(exchange: Exchange, params: ua.ReadParameters) -> ua.ReadResponse:
    """Read attributes of nodes."""
    operations(params.NodesToRead, exchange.processor.iserver.limits.max_nodes_per_read)
    if not params.MaxAge >= 0:
        raise ServiceError(StatusCodes.BadMaxAgeInvalid)
    check_timestamps(params.TimestampsToReturn)
    session = exchange.activated
    if len(params.NodesToRead) > TOGETHER:
        await exchange.pause()  # they were decoded in one step

    async def some(part: ua.ReadParameters) -> list[ua.DataValue]:
        if len(part.NodesToRead) <= _FEW or exchange.processor.iserver.callback_service.busy:
            return await session.read(part)
        return await session.read_in_parts(part, _FEW, exchange.pause)

    return ua.ReadResponse(Results=await in_parts(exchange, params, "NodesToRead", some, TOGETHER))


async def write(exchange: Exchange, params: ua.WriteParameters) -> ua.WriteResponse:
    """Write attributes of nodes."""
    operations(params.NodesToWrite, exchange.processor.iserver.limits.max_nodes_per_write)
    session = exchange.activated
    results = await in_parts(exchange, params, "NodesToWrite", session.write, TOGETHER)
    for item, code in zip(params.NodesToWrite, results, strict=True):
        held = item.Value.Value
        if held is not None and isinstance(held.Value, list) and code.is_bad():
            await let_go(held.Value, exchange.pause)
    return ua.WriteResponse(Results=results)


async def history_read(exchange: Exchange, params: ua.HistoryReadParameters) -> ua.HistoryReadResponse:
    """Read the history of nodes; runs beside the connection's other requests.

    Raises:
        ServiceError: BadTimestampsToReturnInvalid (Neither is no choice here: Part 4, 7.40), BadServerTooBusy
            (the owner asks more often than the server gives), BadResourceUnavailable (the session, or the
            server, runs as much beside its connections as it may), BadHistoryOperationInvalid.
    """
    server, session = exchange.processor.iserver, exchange.activated
    wanted = operations(params.NodesToRead, server.limits.max_nodes_per_history_read)
    if int(params.TimestampsToReturn) not in {0, 1, 2}:
        raise ServiceError(StatusCodes.BadTimestampsToReturnInvalid)
    if not server.history_rates.take(session.caller.owner, len(wanted)):
        raise ServiceError(StatusCodes.BadServerTooBusy)
    with beside(exchange):
        largest = exchange.processor.largest_response(exchange)
        until = asyncio.get_running_loop().time() + seconds_for_history(exchange.header.TimeoutHint)
        return ua.HistoryReadResponse(Results=await session.history_read(params, largest, until=until))


def seconds_for_history(hint: int) -> float:
    """How long a HistoryRead may take: the client waits no longer than its TimeoutHint (ms; 0 for none)."""
    return min(hint / 1e3 * SHARE, _LONGEST_S) if hint else _LONGEST_S


def check_timestamps(wanted: int) -> None:
    """Part 4, 7.40 (TimestampsToReturn).

    Raises:
        ServiceError: BadTimestampsToReturnInvalid.
    """
    if int(wanted) not in {0, 1, 2, 3}:
        raise ServiceError(StatusCodes.BadTimestampsToReturnInvalid)
