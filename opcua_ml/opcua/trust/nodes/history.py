"""HistoryRead: who may read which history, before any provider of history is asked.

Source: OPC UA Part 4, 5.11.3 (HistoryRead); Part 11, 6.4 (HistoryReadDetails); Part 3, 8.57 (HistoryRead of
AccessLevel), 8.59 (HistoryRead of EventNotifier), 8.55 (ReadHistory).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import structlog
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.attribute_ids import AttributeIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.errors import REFUSALS, bad
from opcua_ml.opcua.trust.nodes.index_range import parse_index_range
from opcua_ml.opcua.trust.nodes.user_attributes import number

if TYPE_CHECKING:
    from asyncua.server.address_space import NodeData

    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.access.rules import AccessRules
    from opcua_ml.opcua.trust.nodes.address_space import PlantAddressSpace

_log = structlog.get_logger(__name__)

_LEVEL_BIT: Final = 1 << ua.AccessLevel.HistoryRead
_NOTIFIER_BIT: Final = 1 << ua.EventNotifier.HistoryRead


class HistoryProvider(Protocol):
    """Keeps history. It is asked only for nodes whose history the caller may read."""

    async def read(
        self,
        caller: Caller,
        details: ua.HistoryReadDetails,
        wanted: ua.HistoryReadValueId,
        timestamps: int,
        *,
        release: bool,
    ) -> ua.HistoryReadResult:
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

    async def read_for(self, caller: Caller, params: ua.HistoryReadParameters) -> list[ua.HistoryReadResult]:
        """Results in the order of NodesToRead.

        Raises:
            ServiceError: BadHistoryOperationInvalid, the details are none that the standard has.
        """
        details = params.HistoryReadDetails
        if not isinstance(details, ua.HistoryReadDetails) or type(details) is ua.HistoryReadDetails:
            raise ServiceError(StatusCodes.BadHistoryOperationInvalid)
        return [await self._read_one(caller, params, wanted) for wanted in params.NodesToRead]

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

    async def _read_one(
        self, caller: Caller, params: ua.HistoryReadParameters, wanted: ua.HistoryReadValueId
    ) -> ua.HistoryReadResult:
        try:
            return await self._provided(caller, params, wanted)
        except REFUSALS as refusal:
            return ua.HistoryReadResult(StatusCode=bad(refusal.code))
        except Exception:  # noqa: BLE001 - a provider's fault is one node's Bad, not the whole request's
            _log.exception("history read failed", node=wanted.NodeId.to_string())
            return ua.HistoryReadResult(StatusCode=bad(StatusCodes.BadInternalError))

    async def _provided(
        self, caller: Caller, params: ua.HistoryReadParameters, wanted: ua.HistoryReadValueId
    ) -> ua.HistoryReadResult:
        node = self._aspace.get(wanted.NodeId)
        if node is None:
            raise ServiceError(StatusCodes.BadNodeIdUnknown)
        details = params.HistoryReadDetails
        code = self.readable(caller, node, events=isinstance(details, ua.ReadEventDetails))
        if code:
            raise ServiceError(code)
        if wanted.IndexRange:
            parse_index_range(wanted.IndexRange)
        if self.provider is None:
            if wanted.ContinuationPoint or params.ReleaseContinuationPoints:
                raise ServiceError(StatusCodes.BadContinuationPointInvalid)
            raise ServiceError(StatusCodes.BadHistoryOperationUnsupported)
        return await self.provider.read(
            caller,
            details,
            wanted,
            int(params.TimestampsToReturn),
            release=bool(params.ReleaseContinuationPoints),
        )
