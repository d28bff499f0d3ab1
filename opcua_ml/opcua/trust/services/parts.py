"""Long requests in parts: a few operations, then a pause in which other clients' requests are served.

Nothing is promised about what happens between two operations of a request; results come in the order asked
for.
"""

from __future__ import annotations

import struct
from copy import copy
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.ua_binary import struct_to_binary

from opcua_ml.opcua.hot import DECLINED, encode_response
from opcua_ml.opcua.trust.subscriptions.value_encoder import encoded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.opcua.trust.services.exchange import Exchange

_OPERATIONS: Final = 4
"""Operations that are done without a pause."""
TOGETHER: Final = 250
"""Nodes whose values are taken, or written, without a pause: what changes together is seen together, and what
one Write brings reaches a model together."""
_RESULTS: Final = 16
"""Results up to which a response is encoded in one step."""
_COUNT: Final = struct.Struct("<i")
_LAST: Final = {
    ua.ReadResponse: ("Results", 4),
    ua.BrowseResponse: ("Results", 4),
    ua.CreateMonitoredItemsResponse: ("Results", 4),
    ua.TranslateBrowsePathsToNodeIdsResponse: ("Results", 4),
    ua.BrowseResult: ("References", 0),
}
"""Structures that end in an array and in so many bytes, which are an empty array of DiagnosticInfos."""


async def in_parts(
    exchange: Exchange,
    params: Any,
    field: str,
    serve: Callable[[Any], Awaitable[list[Any]]],
    size: int = _OPERATIONS,
) -> list[Any]:
    """The results of a service's operations, with pauses in between.

    Args:
        exchange: of the request.
        params: its parameters.
        field: name of their array of operations.
        serve: does what parameters with some of the operations say.
        size: operations from one pause to the next.

    Raises:
        ServiceError: what the service or `exchange.pause` raises.
    """
    wanted = getattr(params, field)
    if len(wanted) <= size or exchange.processor.iserver.callback_service.busy:
        return await serve(params)
    results: list[Any] = []
    some = copy(params)
    for start in range(0, len(wanted), size):
        if start:
            await exchange.pause()
        setattr(some, field, wanted[start : start + size])
        results += await serve(some)
    return results


def is_long(response: Any) -> bool:
    """Whether encoding it had better be done in parts."""
    name, _ = _LAST.get(type(response), ("", 0))
    results = getattr(response, name) if name else None
    if not results:
        return False
    return len(results) > _RESULTS or any(map(is_long, results))


async def encode(response: Any, pause: Callable[[], Awaitable[None]], largest: int) -> bytes:
    """Its bytes; of what was read, a value that fits no type is BadEncodingError, and the others are told.

    Args:
        response: to be sent.
        pause: awaited between its parts.
        largest: bytes that are sent at most; of a long response no more is encoded.

    Raises:
        Exception: what asyncua's encoder raises for anything else that it can't encode; it may be any.
        ServiceError: BadResponseTooLarge, or what `pause` raises.
    """
    if is_long(response):
        return await encode_in_parts(response, pause, largest)
    hot = encode_response(response)
    if hot is not DECLINED:
        return hot
    try:
        return bytes(struct_to_binary(response))
    except Exception:
        if not isinstance(response, ua.ReadResponse):
            raise
        return await encode_in_parts(response, pause, largest)


async def encode_in_parts(response: Any, pause: Callable[[], Awaitable[None]], largest: int) -> bytes:
    """Its bytes as asyncua writes them.

    Raises:
        ServiceError: BadResponseTooLarge, as soon as there are more than `largest`; what `pause` raises.
    """
    name, tail = _LAST[type(response)]
    elements = getattr(response, name)
    bare = copy(response)
    setattr(bare, name, [])
    frame = struct_to_binary(bare)
    end = len(frame) - tail
    written = [frame[: end - _COUNT.size], _COUNT.pack(len(elements))]
    left = largest - end
    for number, element in enumerate(elements):
        if number % _OPERATIONS == _OPERATIONS - 1:
            await pause()
        inner = await encode_in_parts(element, pause, left) if is_long(element) else _encoded(element)
        left -= len(inner)
        if left < 0:
            raise ServiceError(StatusCodes.BadResponseTooLarge)
        written.append(inner)
    written.append(frame[end:])
    return b"".join(written)


def _encoded(element: Any) -> bytes:
    return encoded(element) if type(element) is ua.DataValue else bytes(struct_to_binary(element))
