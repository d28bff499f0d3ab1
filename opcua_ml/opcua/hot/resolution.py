"""What wire bytes were resolved to: nodes, methods, lists of attributes."""

from __future__ import annotations

from typing import Generic, TypeVar

Resolved = TypeVar("Resolved")


class ResolutionCache(Generic[Resolved]):
    """Finds what a request's bytes (`ReadPlan.wire`, `CallMethod.target`) meant last time.

    Everything in it was resolved at one `epoch`, a number that its owner raises whenever nodes, references,
    roles or anything else that a resolution looked at has changed; asking with another epoch empties it.
    Holds at most `capacity` resolutions, then starts anew.
    """

    def __init__(self, capacity: int = 256) -> None:
        self._capacity = capacity
        self._epoch = 0
        self._resolved: dict[bytes, Resolved] = {}

    def __len__(self) -> int:
        return len(self._resolved)

    def get(self, wire: bytes, epoch: int) -> Resolved | None:
        """Return what `wire` was resolved to at `epoch`, or None."""
        if epoch != self._epoch:
            self._resolved.clear()
            self._epoch = epoch
        return self._resolved.get(wire)

    def keep(self, wire: bytes, epoch: int, resolved: Resolved) -> None:
        """Keep what `wire` was resolved to at `epoch`."""
        if epoch != self._epoch or len(self._resolved) >= self._capacity:
            self._resolved.clear()
            self._epoch = epoch
        self._resolved[wire] = resolved
