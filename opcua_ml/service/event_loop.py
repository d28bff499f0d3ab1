"""Which event loop the service runs on, and how little interrupts it."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

from opcua_ml.garbage import rare_collections

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

_T = TypeVar("_T")
_HANDOVER_S: Final = 0.0005
"""How long a thread that computes keeps the interpreter from the event loop."""


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's, where it is installed; None for asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415 - not on every system
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run(main: Coroutine[Any, Any, _T]) -> _T:
    """As `asyncio.run`, on the quickest event loop there is."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(main)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """The collector of garbage and other threads interrupt the loop little; afterwards all is as before.

    Threads that check passwords and write the audit log would keep clients waiting for 5 ms each.
    """
    interval = sys.getswitchinterval()
    sys.setswitchinterval(_HANDOVER_S)
    try:
        with rare_collections():
            yield
    finally:
        sys.setswitchinterval(interval)
