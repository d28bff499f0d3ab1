"""Ending on SIGTERM, SIGINT or Ctrl-C, on every operating system."""

from __future__ import annotations

import asyncio
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_ENDING = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
]


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event that an ending signal sets; a second one of the same kind ends the process at once.

    Of the same kind, as service managers send SIGTERM and SIGHUP together to ask once.

    Must be entered in the main thread, inside the running event loop. What handled the signals before is
    put back.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _ENDING}

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        signal.signal(number, signal.SIG_DFL)
        loop.call_soon_threadsafe(stop.set)

    # Plain handlers, since loop.add_signal_handler does not exist on Windows; asyncio's wake-up descriptor
    # makes the loop notice.
    for number in _ENDING:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handle)
    try:
        yield stop
    finally:
        for number, previous in before.items():
            signal.signal(number, previous or signal.SIG_DFL)
