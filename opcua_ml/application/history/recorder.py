"""Takes what happens on the event loop, and stores it in batches from a thread of its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog

from opcua_ml.application.history.passing_time import PassingTime
from opcua_ml.application.history.record import EventRecord, ValueRecord
from opcua_ml.application.history.recoveries import Recoveries
from opcua_ml.application.history.state import HistoryState
from opcua_ml.application.history.times_ahead import TimesAhead
from opcua_ml.domain.errors import HistoryFailed
from opcua_ml.domain.history.point import TICKS_PER_SECOND
from opcua_ml.thread_priority import interrupt_nobody

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from opcua_ml.application.history.record import Record
    from opcua_ml.application.history.store import HistoryWriter, Trail

_log = structlog.get_logger(__name__)

_MOST_AT_ONCE: Final = 5_000
"""Records of one batch: what one failure puts off, and what waits for one write to the disk."""
_RETRY_S: Final = (0.5, 1.0, 2.0, 5.0)
_PRUNE_S: Final = 5.0
LAST_CHANCE_S: Final = 5.0
HANGS_S: Final = 1.0
_DAY_TICKS: Final = 86_400 * TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class RecorderSettings:
    """How it is recorded.

    Attributes:
        pause: seconds between two batches at most.
        most_waiting: records that may wait; one more makes the oldest go.
        max_age_days: of what is kept.
        max_ahead: seconds that a SourceTimestamp may lie ahead of the ServerTimestamp.
    """

    pause: float = 0.25
    most_waiting: int = 100_000
    max_age_days: float = 30.0
    max_ahead: float = 86_400.0


class HistoryRecorder:
    """Owns the thread that writes.

    Args:
        writer: of the store.
        settings: how.

    Attributes:
        observers: are told, on the event loop, when something of the state but its counters changes.
    """

    def __init__(self, writer: HistoryWriter, settings: RecorderSettings) -> None:
        self.observers: list[Callable[[HistoryState], None]] = []
        self._writer = writer
        self._settings = settings
        self._time = PassingTime()
        self._ahead = TimesAhead(settings.max_ahead)
        self._recoveries = Recoveries()
        self._waiting: deque[tuple[Trail, Any, datetime]] = deque()
        self._batch: list[Record] = []
        self._number = 1
        # Each counter has one writer: the loop the first row, the thread the second.
        self._taken = self._let_go = self._dropped = 0
        self._done = self._spoilt = self._stored = self._failures = 0
        self._stored_until = self._begin = self._size = 0
        self._problem, self._recording, self._told = "", False, ("", "")
        self._wake, self._stopping = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._until = 0.0
        self._pruning = False
        self._flushes: list[tuple[int, asyncio.Future[None]]] = []

    # On the event loop

    def take(self, trail: Trail, happened: object, moment: datetime) -> None:
        """Record this; never waits. Where too much waits, the oldest goes and is counted."""
        waiting = self._waiting
        if len(waiting) >= self._settings.most_waiting:
            try:
                lost = waiting.popleft()
            except IndexError:  # the thread was faster
                pass
            else:
                self._dropped += lost[0].weight
                self._let_go += 1
        waiting.append((trail, happened, moment))
        self._taken += 1

    def start(self) -> None:
        """Begin to write."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="history", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what still waits, then let go of the store; one that hangs is left alone."""
        thread = self._thread
        if thread is None:
            return
        self._until = time.monotonic() + LAST_CHANCE_S
        self._stopping.set()
        self._wake.set()
        await asyncio.to_thread(thread.join, LAST_CHANCE_S + HANGS_S)
        if thread.is_alive():  # it ends with the process
            self._recording, self._problem = False, "the store of the history does not answer"
            self._tell_lost()
        self._thread = None

    async def flush(self, seconds: float) -> bool:
        """Wait until all that was taken lasts; False where it does not within that time."""
        if self._over >= self._taken:
            return True
        if not self._recording:
            return False
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._flushes.append((self._taken, done))
        self._wake.set()
        try:
            async with asyncio.timeout(seconds):
                await done
        except TimeoutError:
            return False
        return True

    @property
    def state(self) -> HistoryState:
        """As it is now."""
        return HistoryState(
            self._recording,
            self._problem,
            self._writer.note,
            self._stored,
            self._dropped + self._spoilt,
            len(self._waiting) + len(self._batch),
            self._stored_until,
            self._begin,
            self._size,
            self._failures,
        )

    @property
    def _over(self) -> int:
        return self._done + self._let_go

    def _tell(self) -> None:
        state = self.state
        for flush in tuple(self._flushes):
            if flush[0] <= self._over or not state.recording:
                self._flushes.remove(flush)
                if not flush[1].done():
                    flush[1].set_result(None)
        told = (state.problem, state.note)
        if told != self._told:
            self._told = told
            for observe in self.observers:
                observe(state)

    # In the thread

    def _run(self) -> None:
        interrupt_nobody()
        failed, retry_at, prune_at = 0, 0.0, 0.0
        while not self._is_over():
            now = time.monotonic()
            if now < retry_at and not self._stopping.is_set():
                self._rest(retry_at - now)
                continue
            try:
                self._work(prune=now >= prune_at)
                if now >= prune_at:
                    prune_at = now + (0.0 if self._pruning else _PRUNE_S)
                failed = 0
            except HistoryFailed as error:
                self._fail(error)
                retry_at = time.monotonic() + _RETRY_S[min(failed, len(_RETRY_S) - 1)]
                failed += 1
                if self._stopping.is_set():
                    break
            except Exception as error:  # noqa: BLE001 - a fault of ours stops history, never the predictions
                self._fail(HistoryFailed("the writer of the history failed", found=repr(error)))
                self._spoilt += sum(map(_weight, self._batch))
                self._done += len(self._batch)
                self._batch = []
                retry_at = time.monotonic() + _RETRY_S[-1]
        self._writer.close()
        self._recording = False
        self._tell_lost()

    def _tell_lost(self) -> None:
        waiting = tuple(self._waiting)
        lost = [*map(_weight, self._batch), *(trail.weight for trail, _, _ in waiting)]
        if lost:
            _log.error("history was lost at the end of the service", values=sum(lost), why=self._problem)

    def _is_over(self) -> bool:
        if not self._stopping.is_set():
            return False
        return not (self._waiting or self._batch) or time.monotonic() > self._until

    def _rest(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _work(self, *, prune: bool) -> None:
        if not self._recording:
            self._open()
        # On a disk that is full, what goes makes room for what comes.
        refused = self._prune() if prune else None
        self._append()
        if refused is not None:
            raise refused
        if prune:
            self._begin, self._size = self._writer.extent()
        if len(self._waiting) < _MOST_AT_ONCE and not self._stopping.is_set() and not self._pruning:
            self._rest(self._settings.pause)

    def _prune(self) -> HistoryFailed | None:
        """Remove what is too old or too much; why it can't be, so that what waits is stored all the same."""
        try:
            self._pruning = self._writer.prune(
                self._time.now() - int(self._settings.max_age_days * _DAY_TICKS)
            )
        except HistoryFailed as error:
            self._pruning = False
            return error
        return None

    def _open(self) -> None:
        newest = self._writer.open()
        if self._batch and newest >= self._number + len(self._batch) - 1:
            self._note_stored()  # the write that seemed to fail had come through
        if not self._batch:
            self._number = newest + 1
        self._begin, self._size = self._writer.extent()
        if not self._batch:
            self._resume()

    def _append(self) -> None:
        if not self._batch:
            self._batch = self._records()
        if self._batch:
            self._writer.append(self._number, self._batch)
            self._note_stored()
        if not self._recording:
            self._resume()
        self._notify()

    def _records(self) -> list[Record]:
        found: list[Record] = []
        for _ in range(min(_MOST_AT_ONCE, len(self._waiting))):
            try:
                trail, happened, moment = self._waiting.popleft()
            except IndexError:  # the loop let the last ones go
                break
            try:
                found.append(self._recoveries.held(self._ahead.held(trail.record(happened, moment))))
            except Exception:  # noqa: BLE001 - one that can't be written must not keep the others from it
                self._spoilt += trail.weight
                self._done += 1
                _log.exception("a record of the history was not made")
        return found

    def _note_stored(self) -> None:
        batch, self._batch = self._batch, []
        self._number += len(batch)
        self._done += len(batch)
        self._stored += sum(map(_weight, batch))
        self._stored_until = max(self._stored_until, batch[-1].server)

    def _resume(self) -> None:
        self._recording, self._problem = True, ""
        self._notify()
        if self._failures:
            _log.info("history is recorded again", dropped=self._dropped)

    def _fail(self, error: HistoryFailed) -> None:
        self._failures += 1
        is_news = self._recording or self._problem != error.what
        self._recording, self._problem = False, error.what
        self._writer.close()
        self._notify()
        if is_news:
            _log.error("history is not recorded", reason=str(error))

    def _notify(self) -> None:
        if self._loop is None:
            return
        try:
            self._loop.call_soon_threadsafe(self._tell)
        except RuntimeError:  # the loop has ended: there is nobody left to tell
            return


def _weight(record: Record) -> int:
    return len(record.values) if isinstance(record, ValueRecord) else isinstance(record, EventRecord)
