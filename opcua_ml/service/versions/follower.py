"""Follows an alias of an MLflow registry: what it names anew is staged."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.versions import Followed
from opcua_ml.domain.errors import OpcuaMlError
from opcua_ml.registry.mlflow import MlflowRegistry, RegisteredVersion, package_of
from opcua_ml.runtime.imports.facts import ImportFacts, read_facts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.config import MlflowSection
    from opcua_ml.domain.lifecycle import Lifecycle

_log = structlog.get_logger(__name__)

WHO = "mlflow"


class Follower:
    """Looks at one model's alias again and again; a registry that is away is shown and asked again.

    Args:
        model: name of the model's table.
        section: of the registry.
        stage: takes a package for the model.
        lifecycle: of the model's versions, as it stands.
        show: is told what the alias names, and what keeps it from coming.
    """

    def __init__(
        self,
        model: str,
        section: MlflowSection,
        *,
        stage: Callable[[Path, str, str], Awaitable[str]],
        lifecycle: Callable[[], Lifecycle],
        show: Callable[[Followed], Awaitable[None]],
    ) -> None:
        self._model = model
        self._section = section
        self._stage = stage
        self._lifecycle = lifecycle
        self._show = show
        self._registry: MlflowRegistry | None = None
        self._done: RegisteredVersion | None = None
        self._told = Followed(f"models:/{section.model}@{section.alias}")

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            version, problem = self._told.version, ""
            try:
                version = await self._look()
            except OpcuaMlError as error:
                problem = error.sentence
            await self._tell(version, problem)
            await asyncio.sleep(self._section.poll_s)

    async def _look(self) -> str:
        """The version that the alias names, staged if it was not."""
        named = await asyncio.to_thread(self._named)
        if named == self._done:
            return self._told.version
        with tempfile.TemporaryDirectory() as folder:
            path, version = await asyncio.to_thread(self._package, named, Path(folder))
            if version not in self._lifecycle().versions:
                await self._stage(path, WHO, self._model)
                _log.info("followed an alias", model=self._model, alias=self._told.alias, version=version)
        self._done = named
        return version

    def _named(self) -> RegisteredVersion:
        if self._registry is None:
            self._registry = MlflowRegistry(self._section.uri)
        return self._registry.followed(self._section.model, self._section.alias)

    def _package(self, named: RegisteredVersion, folder: Path) -> tuple[Path, str]:
        if self._registry is None:
            raise ValueError("no registry was asked")
        manifest = self._section.manifest
        facts = ImportFacts(name=self._model) if manifest is None else read_facts(manifest)
        files = folder / "files"
        files.mkdir()
        package = package_of(
            self._registry.fetched(named, files), named, facts, folder / f"{self._model}.zip"
        )
        return package.path, package.manifest.version

    async def _tell(self, version: str, problem: str) -> None:
        told = Followed(self._told.alias, version, problem)
        if told != self._told:
            if problem and problem != self._told.problem:
                _log.warning("the registry's version does not come", model=self._model, reason=problem)
            self._told = told
        await self._show(told)
