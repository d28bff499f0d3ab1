"""HistoryRead: who may read which history, before any provider of history is asked.

Source: OPC UA Part 4, 5.11.3 (HistoryRead); Part 11, 6.4 (HistoryReadDetails); Part 3, 8.57 (HistoryRead of
AccessLevel), 8.59 (HistoryRead of EventNotifier), 8.55 (ReadHistory).
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

import structlog
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.ground.errors import REFUSALS, bad
from opcua_ml.opcua.trust.nodes.index_range import parse_index_range
from opcua_ml.opcua.trust.nodes.user_attributes import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_log = structlog.get_logger(__name__)

_LEVEL_BIT: Final = 1 << ua.AccessLevel.HistoryRead
_NOTIFIER_BIT: Final = 1 << ua.EventNotifier.HistoryRead


_WITHOUT_A_PAUSE: Final = 4
_AROUND: Final = 256
_AROUND_NODE: Final = 64
"""Bytes of a response beside the results of its nodes, and of a node's beside its values."""


class HistoryPoints:
    """The unfinished HistoryReads of one session.

    Args:
        most: how many at a time; one more makes the oldest go (Part 4, 7.9).
        lifetime_s: for which one is kept at least.
        monotonic: seconds.
    """

    def __init__(
        self, most: int, lifetime_s: float, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._most = most
        self._lifetime = lifetime_s
        self._monotonic = monotonic
        self._open: dict[bytes, tuple[float, ua.NodeId, Any]] = {}

    def __len__(self) -> int:
        return len(self._open)

    def keep(self, node: ua.NodeId, unfinished: Any) -> bytes:
        """A continuation point for what is left of a node's history."""
        now = self._monotonic()
        for point, (since, _, _) in tuple(self._open.items()):
            if now - since <= self._lifetime and len(self._open) < self._most:
                break
            del self._open[point]
        point = secrets.token_bytes(16)
        self._open[point] = (now, node, unfinished)
        return point

    def take(self, point: bytes) -> tuple[ua.NodeId, Any] | None:
        """The node and what is left; the point is used up. None where it is not known, or too old."""
        since, node, unfinished = self._open.pop(point, (-float("inf"), None, None))
        return None if node is None or self._monotonic() - since > self._lifetime else (node, unfinished)

    def drop_oldest(self) -> bool:
        """Give the oldest one up, for what it holds; False where there is none."""
        point = next(iter(self._open), None)
        return point is not None and self.forget(point)

    def forget(self, point: bytes) -> bool:
        """Give a point up; whether there was one."""
        return self._open.pop(point, None) is not None


@dataclass(frozen=True, slots=True)
class HistoryRequest:
    """What is asked of the history of one node.

    Attributes:
        caller: who asks, and may.
        details: what of the history.
        wanted: the node, with IndexRange, DataEncoding and continuation point.
        timestamps: TimestampsToReturn.
        points: of the caller's session.
        place: of the node in the request.
        nodes: how many the request has.
        release: whether nothing is read, and the continuation point is given up.
        size: bytes that the node's results may have in the response.
        until: time of the event loop at which the answer should be given; all nodes share it.
        shared: what a provider makes of the details once for all nodes of the request.
    """

    caller: Caller
    details: ua.HistoryReadDetails
    wanted: ua.HistoryReadValueId
    timestamps: int
    points: HistoryPoints
    place: int = 0
    nodes: int = 1
    release: bool = False
    size: int = 1 << 24
    until: float = math.inf
    shared: dict[str, Any] = field(default_factory=dict)


class HistoryProvider(Protocol):
    """Keeps history. It is asked only for nodes whose history the caller may read."""

    async def read(self, request: HistoryRequest) -> ua.HistoryReadResult:
        """The history of one node, or with `release` nothing, and its continuation point is given up.

        Raises:
            ServiceError: the node's result is this code, such as BadHistoryOperationUnsupported (the node has
                no history of this kind), BadContinuationPointInvalid or BadNoContinuationPoints.
        """
        ...


class PlantHistoryService:
    """Checks every HistoryRead.

    Args:
        aspace: the nodes.
        rules: who may do what.

    Attributes:
        provider: of history; None where none is kept.
    """

    def __init__(self, aspace: PlantAddressSpace, rules: AccessRules) -> None:
        self._aspace = aspace
        self._rules = rules
        self.provider: HistoryProvider | None = None

    async def read_for(
        self,
        caller: Caller,
        params: ua.HistoryReadParameters,
        points: HistoryPoints,
        size: int,
        *,
        until: float = math.inf,
    ) -> list[ua.HistoryReadResult]:
        """Results in the order of NodesToRead.

        Args:
            caller: who asks.
            params: of the request.
            points: of the caller's session.
            size: bytes that the response may have.
            until: time of the event loop at which what was found by then should be answered.

        Raises:
            ServiceError: BadHistoryOperationInvalid (the details are none that the standard has),
                BadAggregateListMismatch (there are not as many Aggregates as nodes).
        """
        details = params.HistoryReadDetails
        if not isinstance(details, ua.HistoryReadDetails) or type(details) is ua.HistoryReadDetails:
            raise ServiceError(StatusCodes.BadHistoryOperationInvalid)
        nodes = params.NodesToRead
        if isinstance(details, ua.ReadProcessedDetails) and len(details.AggregateType or ()) != len(nodes):
            raise ServiceError(StatusCodes.BadAggregateListMismatch)
        results = []
        left = size - _AROUND
        shared: dict[str, Any] = {}
        for place, wanted in enumerate(nodes):
            request = HistoryRequest(
                caller,
                details,
                wanted,
                int(params.TimestampsToReturn),
                points,
                place,
                len(nodes),
                bool(params.ReleaseContinuationPoints),
                max(left // (len(nodes) - place) - _AROUND_NODE, 1),
                until,
                shared,
            )
            results.append(await self._read_one(request))
            left -= _AROUND_NODE + _size(results[-1])
            if place % _WITHOUT_A_PAUSE == _WITHOUT_A_PAUSE - 1:
                await asyncio.sleep(0)  # others get in between, also where all are refused
        return results

    def readable(self, caller: Caller, node: NodeData, *, events: bool) -> int:
        """Good, or the StatusCode of refusing to read the node's history of values or of events."""
        attribute = AttributeIds.EventNotifier if events else AttributeIds.AccessLevel
        bit = _NOTIFIER_BIT if events else _LEVEL_BIT
        if not number(node, attribute) & bit:
            return StatusCodes.BadHistoryOperationUnsupported
        if caller.identity.trusted:
            return StatusCodes.Good
        if not events and not number(node, AttributeIds.UserAccessLevel, 0xFF) & bit:
            return StatusCodes.BadUserAccessDenied
        allowed = self._rules.permissions(caller, node) & access.READ_HISTORY
        return StatusCodes.Good if allowed else access.refusal(caller, node)

    async def _read_one(self, request: HistoryRequest) -> ua.HistoryReadResult:
        wanted = request.wanted
        try:
            return await self._provided(request)
        except REFUSALS as refusal:
            return ua.HistoryReadResult(StatusCode=bad(refusal.code))
        except Exception:  # noqa: BLE001 - a provider's fault is one node's Bad, not the whole request's
            _log.exception("history read failed", node=wanted.NodeId.to_string())
            return ua.HistoryReadResult(StatusCode=bad(StatusCodes.BadInternalError))

    async def _provided(self, request: HistoryRequest) -> ua.HistoryReadResult:
        wanted = request.wanted
        node = self._aspace.get(wanted.NodeId)
        if node is None:
            raise ServiceError(StatusCodes.BadNodeIdUnknown)
        code = self.readable(request.caller, node, events=isinstance(request.details, ua.ReadEventDetails))
        if code:
            raise ServiceError(code)
        if wanted.IndexRange:
            parse_index_range(wanted.IndexRange)
        if self.provider is None:
            if wanted.ContinuationPoint or request.release:
                raise ServiceError(StatusCodes.BadContinuationPointInvalid)
            raise ServiceError(StatusCodes.BadHistoryOperationUnsupported)
        return await self.provider.read(request)


def _size(result: ua.HistoryReadResult) -> int:
    body = getattr(result.HistoryData, "Body", None)
    return len(body) if isinstance(body, bytes) else 0
