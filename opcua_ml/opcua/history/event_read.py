"""ReadEventDetails: events as they were stored, in pages.

Source: OPC UA Part 11, 6.4.2 (ReadEventDetails); Part 4, 7.22.3 (EventFilter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from opcua_ml.opcua.history.encoding import event_fields
from opcua_ml.opcua.trust.nodes.localized import localized_variant

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from asyncua.common.events import Event

    from opcua_ml.application.history.record import SeenEvents, StoredEvent
    from opcua_ml.application.history.store import Cursor, HistoryReader
    from opcua_ml.opcua.history.event_content import EventContent
    from opcua_ml.opcua.history.span import Span
    from opcua_ml.opcua.trust.subscriptions.event_filter import CompiledEventFilter

_log = structlog.get_logger(__name__)
_PAGE = 500
_IN_A_STEP = 50


class EventRead:
    """The events of one notifier, which goes on where its last page ended.

    Args:
        notifier: as the trail of events names it.
        span: of time.
        content: of events, reads them.
        wanted: the client's filter.
        may_receive: whether the client may have an event.
        locales: in which the client wants texts; empty for as they are.
    """

    def __init__(
        self,
        notifier: str,
        span: Span,
        content: EventContent,
        wanted: CompiledEventFilter,
        may_receive: Callable[[Event], bool],
        *,
        locales: tuple[str, ...] = (),
    ) -> None:
        self._notifier = notifier
        self._span = span
        self._content = content
        self._wanted = wanted
        self._may_receive = may_receive
        self._locales = locales
        self._cursor: Cursor | None = None
        self._left = span.number if span.number and span.stop is None else None
        self.done = False

    def page(self, reader: HistoryReader, most: int) -> Generator[None, bool, list[bytes]]:
        """The next events' fields, encoded; a step for what is looked at in some milliseconds."""
        budget = min(most, self._span.number or most)
        if self._left is not None:
            budget = min(budget, self._left)
        found: list[bytes] = []
        over = False
        while not (self.done or over) and len(found) < budget:
            seen = self._look(reader)
            for place, one in enumerate(seen.found, 1):
                self._cursor = one[:2]
                found += self._told(one)
                over = place % _IN_A_STEP == 0 and (yield)
                if over or len(found) == budget:
                    break
            else:
                self._cursor = seen.behind
                self.done = seen.behind is None
                over = yield
        if self._left is not None:
            self._left -= len(found)
            self.done = self.done or not self._left
        return found

    def _look(self, reader: HistoryReader) -> SeenEvents:
        low, high = self._span.bounds
        forward = self._span.forward
        return reader.events(
            self._notifier, low, high, most=_PAGE, newest_first=not forward, after=self._cursor
        )

    def _told(self, stored: StoredEvent) -> list[bytes]:
        """The event's fields; empty where the client does not get it."""
        event = self._event(stored)
        if event is None or not self._may_receive(event) or not self._wanted.matches(event):
            return []
        fields = self._wanted.fields(event)
        if self._locales:
            fields = [localized_variant(one, self._locales) for one in fields]
        return [event_fields(fields)]

    def _event(self, stored: StoredEvent) -> Event | None:
        """None for one that is not as it was written: it takes no other along."""
        try:
            return self._content.event(stored.content)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            _log.error("an event of the history can't be read", number=stored.number, reason=repr(error))
            return None
