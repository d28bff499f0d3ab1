"""The history of a site: its store, what is recorded, and what clients see of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

from opcua_ml.application.history.recorder import HistoryRecorder, RecorderSettings
from opcua_ml.opcua.history.display import ShownHistory
from opcua_ml.opcua.history.keeper import Kept
from opcua_ml.service.building.history_store import store

if TYPE_CHECKING:
    from collections.abc import Callable

    from opcua_ml.application.history.state import HistoryState
    from opcua_ml.application.ports import Clock
    from opcua_ml.config import Configuration
    from opcua_ml.opcua.server.model_server import ModelServer

_SHOWN_EVERY_S: Final = 1.0


class ServiceHistory:
    """Of one run of the service, to be entered; nothing where no history is wanted.

    Args:
        configuration: checked.
        clock: of all.
    """

    def __init__(self, configuration: Configuration, clock: Clock) -> None:
        self._section = section = configuration.history
        self._clock = clock
        self._without = [name for name, model in configuration.models.items() if not model.history]
        self._shown: ShownHistory | None = None
        self._recorder: HistoryRecorder | None = None
        if section.enabled:
            writer, self._reader = store(section)
            settings = RecorderSettings(
                section.commit_ms / 1e3, section.most_waiting, section.max_age_days, section.max_ahead_s
            )
            self._recorder = HistoryRecorder(writer, settings)

    async def attach(self, server: ModelServer) -> None:
        """Let the server keep, and tell, the history of what it shows from now on."""
        if self._recorder is None:
            return
        section = self._section
        kept = Kept(section.inputs, section.outputs, section.events, self._without)
        self._shown = ShownHistory(server, self._recorder, self._reader, kept, self._clock)
        await self._shown.attach()

    def observe(self, *observers: Callable[[HistoryState], None]) -> None:
        """Tell how recording fares, now and when that changes."""
        if self._recorder is not None:
            for see in observers:
                self._recorder.observers.append(see)
                see(self._recorder.state)

    async def start(self) -> None:
        """Begin to record; events of what was shown so far can be read from now on."""
        if self._recorder is not None and self._shown is not None:
            await self._shown.tell_events()
            self._recorder.start()

    async def run(self) -> None:
        """Show how recording fares, until cancelled."""
        while self._shown is not None:
            await self._shown.show()
            await asyncio.sleep(_SHOWN_EVERY_S)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Store what waits, then let go of the store."""
        if self._shown is not None:
            await self._shown.close()
        if self._recorder is not None:
            await self._recorder.stop()
