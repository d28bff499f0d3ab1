"""Callbacks around reads, writes and monitored items; silent ones cost nothing."""

from __future__ import annotations

from typing import Any

from asyncua.common.callback import Callback, CallbackService, CallbackType


class PlantCallbackService(CallbackService):
    """asyncua's CallbackService, which also says whether anybody listens."""

    @property
    def busy(self) -> bool:
        """Whether there is any listener."""
        return bool(self._listeners)

    async def tell(self, kind: CallbackType, callback: Callback) -> None:
        """Call the listeners of this kind; asyncua keeps them by the enumeration's member."""
        key: Any = kind
        await self.dispatch(key, callback)
