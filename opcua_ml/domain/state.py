"""The states that a model and a PLC connection can be in, as clients see them."""

from __future__ import annotations

from enum import IntEnum


class ModelState(IntEnum):
    """Numbers are those of the nodeset's ModelStateEnumeration."""

    Loading = 0
    Ready = 1
    Degraded = 2
    Failed = 3
    Paused = 4

    @property
    def predicts(self) -> bool:
        """Whether predictions may come of it: a failed model is tried again and again."""
        return self not in (ModelState.Loading, ModelState.Paused)


class ConnectionState(IntEnum):
    """Of a PLC; numbers are those of the nodeset's ConnectionStateEnumeration."""

    Disconnected = 0
    Connecting = 1
    Connected = 2
    Degraded = 3
