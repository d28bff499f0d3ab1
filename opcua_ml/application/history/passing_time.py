"""The age of what is recorded: by the wall clock, as far as the time has really passed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import structlog

from opcua_ml.domain.history.point import TICKS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

_log = structlog.get_logger(__name__)

_UNIX_EPOCH: Final = 116_444_736_000_000_000
_ALLOWED_S: Final = 86_400
"""How far the wall clock may go ahead of the time that has passed: it is corrected, and machines sleep."""


class PassingTime:
    """Tells the time from which ages are counted.

    A clock that is set ahead by a year would make all that is recorded too old at once, and it would be
    removed before anybody has set the clock right.

    Args:
        wall: nanoseconds since 1970.
        monotonic: seconds that only pass.
    """

    def __init__(
        self, wall: Callable[[], int] = time.time_ns, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._began = wall(), monotonic()
        self._told = False

    def now(self) -> int:
        """As filetime."""
        wall, passed = self._wall(), self._monotonic() - self._began[1]
        latest = self._began[0] + int((passed + _ALLOWED_S) * 1e9)
        if wall > latest and not self._told:
            self._told = True
            _log.warning("the clock was set ahead: history ages by the time that has passed")
        return min(wall, latest) * TICKS_PER_SECOND // 1_000_000_000 + _UNIX_EPOCH
