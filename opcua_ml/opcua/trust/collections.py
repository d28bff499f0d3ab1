"""The collector of garbage comes whenever it likes: what it takes is on no client's account."""

from __future__ import annotations

import gc
from threading import get_ident
from time import thread_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Collections:
    """Tells how long the collector ran in one thread.

    Args:
        took: is told the seconds of processor time, right after.
    """

    def __init__(self, took: Callable[[float], None]) -> None:
        self._took = took
        self._thread = 0
        self._begun = 0.0

    def watch(self) -> None:
        """From now on, in this thread."""
        self._thread = get_ident()
        gc.callbacks.append(self._told)

    def leave(self) -> None:
        """No longer."""
        if self._told in gc.callbacks:
            gc.callbacks.remove(self._told)

    def _told(self, phase: str, _info: dict[str, int]) -> None:
        if get_ident() != self._thread:
            return
        now = thread_time()
        if phase == "start":
            self._begun = now
        else:
            self._took(now - self._begun)
