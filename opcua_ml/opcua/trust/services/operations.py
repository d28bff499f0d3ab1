"""How many operations one request may carry, and how many requests run at a time beside their connections.

Source: OPC UA Part 4, 7.38.2 (BadNothingToDo, BadTooManyOperations); Part 5, 6.3.11 (OperationLimitsType).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opcua_ml.opcua.trust.services.exchange import Exchange

_T = TypeVar("_T")


@contextmanager
def beside(exchange: Exchange) -> Iterator[None]:
    """What runs beside its connection's other requests, as long as it does.

    Raises:
        ServiceError: BadResourceUnavailable, if the session or the server runs as much beside as it may.
    """
    server, session = exchange.processor.iserver, exchange.activated
    if len(server.calls) > server.limits.max_concurrent_calls:
        raise ServiceError(StatusCodes.BadResourceUnavailable)
    with session.one_more_call(server.limits.max_concurrent_calls_per_session):
        yield


def operations(items: Sequence[_T] | None, most: int) -> Sequence[_T]:
    """`items`, if there are any and not too many.

    Raises:
        ServiceError: BadNothingToDo or BadTooManyOperations.
    """
    if not items:
        raise ServiceError(StatusCodes.BadNothingToDo)
    if len(items) > most:
        raise ServiceError(StatusCodes.BadTooManyOperations)
    return items
