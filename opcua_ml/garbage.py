"""The collector of garbage: held back where much is made that stays, rare while we serve, and measured.

It belongs to the whole process, so that whatever is said to it stands here.
"""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from threading import get_ident
from time import thread_time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_COLLECTIONS: Final = (400, 10, 1_000)
"""Objects, and runs of the younger generation, after which the collector runs; see `gc.set_threshold`.

Young objects often, as each run takes a third of a microsecond for one; old ones hardly ever.
"""


@contextmanager
def collection_paused() -> Iterator[None]:
    """No collection inside: it would walk through objects that stay again and again, and find nothing.

    Two thirds of a start's time went there.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def keep_what_is_there() -> None:
    """What is there now stays as long as the process: no collection looks at it again."""
    gc.freeze()


def leave_all_at_exit() -> None:
    """All goes when the process ends: no need to look for garbage before."""
    atexit.register(gc.freeze)


@contextmanager
def rare_collections() -> Iterator[None]:
    """What is there stays for good, and collections are rare; afterwards everything is as before.

    Left to the collector, each full run over the address space would stop the loop for a sixth of a second,
    and what clients make the service keep would be gone through many times a second, 10 ms each time.
    """
    threshold = gc.get_threshold()
    gc.collect(1)  # what the start has thrown away is young
    gc.freeze()
    gc.set_threshold(*_COLLECTIONS)
    try:
        yield
    finally:
        gc.set_threshold(*threshold)
        gc.unfreeze()  # so that what this run leaves can be collected


class CollectionClock:
    """Tells how long the collector ran in one thread: it comes when it likes, on no client's account.

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
