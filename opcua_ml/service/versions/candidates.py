"""From a version in the store to one in memory that has passed its gates."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.serving import Serving
from opcua_ml.domain.errors import GateFailed, OpcuaMlError
from opcua_ml.domain.port_mapping import port_mapping
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.building.models import package_path, ready_model
from opcua_ml.service.versions.gates import Examination, gate_results
from opcua_ml.service.versions.loaded import closed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.config import ModelSection, StoreSection
    from opcua_ml.domain.gate import GateResult
    from opcua_ml.domain.row import Row
    from opcua_ml.domain.signature import Signature
    from opcua_ml.service.building.models import ReadyModel
    from opcua_ml.store.version_store import VersionStore

_log = structlog.get_logger(__name__)


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
        results: by version: what its last gates gave, also before the last start.
        unwritten: by version: what of them no step has kept yet.
    """

    def __init__(self, settings: DeploymentSettings, store: VersionStore) -> None:
        self.results: dict[str, tuple[GateResult, ...]] = {}
        self.unwritten: dict[str, tuple[GateResult, ...]] = {}
        self._settings = settings
        self._store = store
        self._reference: ReadyModel | None = None
        for step in store.steps:
            if step.content_hash:
                self.results.pop(step.version, None)  # its package came anew, and its gates were to follow
            if step.gates:
                self.results[step.version] = step.gates

    def loaded(self, version: str) -> ReadyModel:
        """A version in memory; blocks.

        Raises:
            OpcuaMlError: it can't be served.
        """
        settings, path = self._settings, self._store.package(version)
        return ready_model(settings.source, settings.name, settings.section, path, like=self._first)

    @cached_property
    def _first(self) -> Signature | None:
        """Of the configured package, whose names are the model's; None where no version has others."""
        mapping = self._settings.section.mapping
        if not mapping.inputs and not mapping.outputs:
            return None
        return open_package(package_path(self._settings.section)).signature

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
            await self._hold(ready, model)
        except BaseException:
            await closed(ready.executor)
            raise
        return _serving(ready)

    async def _hold(self, ready: ReadyModel, model: ServedModel) -> None:
        """Hold a version against the gates.

        Raises:
            GateFailed: it does not pass, or can't be held against them.
        """
        version = ready.card.version
        where = f"{self._settings.name} {version}"
        try:
            results = await asyncio.to_thread(self._gates, ready, model)
        except OpcuaMlError:
            raise
        except Exception as error:
            _log.exception("gates failed", model=self._settings.name, version=version)
            found = f"{type(error).__name__}: {error}"
            raise GateFailed("its gates can't be held against it", where=where, found=found) from error
        finally:
            await asyncio.to_thread(self._let_reference_go)
        self.results[version] = self.unwritten[version] = results
        failed = [str(result) for result in results if not result.passed]
        if failed:
            raise GateFailed("the version may not go live", where=where, found="; ".join(failed))

    def _gates(self, ready: ReadyModel, model: ServedModel) -> tuple[GateResult, ...]:
        folder = self._store.package(ready.card.version)
        package = open_package(folder)
        golden: Sequence[Row] = package.golden.inputs
        if self._first is not None:
            names = self._settings.section.mapping
            mapping = port_mapping(self._first, package.signature, names.inputs, names.outputs)
            golden = [mapping.taken(row) for row in golden]
        active = partial(self._active, model.serving.card.version)
        section = self._settings.section
        examined = Examination(ready, section, model.signature, folder, golden, active)
        return tuple(result.bounded() for result in gate_results(examined))

    def _active(self, version: str, rows: Sequence[Row]) -> list[Row]:
        """As the active version predicts, in an executor of its own: this is not the event loop's thread."""
        if self._reference is None or self._reference.card.version != version:
            self._let_reference_go()
            self._reference = self.loaded(version)
        return self._reference.executor.predict(rows)

    def _let_reference_go(self) -> None:
        """What was loaded to compare with is needed no more; blocks."""
        if self._reference is not None:
            self._reference.executor.close()
            self._reference = None


def _serving(ready: ReadyModel) -> Serving:
    return Serving(ready.card, ready.executor, ready.abstention, ready.reason, ready.rule)
