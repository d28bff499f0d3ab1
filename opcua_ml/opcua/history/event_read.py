"""ReadEventDetails: events as they were stored, in pages.

Source: OPC UA Part 11, 6.4.2 (ReadEventDetails); Part 4, 7.22.3 (EventFilter).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from opcua_ml.opcua.history.encoding import event_fields

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from asyncua.common.events import Event

    from opcua_ml.application.history.record import StoredEvent
    from opcua_ml.application.history.store import Cursor, HistoryReader
    from opcua_ml.opcua.history.event_content import EventContent
    from opcua_ml.opcua.history.span import Span
    from opcua_ml.opcua.trust.subscriptions.event_filter import CompiledEventFilter

_log = structlog.get_logger(__name__)
_PAGE = 100


class EventRead:
    """The events of one notifier, which goes on where its last page ended.

    Args:
        notifier: as the trail of events names it.
        span: of time.
        content: of events, reads them.
        wanted: the client's filter.
        may_receive: whether the client may have an event.
    """

    def __init__(
        self,
        notifier: str,
        span: Span,
        content: EventContent,
        wanted: CompiledEventFilter,
        may_receive: Callable[[Event], bool],
    ) -> None:
        self._notifier = notifier
        self._span = span
        self._content = content
        self._wanted = wanted
        self._may_receive = may_receive
        self._cursor: Cursor | None = None
        self._left = span.number if span.number and span.stop is None else None
        self.done = False

    def page(self, reader: HistoryReader, most: int) -> Generator[None, bool, list[bytes]]:
        """The next events' fields, encoded; a step for each hundred that are looked at."""
        budget = min(most, self._span.number or most)
        if self._left is not None:
            budget = min(budget, self._left)
        found: list[bytes] = []
        low, high = self._span.bounds
        while not self.done and len(found) < budget:
            stored = reader.events(
                self._notifier,
                low,
                high,
                most=_PAGE,
                newest_first=not self._span.forward,
                after=self._cursor,
            )
            for one in stored:
                self._cursor = one[:2]
                event = self._event(one)
                if event is not None and self._may_receive(event) and self._wanted.matches(event):
                    found.append(event_fields(self._wanted.fields(event)))
                    if len(found) == budget:
                        break
            else:
                self.done = len(stored) < _PAGE
            if (yield):
                break
        if self._left is not None:
            self._left -= len(found)
            self.done = self.done or not self._left
        return found

    def _event(self, stored: StoredEvent) -> Event | None:
        """None for one that is not as it was written: it takes no other along."""
        try:
            return self._content.event(stored.content)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            _log.error("an event of the history can't be read", number=stored.number, reason=repr(error))
            return None
