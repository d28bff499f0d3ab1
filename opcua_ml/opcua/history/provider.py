"""The HistoryProvider of the server: what a HistoryRead asks for, read from the store.

Source: OPC UA Part 4, 5.11.3 (HistoryRead), 7.9 (ContinuationPoint); Part 11, 6.4 (HistoryReadDetails).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.application.history.store import LAST_TIME
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.domain.history.aggregate_settings import AggregateSettings
from opcua_ml.domain.history.interval import count
from opcua_ml.domain.history.point import TICKS_PER_SECOND
from opcua_ml.opcua.history.encoding import ValueEncoder, history_data, history_events, no_modifications
from opcua_ml.opcua.history.event_read import EventRead
from opcua_ml.opcua.history.paging import Paged, PageLimit
from opcua_ml.opcua.history.processed import AGGREGATE_IDS, AtTimeRead, ProcessedRead, takes
from opcua_ml.opcua.history.raw import RawRead
from opcua_ml.opcua.history.span import given, span_of
from opcua_ml.opcua.history.times import HeldTimes
from opcua_ml.opcua.status_codes import status_of
from opcua_ml.opcua.trust.access import rules as access
from opcua_ml.opcua.trust.ground.errors import bad, good
from opcua_ml.opcua.trust.nodes.index_range import parse_index_range
from opcua_ml.opcua.trust.subscriptions.event_filter import compile_event_filter

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from asyncua.common.events import Event

    from opcua_ml.opcua.history.event_content import EventContent
    from opcua_ml.opcua.history.paging import Unfinished
    from opcua_ml.opcua.history.reading import ReadingRoom
    from opcua_ml.opcua.history.times import RequestedTimes
    from opcua_ml.opcua.history.variable import Historized
    from opcua_ml.opcua.trust.access.identity import Caller
    from opcua_ml.opcua.trust.internal_server import PlantInternalServer
    from opcua_ml.opcua.trust.nodes.history import HistoryRequest

_log = structlog.get_logger(__name__)

MOST_VALUES: Final = 10_000
"""Values of one node in one answer; of all nodes of a request five times as many."""
MOST_EVENTS: Final = 1_000
MOST_IN_ALL: Final = 50_000
_LEAST: Final = 100
_TIMES: Final = "times"
_MOST_INTERVALS: Final = 100_000_000
"""Of one ReadProcessed, three years of seconds: more is a slip of the unit, and nobody comes to its end."""


class StoredHistory:
    """Reads the history of variables and notifiers that it was told of.

    Args:
        iserver: the server's parts.
        room: where it is read.
        content: reads events.
        flush: makes what was recorded before the request readable.

    Attributes:
        variables: whose history there is, by NodeId.
        notifiers: whose events there are.
    """

    def __init__(
        self,
        iserver: PlantInternalServer,
        room: ReadingRoom,
        content: EventContent,
        flush: Callable[[], Awaitable[object]],
    ) -> None:
        self.variables: dict[ua.NodeId, Historized] = {}
        self.notifiers: set[ua.NodeId] = set()
        self._iserver = iserver
        self._room = room
        self._content = content
        self._flush = flush
        self._held = HeldTimes()
        self._told = ""

    async def read(self, request: HistoryRequest) -> ua.HistoryReadResult:
        """See HistoryProvider."""
        point = request.wanted.ContinuationPoint
        if request.release:
            if not request.points.forget(point or b""):
                raise ServiceError(StatusCodes.BadContinuationPointInvalid)
            return ua.HistoryReadResult()
        if point:
            kept = request.points.take(point)
            if kept is None or kept[0] != request.wanted.NodeId:
                raise ServiceError(StatusCodes.BadContinuationPointInvalid)
            return await self._page(request, kept[1])
        if request.wanted.DataEncoding is not None and request.wanted.DataEncoding.Name:
            raise ServiceError(StatusCodes.BadDataEncodingInvalid)
        unfinished = self._begun(request)
        await self._flush()
        if unfinished is None:
            # Nobody can change what is stored: no value was ever modified.
            return ua.HistoryReadResult(bad(StatusCodes.GoodNoData), HistoryData=no_modifications())
        return await self._page(request, Paged(unfinished, _per_page(request.details)))

    def _begun(self, request: HistoryRequest) -> Unfinished | None:
        """What the request asks for, before anything is read; None where modified values are wanted."""
        details = request.details
        if isinstance(details, ua.ReadEventDetails):
            return self._events(request, details)
        variable = self.variables.get(request.wanted.NodeId)
        if variable is None:
            raise ServiceError(StatusCodes.BadHistoryOperationUnsupported)
        ranges = parse_index_range(request.wanted.IndexRange) if request.wanted.IndexRange else ()
        encoder = ValueEncoder(request.timestamps, ranges)
        if isinstance(details, ua.ReadRawModifiedDetails):
            span = span_of(details.StartTime, details.EndTime, details.NumValuesPerNode)
            bounds = bool(details.ReturnBounds)
            return None if details.IsReadModified else RawRead(variable, span, encoder, bounds=bounds)
        if isinstance(details, ua.ReadProcessedDetails):
            return _processed(request, details, variable, encoder)
        if isinstance(details, ua.ReadAtTimeDetails):
            settings = AggregateSettings(stepped=variable.stepped)
            simple = bool(details.UseSimpleBounds)
            return AtTimeRead(variable, self._times_of(request, details), settings, encoder, simple=simple)
        raise ServiceError(StatusCodes.BadHistoryOperationUnsupported)

    async def _page(self, request: HistoryRequest, paged: Paged) -> ua.HistoryReadResult:
        of_events = isinstance(paged.content, EventRead)
        most = max(_LEAST, min(MOST_VALUES, MOST_IN_ALL // request.nodes))
        limit = PageLimit(min(most, MOST_EVENTS) if of_events else most, request.size)
        try:
            found = await self._room.page(request.caller.owner, paged, limit, request.until)
        except HistoryFailed as error:
            self._tell(error.sentence)
            raise ServiceError(status_of(error)) from error
        self._told = ""
        result = ua.HistoryReadResult()
        result.HistoryData = history_events(found) if of_events else history_data(found)
        result.StatusCode = good() if found or not paged.done else bad(StatusCodes.GoodNoData)
        if not paged.done:
            point = request.points.keep(request.wanted.NodeId, paged)
            if point is None:
                raise ServiceError(StatusCodes.BadNoContinuationPoints)
            result.ContinuationPoint = point
        return result

    def _tell(self, reason: str) -> None:
        """Once for each reason: clients ask again."""
        if reason != self._told:
            self._told = reason
            _log.error("the history can't be read", reason=reason)

    def _times_of(self, request: HistoryRequest, details: ua.ReadAtTimeDetails) -> RequestedTimes:
        times: RequestedTimes | None = request.shared.get(_TIMES)
        if times is None:
            times = self._held.take(request.caller.owner, details.ReqTimes, request.points)
            request.shared[_TIMES] = times
        return times

    def _events(self, request: HistoryRequest, details: ua.ReadEventDetails) -> EventRead:
        if type(details) is not ua.ReadEventDetails or request.wanted.NodeId not in self.notifiers:
            raise ServiceError(StatusCodes.BadHistoryOperationUnsupported)
        span = span_of(details.StartTime, details.EndTime, details.NumValuesPerNode)
        server = self._iserver
        wanted: Any = details.Filter if isinstance(details.Filter, ua.EventFilter) else ua.EventFilter()
        compiled, _ = compile_event_filter(wanted, server.aspace, server.types, server.limits)
        if compiled is None:
            raise ServiceError(StatusCodes.BadEventFilterInvalid)
        notifier = self._content.named(request.wanted.NodeId)
        caller = request.caller
        return EventRead(
            notifier,
            span,
            self._content,
            compiled,
            lambda event: self._may_receive(caller, event),
            locales=caller.locales,
        )

    def _may_receive(self, caller: Caller, event: Event) -> bool:
        """ReceiveEvents on the source and on the event's type, as for live events (Part 3, 8.55)."""
        if caller.identity.trusted:
            return True
        for node_id in (getattr(event, "SourceNode", None), getattr(event, "EventType", None)):
            node = self._iserver.aspace.get(node_id) if node_id is not None else None
            if node is not None and not self._iserver.rules.permissions(caller, node) & access.RECEIVE_EVENTS:
                return False
        return True


def settings_of(configuration: Any, variable: Historized) -> AggregateSettings:
    """The AggregateConfiguration of a request; the server's defaults where it wants those.

    Raises:
        ServiceError: BadAggregateConfigurationRejected.
    """
    if (
        not isinstance(configuration, ua.AggregateConfiguration)
        or configuration.UseServerCapabilitiesDefaults
    ):
        return AggregateSettings(stepped=variable.stepped)
    found = AggregateSettings(
        bool(configuration.TreatUncertainAsBad),
        int(configuration.PercentDataBad),
        int(configuration.PercentDataGood),
        bool(configuration.UseSlopedExtrapolation),
        variable.stepped,
    )
    if not found.is_consistent:
        raise ServiceError(StatusCodes.BadAggregateConfigurationRejected)
    return found


def _per_page(details: ua.HistoryReadDetails) -> int:
    """Results that the client wants in a page; 0 for any (Part 11, 6.4.2.2, 6.4.3.2)."""
    return int(getattr(details, "NumValuesPerNode", 0) or 0)


def _processed(
    request: HistoryRequest, details: ua.ReadProcessedDetails, variable: Historized, encoder: ValueEncoder
) -> ProcessedRead:
    kind = AGGREGATE_IDS.get(details.AggregateType[request.place])
    if kind is None:
        raise ServiceError(StatusCodes.BadAggregateNotSupported)
    start, end = given(details.StartTime), given(details.EndTime)
    length = details.ProcessingInterval
    if start is None or end is None or start == end or not 0 <= length < math.inf:
        raise ServiceError(StatusCodes.BadInvalidArgument)
    ticks = int(min(length * TICKS_PER_SECOND / 1000, LAST_TIME))
    if length and not ticks:
        raise ServiceError(StatusCodes.BadInvalidArgument)  # shorter than what a DateTime can tell
    if count(start, end, ticks) > _MOST_INTERVALS:
        raise ServiceError(StatusCodes.BadTooManyOperations)
    if not takes(kind, variable) or request.wanted.IndexRange:
        raise ServiceError(StatusCodes.BadAggregateInvalidInputs)
    settings = settings_of(details.AggregateConfiguration, variable)
    return ProcessedRead(variable, kind, settings, (start, end, ticks), encoder)
