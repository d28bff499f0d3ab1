"""What is logged of connections that were refused: the first of an address, then a count.

A log that a stranger can fill is a weakness of its own.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import structlog

_log = structlog.get_logger(__name__)

_PERIOD_S: Final = 10.0
_MAX_ADDRESSES: Final = 1_000


@dataclass(slots=True)
class _Record:
    """When an address was complained about last, and how often it was passed over since."""

    told_at: float
    untold: int = 0


class Complaints:
    """At most one line per address and ten seconds."""

    def __init__(self) -> None:
        self._by_address: dict[str, _Record] = {}

    def tell(self, address: str, status: str, why: str, *, now: float | None = None) -> None:
        """Log why a connection of `address` was ended, unless that was said lately."""
        now = time.monotonic() if now is None else now
        record = self._by_address.get(address)
        if record is not None and now - record.told_at < _PERIOD_S:
            record.untold += 1
            return
        if record is None and len(self._by_address) >= _MAX_ADDRESSES:
            self._by_address.clear()
        untold = record.untold if record is not None else 0
        self._by_address[address] = _Record(now)
        _log.warning("connection ended", address=address, status=status, why=why, untold=untold)
