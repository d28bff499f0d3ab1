"""The audit log: takes records without blocking, writes them in a thread, and says how it fares."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from opcua_ml.folder_lock import FolderLock
from opcua_ml.opcua.audit.line import fields_of
from opcua_ml.opcua.audit.log_file import LogFile
from opcua_ml.opcua.audit.record import AuditKind, AuditRecord
from opcua_ml.thread_priority import interrupt_nobody

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.audit.log_file import LogSettings

_log = structlog.get_logger(__name__)

LOCK = "audit.lock"
MOST_WAITING = 10_000
"""Records that wait for the disk; what comes beyond them is lost, counted, and told in the log later."""
LARGEST_BATCH = 500
RETRY_SECONDS = 1.0
REST_SECONDS = 0.05
"""From one batch's beginning to the next one's: each takes the interpreter from the event loop many times."""


@dataclass(frozen=True, slots=True)
class AuditLogState:
    """How the log fares.

    Attributes:
        healthy: whether everything so far is written or about to be.
        reason: why not, in one sentence.
        written: records on disk since the start.
        lost: records that found no place.
    """

    healthy: bool
    reason: str
    written: int
    lost: int


class AuditLog:
    """An AuditSink on disk.

    A disk that is full or gone raises the alarm (`state`, and `on_alarm`) and is tried again each second;
    what happens meanwhile waits in memory, up to `MOST_WAITING` records.

    Args:
        settings: folder, sizes, durability.
        on_alarm: called, in the log's thread, when `state.healthy` changes.
        retry_seconds: between two attempts to write.
    """

    def __init__(
        self,
        settings: LogSettings,
        *,
        on_alarm: Callable[[AuditLogState], None] | None = None,
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._lock = FolderLock(
            settings.folder / LOCK, "another service writes this audit log", "server.security.audit.folder"
        )
        self._file = LogFile(settings)
        self._on_alarm = on_alarm
        self._retry_seconds = retry_seconds
        self._waiting: deque[dict[str, Any]] = deque()
        lock = threading.RLock()
        self._changed = threading.Condition(lock)
        self._hurry = threading.Condition(lock)
        self._closing = self._hurried = False
        self._written = self._lost = self._lost_untold = 0
        self._reason = ""
        self._thread = threading.Thread(target=self._run, name="audit log", daemon=True)

    @property
    def state(self) -> AuditLogState:
        """How the log fares now."""
        with self._changed:
            return self._state()

    def open(self) -> None:
        """Open the files and begin to write.

        Raises:
            FolderInUse: another service writes it.
            OSError: the folder can't be written: better said at the start than found out later.
        """
        self._lock.take()
        self._file.open()
        for message in (*self._file.findings, "the audit log is open"):
            self._take(message)
        self._thread.start()

    def record(self, record: AuditRecord) -> None:
        """Take one record; never blocks on the disk, never raises."""
        fields = fields_of(record)
        with self._changed:
            if len(self._waiting) >= MOST_WAITING or self._closing:
                self._lost += 1
                self._lost_untold += 1
                return
            self._waiting.append(fields)
            self._changed.notify_all()

    def flush(self, timeout: float) -> bool:
        """Wait until nothing waits any more, at most so many seconds; whether that came to be."""
        with self._changed:
            self._hurried = True
            self._hurry.notify_all()
            return self._changed.wait_for(lambda: not self._waiting, timeout)

    async def close(self, deadline: float = 5.0) -> None:
        """Write what waits and close the files, off the loop; gives up after `deadline` seconds."""
        self._take("the audit log is closed")
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            self._hurry.notify_all()
        if self._thread.is_alive():
            await asyncio.to_thread(self._thread.join, deadline)

    def _take(self, message: str) -> None:
        self.record(AuditRecord(kind=AuditKind.SECURITY, message=message))

    def _run(self) -> None:
        interrupt_nobody()
        while self._wait_for_work():
            begun = monotonic()
            self._write_batch()
            self._rest(begun + REST_SECONDS - monotonic())
        self._file.close()
        self._lock.release()

    def _wait_for_work(self) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            return bool(self._waiting)

    def _rest(self, seconds: float) -> None:
        """So that a flood is written in few batches; who waits for the disk does not wait for this."""
        with self._hurry:
            self._hurry.wait_for(lambda: self._closing or self._hurried, max(0.0, seconds))
            self._hurried = False

    def _write_batch(self) -> None:
        with self._changed:
            batch = list(islice(self._waiting, LARGEST_BATCH))
            lost = self._lost_untold
        told = [*batch, *([_lost_fields(lost)] if lost else [])]
        try:
            self._file.append(told)
        except OSError as error:
            self._failed(f"the audit log can't be written: {error}")
            return
        with self._changed:
            for _ in batch:
                self._waiting.popleft()
            self._written += len(told)
            self._lost_untold -= lost
            self._changed.notify_all()
        self._alarm(self._file.head_problem)

    def _failed(self, reason: str) -> None:
        self._file.close()
        self._alarm(reason)
        with self._changed:
            if self._closing:
                # Nothing more can be done for these: they are lost, and that was told.
                self._lost += len(self._waiting)
                self._waiting.clear()
                self._changed.notify_all()
                return
            self._changed.wait_for(lambda: self._closing, self._retry_seconds)

    def _alarm(self, reason: str) -> None:
        with self._changed:
            changed = bool(reason) != bool(self._reason)
            self._reason = reason
            state = self._state()
        if not changed:
            return
        if reason:
            _log.error("audit log alarm", why=reason, lost=state.lost)
        else:
            _log.info("audit log writes again", lost=state.lost)
        if self._on_alarm is not None:
            self._on_alarm(state)

    def _state(self) -> AuditLogState:
        reason = self._reason or (f"{self._lost_untold} records are lost" if self._lost_untold else "")
        return AuditLogState(not reason, reason, self._written, self._lost)


def _lost_fields(lost: int) -> dict[str, Any]:
    record = AuditRecord(
        kind=AuditKind.SECURITY,
        message=f"{lost} audit records found no place and are lost",
        details={"lost": lost},
    )
    return fields_of(record)
