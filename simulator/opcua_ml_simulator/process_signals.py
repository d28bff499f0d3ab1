"""Ctrl-C and SIGTERM as an event, on every platform."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


def stop_event() -> asyncio.Event:
    """An event that is set when the user or the system asks this process to end."""
    loop = asyncio.get_running_loop()
    event = asyncio.Event()

    def from_any_thread(_number: int, _frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(event.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, event.set)
        except NotImplementedError:  # Windows' event loops
            signal.signal(number, from_any_thread)
    return event


def end_with_input(event: asyncio.Event) -> None:
    """Set the event when standard input ends: the process that started us has ended, however it did."""
    loop = asyncio.get_running_loop()

    def read() -> None:
        while sys.stdin.buffer.read(1024):
            pass
        try:
            loop.call_soon_threadsafe(event.set)
        except RuntimeError:  # the loop has ended before
            return

    threading.Thread(target=read, name="standard input", daemon=True).start()
