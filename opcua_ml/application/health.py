"""What of the service does not work, told as one number and in words whenever it changes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from opcua_ml.domain.service_level import MAINTENANCE, service_level
from opcua_ml.domain.state import ConnectionState, ModelState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.connection import ConnectionSnapshot


class HealthPublisher(Protocol):
    """Shows clients how well the service serves."""

    async def publish_health(self, level: int, problems: Sequence[str]) -> None:
        """ServiceLevel, and one sentence for each thing that lowers it."""
        ...


class ServiceHealth:
    """Gathers the states of models, PLCs and audit log; used from the event loop only.

    Args:
        models: all that are served.
        plcs: names of all PLCs; each counts as disconnected until its connection tells.
        publisher: is told at the start and at every change.
    """

    def __init__(
        self, models: Sequence[ServedModel], plcs: Iterable[str], publisher: HealthPublisher
    ) -> None:
        self._models = models
        self._plcs = dict.fromkeys(plcs, (ConnectionState.Disconnected, "not connected yet"))
        self._publisher = publisher
        self._audit_problem = self._history_problem = ""
        self._stopping = False
        self._wake = asyncio.Event()
        self._wake.set()
        for model in models:
            model.state_observers.append(lambda _: self._wake.set())

    def note_connection(self, snapshot: ConnectionSnapshot) -> None:
        """Take how a PLC's connection fares."""
        now = (snapshot.state, snapshot.reason)
        if self._plcs.get(snapshot.plc) != now:
            self._plcs[snapshot.plc] = now
            self._wake.set()

    def note_audit(self, problem: str) -> None:
        """Take why the audit log is not written; empty where it is."""
        if problem != self._audit_problem:
            self._audit_problem = problem
            self._wake.set()

    def note_history(self, problem: str) -> None:
        """Take why history is not recorded; empty where it is, or none is wanted.

        Predictions are as good without it: the level stays.
        """
        if problem != self._history_problem:
            self._history_problem = problem
            self._wake.set()

    def note_stopping(self) -> None:
        """The service is about to end."""
        self._stopping = True
        self._wake.set()

    async def publish(self) -> None:
        """Show how things stand now."""
        await self._publisher.publish_health(self.level, self.problems)

    @property
    def level(self) -> int:
        """ServiceLevel now."""
        if self._stopping:
            return MAINTENANCE
        return service_level(
            [model.state for model in self._models],
            [state for state, _ in self._plcs.values()],
            audited=not self._audit_problem,
        )

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that lowers the level, and for a history that is not recorded."""
        told = ["the service is stopping"] if self._stopping else []
        told += [
            _sentence(f"model {model.name} is {model.state.name}", model.state_reason)
            for model in self._models
            if model.state is not ModelState.Ready
        ]
        told += [
            _sentence(f"PLC {plc} is {state.name}", reason)
            for plc, (state, reason) in self._plcs.items()
            if state is not ConnectionState.Connected
        ]
        return told + [one for one in (self._audit_problem, self._history_problem) if one]

    async def run(self) -> None:
        """Publish what changes, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.publish()


def _sentence(what: str, reason: str) -> str:
    return f"{what}: {reason}" if reason else what
