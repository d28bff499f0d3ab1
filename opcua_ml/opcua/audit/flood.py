"""Keeping strangers from filling the log: what comes before a login is recorded up to a rate."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from opcua_ml.opcua.audit.record import AuditKind, AuditRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.opcua.audit.sink import AuditSink

MOST_PER_MINUTE = 600
MOST_PER_ADDRESS = 60
"""Events of one kind before a login that are recorded one by one each minute, in sum and of one address."""
_PERIOD = 60.0
_MOST_ADDRESSES = 100
_OF_SESSIONS = frozenset(
    {
        AuditKind.WRITE_UPDATE,
        AuditKind.HISTORY_UPDATE,
        AuditKind.UPDATE_METHOD,
        AuditKind.ADD_NODES,
        AuditKind.DELETE_NODES,
        AuditKind.SECURITY,
    }
)


class FloodGuard:
    """An AuditSink before another one.

    Records of what users did always pass. What anybody on the network can cause (refused certificates and
    logins, channels, sessions of nobody) passes up to a number per minute and kind, in sum and per address,
    so that neither one guesser nor a flood of another kind hides another; one record tells how many more
    there were, and from where.

    Args:
        sink: where records go.
        most_per_minute, most_per_address: of each kind of what comes before a login.
        monotonic: seconds.
    """

    def __init__(
        self,
        sink: AuditSink,
        *,
        most_per_minute: int = MOST_PER_MINUTE,
        most_per_address: int = MOST_PER_ADDRESS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sink = sink
        self._limits = (most_per_minute, most_per_address)
        self._monotonic = monotonic
        self._since = monotonic()
        self._passed: Counter[tuple[AuditKind, str]] = Counter()
        self._passed_of_kind: Counter[AuditKind] = Counter()
        self._held: Counter[str] = Counter()

    def record(self, record: AuditRecord) -> None:
        """Hand the record on, or count it."""
        if record.kind in _OF_SESSIONS or (record.succeeded and record.user):
            self._sink.record(record)
            return
        if self._monotonic() - self._since >= _PERIOD:
            self._next_period()
        in_sum, of_one = self._limits
        address, kind = record.address, record.kind
        if self._passed_of_kind[kind] < in_sum and self._passed[kind, address] < of_one:
            self._passed[kind, address] += 1
            self._passed_of_kind[kind] += 1
            self._sink.record(record)
            return
        known = address in self._held or len(self._held) < _MOST_ADDRESSES
        self._held[address if known else "other addresses"] += 1

    def _next_period(self) -> None:
        self._since = self._monotonic()
        held, self._held = self._held, Counter()
        self._passed.clear()
        self._passed_of_kind.clear()
        if held:
            self._sink.record(
                AuditRecord(
                    kind=AuditKind.SECURITY,
                    message=f"{held.total()} events before a login were counted, not recorded, in a minute",
                    details={"addresses": dict(held.most_common(16))},
                )
            )
