"""Follows an alias of an MLflow registry: what it names anew is staged."""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.versions import Followed
from opcua_ml.domain.errors import OpcuaMlError, PackageError, VersionTaken
from opcua_ml.domain.lifecycle import VersionState
from opcua_ml.registry.artifacts import Allowance
from opcua_ml.registry.flavors import package_of
from opcua_ml.registry.mlflow import MlflowRegistry, RegisteredVersion
from opcua_ml.runtime.imports.facts import ImportFacts, read_facts
from opcua_ml.store.packages import read_package

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opcua_ml.config import MlflowSection
    from opcua_ml.domain.lifecycle import Lifecycle

_log = structlog.get_logger(__name__)

WHO = "mlflow"
_FOR_GOOD = (PackageError, VersionTaken)
"""What no other look changes: the alias has to name another version."""


@dataclass(frozen=True, slots=True)
class _Brought:
    """What became of a version of the registry.

    Attributes:
        version: of the model here; empty where it is none.
        content_hash: of its package; empty for one made of the files, whose version tells the content.
        problem: why it is no version here; empty for nothing.
    """

    named: RegisteredVersion
    version: str = ""
    content_hash: str = ""
    problem: str = ""


class Follower:
    """Looks at one model's alias again and again; a registry that is away is shown and asked again.

    What was refused is fetched anew only once the alias names another version, or after a restart.

    Args:
        model: name of the model's table.
        section: of the registry.
        largest: bytes that the registry may bring for one version.
        stage: takes a package for the model.
        lifecycle: of the model's versions, as it stands.
        show: is told what the alias names, and what keeps it from coming.
    """

    def __init__(
        self,
        model: str,
        section: MlflowSection,
        *,
        largest: int,
        stage: Callable[[Path, str, str], Awaitable[str]],
        lifecycle: Callable[[], Lifecycle],
        show: Callable[[Followed], Awaitable[None]],
    ) -> None:
        self._model = model
        self._section = section
        self._allowed = Allowance(largest, section.artifacts_folder)
        self._stage = stage
        self._lifecycle = lifecycle
        self._show = show
        self._registry: MlflowRegistry | None = None
        self._brought: _Brought | None = None
        self._told = Followed(f"models:/{section.model}@{section.alias}")

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            version, problem = self._told.version, ""
            try:
                version, problem = await self._look()
            except OpcuaMlError as error:
                problem = error.sentence
            except Exception as error:  # noqa: BLE001 - whatever a registry tells, it must not end the service
                problem = self._fault(error)
            await self._tell(version, problem)
            await asyncio.sleep(self._section.poll_s)

    async def _look(self) -> tuple[str, str]:
        """The version that the alias names, staged if it was not; and what is wrong with it."""
        named = await asyncio.to_thread(self._named)
        if self._brought is None or self._brought.named != named:
            self._brought = await self._bring(named)
        brought = self._brought
        return brought.version or self._told.version, brought.problem or self._standing(brought)

    async def _bring(self, named: RegisteredVersion) -> _Brought:
        manifest = self._section.manifest
        facts = ImportFacts(name=self._model)
        if manifest is not None:
            # Before anything is fetched: the next look finds the file mended.
            facts = await asyncio.to_thread(read_facts, manifest)
        brought = _Brought(named)
        try:
            with tempfile.TemporaryDirectory() as folder:
                path, brought = await asyncio.to_thread(self._package, named, facts, Path(folder))
                if brought.version not in self._lifecycle().versions:
                    await self._stage(path, WHO, self._model)
                    told = {"alias": self._told.alias, "version": brought.version}
                    _log.info("followed an alias", model=self._model, **told)
        except _FOR_GOOD as error:
            if brought.version in self._lifecycle().versions:
                return brought
            return _Brought(named, problem=error.sentence)
        except OpcuaMlError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a model's files hold, they must not end the service
            return _Brought(named, problem=self._fault(error))
        return brought

    def _standing(self, brought: _Brought) -> str:
        """What keeps a version that is here from being the registry's."""
        entry = self._lifecycle().versions.get(brought.version)
        if entry is None:
            return ""
        if brought.content_hash and entry.content_hash != brought.content_hash:
            return VersionTaken(
                "another package has this version, and versions don't change",
                where=brought.version,
                found=brought.content_hash,
                wanted=f"{entry.content_hash}, or another version",
            ).sentence
        if entry.state in (VersionState.REJECTED, VersionState.RETIRED):
            return f"{brought.version} is {entry.state.value} here" + (
                f": {entry.reason}" * bool(entry.reason)
            )
        return ""

    def _named(self) -> RegisteredVersion:
        if self._registry is None:
            self._registry = MlflowRegistry(self._section.uri)
        return self._registry.followed(self._section.model, self._section.alias)

    def _package(self, named: RegisteredVersion, facts: ImportFacts, folder: Path) -> tuple[Path, _Brought]:
        if self._registry is None:
            raise ValueError("no registry was asked")
        files = folder / "files"
        files.mkdir()
        fetched = self._registry.fetched(named, files, self._allowed)
        found = package_of(fetched, named, facts, folder / f"{self._model}.zip")
        content_hash = "" if found.is_made else read_package(found.package.path).content_hash
        return found.package.path, _Brought(named, found.package.manifest.version, content_hash)

    def _fault(self, error: Exception) -> str:
        _log.exception("following an alias failed", model=self._model)
        words = str(error).strip().splitlines()
        return f"the registry's version can't be used; found {type(error).__name__}" + (
            f": {words[0]}" if words else ""
        )

    async def _tell(self, version: str, problem: str) -> None:
        told = Followed(self._told.alias, version, problem)
        if told != self._told:
            if problem and problem != self._told.problem:
                _log.warning("the registry's version does not come", model=self._model, reason=problem)
            self._told = told
        await self._show(told)
