"""Glances at the sockets in the middle of a run of the event loop.

The loop looks at its sockets once a run, and a run may be several steps of half a millisecond each. Whoever
asks for little is answered between two of them: the bytes are read, and served as if the loop had brought
them.

Source: man 7 epoll, edge-triggered: each arrival is told once, and not at all where the loop was faster.
"""

from __future__ import annotations

import select
from contextlib import suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

_log = structlog.get_logger(__name__)
_MOST: Final = 16
"""Sockets that are served at one glance."""


class _Watched(NamedTuple):
    serve: Callable[[], None]
    abort: Callable[[], object]


class Glances:
    """One per server; where the system has no epoll, nothing is ever seen."""

    def __init__(self) -> None:
        self._epoll: Any = select.epoll() if hasattr(select, "epoll") else None
        self._watched: dict[int, _Watched] = {}
        self._context = copy_context()
        self._is_looking = False

    def watch(self, fd: int, serve: Callable[[], None], abort: Callable[[], object]) -> None:
        """Call `serve` at a glance after bytes have come, and `abort` where that raises, as the loop does."""
        if self._epoll is not None:
            try:
                self._epoll.register(fd, select.EPOLLIN | select.EPOLLET)
            except (OSError, ValueError):  # the system watches no more, or it is closed; the loop finds out
                return
            self._watched[fd] = _Watched(serve, abort)

    def forget(self, fd: int, serve: Callable[[], None]) -> None:
        """No longer; a socket that was closed meanwhile may have left its number to another one."""
        known = self._watched.get(fd)
        if known is not None and known.serve == serve:
            del self._watched[fd]
            with suppress(OSError):
                self._epoll.unregister(fd)

    def look(self) -> bool:
        """Serve those whose bytes have come, in a context of their own; whether there was anybody."""
        if not self._watched or self._is_looking:
            return False
        ready = self._epoll.poll(0, _MOST)
        if not ready:
            return False
        self._is_looking = True
        try:
            self._context.run(self._serve_all, ready)
        finally:
            self._is_looking = False
        return True

    def close(self) -> None:
        """Look no more."""
        self._watched.clear()
        if self._epoll is not None:
            self._epoll.close()

    def _serve_all(self, ready: list[tuple[int, int]]) -> None:
        for fd, _ in ready:
            known = self._watched.get(fd)
            if known is None:
                continue
            try:
                known.serve()
            except Exception:  # noqa: BLE001 - what fails for one client is nothing to whose step this is
                _log.exception("serving between two steps failed")
                known.abort()
