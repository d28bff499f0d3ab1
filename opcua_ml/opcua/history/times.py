"""The times of ReadAtTime requests: packed once for all nodes of a request, and bounded for each owner."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakSet

from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.history.span import given

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from datetime import datetime

    from opcua_ml.opcua.trust.nodes.history import HistoryPoints

MOST_TIMES: Final = 100_000
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of the times that one owner's unfinished reads hold, in all sessions."""
_PACKED_AT_ONCE: Final = 1_000


class RequestedTimes:
    """Of one request, as filetimes of eight bytes.

    Args:
        moments: as they came; let go of when they are packed.
    """

    __slots__ = ("__weakref__", "_moments", "_number", "_packed")

    def __init__(self, moments: Sequence[datetime]) -> None:
        self._moments = moments
        self._number = len(moments)
        self._packed = array("q")

    def __len__(self) -> int:
        return self._number

    @property
    def size(self) -> int:
        """Bytes, when they are packed."""
        return self._number * self._packed.itemsize

    def pack(self) -> Generator[None, None, None]:
        """Convert them, in steps; those that are converted already are not again."""
        while len(self._packed) < self._number:
            at = len(self._packed)
            self._packed.extend(given(one) or 0 for one in self._moments[at : at + _PACKED_AT_ONCE])
            yield
        self._moments = ()

    def part(self, start: int, number: int) -> array[int]:
        """So many of them from one on, once they are packed."""
        return self._packed[start : start + number]


class HeldTimes:
    """What all unfinished reads hold, by owner; what nobody refers to any more counts no longer."""

    def __init__(self) -> None:
        self._owners: dict[Any, WeakSet[RequestedTimes]] = {}

    def take(self, owner: Any, moments: Sequence[datetime] | None, points: HistoryPoints) -> RequestedTimes:
        """The times of a new request.

        Args:
            owner: whose request it is.
            moments: ReqTimes.
            points: of the session, the oldest of which go where the owner holds too much.

        Raises:
            ServiceError: BadInvalidTimestampArgument (there are none), BadTooManyOperations (too many, or
                the owner's other sessions hold too much).
        """
        if not moments:
            raise ServiceError(StatusCodes.BadInvalidTimestampArgument)
        if len(moments) > MOST_TIMES:
            raise ServiceError(StatusCodes.BadTooManyOperations)
        times = RequestedTimes(moments)
        while self.size(owner) + times.size > MOST_BYTES:
            if not points.drop_oldest():
                raise ServiceError(StatusCodes.BadTooManyOperations)
        self._owners.setdefault(owner, WeakSet()).add(times)
        return times

    def size(self, owner: Any) -> int:
        """Bytes of one owner."""
        held = self._owners.get(owner)
        if held is None:
            return 0
        if not held:
            del self._owners[owner]
        return sum(times.size for times in held)
