"""How many operations one request may carry.

Source: OPC UA Part 4, 7.38.2 (BadNothingToDo, BadTooManyOperations); Part 5, 6.3.11 (OperationLimitsType).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")


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
