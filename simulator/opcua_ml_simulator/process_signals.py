"""Ctrl-C and SIGTERM as an event, on every platform."""

from __future__ import annotations

import asyncio
import signal
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
