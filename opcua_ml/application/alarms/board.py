"""All alarms of the service: time passes for them here, and their changes go out in order."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from opcua_ml.application.bounded_queue import BoundedQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.alarms.card import AlarmCard
    from opcua_ml.application.ports import Clock
    from opcua_ml.domain.alarm.alarm import Alarm, Notice
    from opcua_ml.domain.queue_state import QueueState

MOST_WAITING = 10_000
_BATCH = 100


class AlarmPublisher(Protocol):
    """Shows alarms to clients."""

    async def publish_alarm(self, card: AlarmCard, notice: Notice[Any]) -> None:
        """Show the alarm's state, and tell of it where the notice is an event."""


class BoardEntry(NamedTuple):
    """An alarm and what it is."""

    card: AlarmCard
    alarm: Alarm[Any]


class AlarmBoard:
    """Owns the alarms; used from the event loop only.

    Changes wait in a queue until `run`, or a caller who wants to see them shown, publishes them. When it is
    full the oldest change goes and is counted; what is shown then still ends at the newest state.

    Args:
        clock: monotonic for delays and shelving.

    Attributes:
        entries: all alarms by their keys.
        changes: how many notices there were, events or not.
        observers: called at each of them.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.entries: dict[str, BoardEntry] = {}
        self.changes = 0
        self.observers: list[Callable[[], None]] = []
        self._publisher: AlarmPublisher | None = None
        self._waiting: BoundedQueue[tuple[AlarmCard, Notice[Any]]] = BoundedQueue("Alarms", MOST_WAITING)
        self._woken = asyncio.Event()
        self._publishing = asyncio.Lock()
        self._timed: dict[Alarm[Any], None] = {}

    def add(self, card: AlarmCard, alarm: Alarm[Any]) -> None:
        """Take in an alarm; its key must be new."""
        if card.key in self.entries:
            raise ValueError(f"there is an alarm {card.key} already")
        self.entries[card.key] = BoardEntry(card, alarm)
        alarm.tell = lambda notice: self._take(card, notice)
        alarm.stirred = self._stir
        if not math.isinf(alarm.due):
            self._stir(alarm)

    def publish_to(self, publisher: AlarmPublisher) -> None:
        """Whom to tell from now on."""
        self._publisher = publisher

    @property
    def queue(self) -> QueueState:
        """How many changes wait, and how many were lost."""
        return self._waiting.state

    async def run(self) -> None:
        """Let time pass and publish, until cancelled."""
        while True:
            await self._wait()
            self._woken.clear()
            self._pass_time()
            await self.flush()

    async def flush(self) -> None:
        """Publish what waits; when this returns, clients see the present states."""
        async with self._publishing:
            while self._waiting:
                for card, notice in self._waiting.take(_BATCH):
                    if self._publisher is not None:
                        await self._publisher.publish_alarm(card, notice)

    async def _wait(self) -> None:
        due = min((alarm.due for alarm in self._timed), default=math.inf)
        pause = None if math.isinf(due) else max(0.0, due - self.clock.monotonic())
        try:
            async with asyncio.timeout(pause):
                await self._woken.wait()
        except TimeoutError:
            return

    def _pass_time(self) -> None:
        now = self.clock.monotonic()
        for alarm in tuple(self._timed):
            if alarm.due <= now:
                alarm.pass_time(now)
            if math.isinf(alarm.due):
                self._timed.pop(alarm, None)

    def _take(self, card: AlarmCard, notice: Notice[Any]) -> None:
        self.changes += 1
        self._waiting.put((card, notice))
        self._woken.set()
        for observe in self.observers:
            observe()

    def _stir(self, alarm: Alarm[Any]) -> None:
        self._timed[alarm] = None
        self._woken.set()
