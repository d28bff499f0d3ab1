"""Callbacks around reads, writes and monitored items; silent ones cost nothing."""

from __future__ import annotations

from asyncua.common.callback import CallbackService


class PlantCallbackService(CallbackService):
    """asyncua's CallbackService, which also says whether anybody listens."""

    @property
    def busy(self) -> bool:
        """Whether there is any listener."""
        return bool(self._listeners)
