"""From a version in the store to one in memory that has passed its gates."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.application.serving import Serving
from opcua_ml.domain.errors import GateFailed
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.models import ready_model
from opcua_ml.service.versions.gates import gate_results

if TYPE_CHECKING:
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.config import ModelSection, StoreSection
    from opcua_ml.domain.gate import GateResult
    from opcua_ml.service.models import ReadyModel
    from opcua_ml.store.version_store import VersionStore


@dataclass(frozen=True, slots=True)
class DeploymentSettings:
    """What the configuration says; see its sections.

    Attributes:
        source: what the configuration is called in errors.
    """

    source: str
    name: str
    section: ModelSection
    store: StoreSection


class Candidates:
    """Loads versions and holds them against the gates.

    Args:
        settings: of the model.
        store: its versions.

    Attributes:
        results: by version: what its last gates gave.
    """

    def __init__(self, settings: DeploymentSettings, store: VersionStore) -> None:
        self.results: dict[str, tuple[GateResult, ...]] = {}
        self._settings = settings
        self._store = store

    def loaded(self, version: str) -> ReadyModel:
        """A version in memory; blocks.

        Raises:
            OpcuaMlError: it can't be served.
        """
        settings = self._settings
        return ready_model(settings.source, settings.name, settings.section, self._store.package(version))

    async def serving(self, version: str) -> Serving:
        """A version that has passed its gates before, in memory.

        Raises:
            OpcuaMlError: it can't be served.
        """
        return _serving(await asyncio.to_thread(self.loaded, version))

    async def examined(self, version: str, model: ServedModel) -> Serving:
        """A version in memory that has passed the gates now.

        Raises:
            OpcuaMlError: it can't be served.
            GateFailed: it may not go live.
        """
        ready = await asyncio.to_thread(self.loaded, version)
        try:
            results = await asyncio.to_thread(self._gates, ready, model)
        except BaseException:
            ready.executor.close()
            raise
        self.results[version] = results
        failed = [str(result) for result in results if not result.passed]
        if failed:
            ready.executor.close()
            raise GateFailed(
                "the version may not go live",
                where=f"{self._settings.name} {version}",
                found="; ".join(failed),
            )
        return _serving(ready)

    def _gates(self, ready: ReadyModel, model: ServedModel) -> tuple[GateResult, ...]:
        golden = open_package(self._store.package(ready.card.version)).golden
        limit = self._settings.section.latency_gate_ms
        return tuple(gate_results(ready, model.signature, golden.inputs, limit))


def _serving(ready: ReadyModel) -> Serving:
    return Serving(ready.card, ready.executor, ready.abstention, ready.reason)
