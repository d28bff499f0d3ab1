"""What is logged of connections that were refused: each reason once per address for a while, then a count.

A log that a stranger can fill is a weakness of its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

import structlog

_log = structlog.get_logger(__name__)

_PERIOD_S: Final = 10.0
_MOST: Final = 8
"""Reasons that are told of one address in that time."""
_MAX_ADDRESSES: Final = 1_000


@dataclass(slots=True)
class _Record:
    """What was told of an address since when, and how often it was passed over."""

    since: float
    told: set[tuple[str, str]] = field(default_factory=set)
    untold: int = 0


class Complaints:
    """At most one line per address and reason, and few per address, in ten seconds."""

    def __init__(self) -> None:
        self._by_address: dict[str, _Record] = {}

    def tell(self, address: str, status: str, why: str, *, now: float | None = None) -> None:
        """Log why a connection of `address` was ended, unless that was said lately."""
        now = time.monotonic() if now is None else now
        record = self._by_address.get(address)
        if record is not None and now - record.since < _PERIOD_S:
            if (status, why) in record.told or len(record.told) >= _MOST:
                record.untold += 1
                return
            record.told.add((status, why))
            _log.warning("connection ended", address=address, status=status, why=why)
            return
        if record is None and len(self._by_address) >= _MAX_ADDRESSES:
            self._by_address.clear()
        more = {"more_before": record.untold} if record is not None and record.untold else {}
        self._by_address[address] = _Record(now, {(status, why)})
        _log.warning("connection ended", address=address, status=status, why=why, **more)
