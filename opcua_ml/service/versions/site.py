"""The versions of all models of a site: their stores, their nodes, and packages that arrive."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opcua_ml.domain.errors import ModelUnknown, PackageError, StoreFailed
from opcua_ml.folder_lock import FolderLock
from opcua_ml.opcua.versions.nodes import VersionNodes
from opcua_ml.opcua.versions.registry import Registry
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.building.models import ready_model
from opcua_ml.service.versions.candidates import DeploymentSettings
from opcua_ml.service.versions.deployment import Deployment
from opcua_ml.service.versions.follower import Follower
from opcua_ml.service.versions.inbox import Inbox
from opcua_ml.service.versions.uploads import Uploads
from opcua_ml.store.files import DiskFiles
from opcua_ml.store.signing import read_signers
from opcua_ml.store.version_store import VersionStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.application.versions import VersionRequest, VersionsSnapshot
    from opcua_ml.config import Configuration, ModelSection
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.server.model_server import ModelServer
    from opcua_ml.service.building.models import ReadyModel

LOCK = ".lock"


class SiteVersions:
    """Manages the versions of those models whose table says `versioned`; also the VersionHandler.

    Args:
        configuration: checked.
        source: what the configuration is called in errors.
        clock: for the times of steps.
    """

    def __init__(self, configuration: Configuration, source: str, clock: Clock) -> None:
        self.deployments: dict[str, Deployment] = {}
        self._section = configuration.store
        self._models = configuration.models
        self._source = source
        self._clock = clock
        lock = self._section.folder.absolute() / LOCK
        self._lock = FolderLock(lock, "another service keeps its versions here", "store.folder")
        self._told: dict[str, str | None] = {}
        self._nodes: VersionNodes | None = None
        self._registry: Registry | None = None
        self._show_model: Callable[[str], Awaitable[None]] | None = None

    def ready(self, name: str, section: ModelSection) -> ReadyModel:
        """A model at work, in the version that was active; blocks.

        Raises:
            OpcuaMlError: it can't be served.
        """
        if not section.versioned:
            return ready_model(self._source, name, section)
        settings = DeploymentSettings(self._source, name, section, self._section)
        signers = None if self._section.allow_unsigned else self._signers
        try:
            self._lock.take()  # before the first journal is read, and what seems left half written is removed
        except OSError as error:
            where = str(self._section.folder)
            raise StoreFailed("the store can't be opened", where=where, found=error.strerror) from error
        store = VersionStore(DiskFiles(), self._section.folder.absolute(), name, signers)
        deployment = self.deployments[name] = Deployment(settings, store, self._clock)
        return deployment.first()

    def serve(self, models: Mapping[str, ServedModel], board: AlarmBoard) -> None:
        """Take the models at work, and the alarms that end a probation."""
        for name, deployment in self.deployments.items():
            deployment.serve(models[name], board)

    async def show(self, server: ModelServer, show_model: Callable[[str], Awaitable[None]]) -> None:
        """Show the versions, and let clients manage them.

        Args:
            server: with the models.
            show_model: shows a model anew, after another version was promoted.
        """
        self._nodes = VersionNodes(server, self, self._clock)
        self._show_model = show_model
        if self.deployments:
            section = self._section
            folder = section.folder.absolute()
            uploads = await asyncio.to_thread(
                Uploads, self.stage, self.check_model, folder, section.upload_mb
            )
            self._registry = Registry(server, uploads, self._clock)
            await self._registry.show()
        for name, deployment in self.deployments.items():
            await self._nodes.add(name)
            deployment.shown = self._shown
            self._told[name] = deployment.lifecycle.active

    async def run(self) -> None:
        """Manage until cancelled."""
        async with asyncio.TaskGroup() as group:
            for name, deployment in self.deployments.items():
                group.create_task(deployment.run(), name=f"versions.{name}")
                followed = self._models[name].mlflow
                if followed is not None:
                    follower = Follower(
                        name,
                        followed,
                        largest=self._section.upload_mb * 2**20,
                        stage=self.stage,
                        lifecycle=lambda deployment=deployment: deployment.lifecycle,  # type: ignore[misc]
                        show=deployment.show_followed,
                    )
                    group.create_task(follower.run(), name=f"versions.{name}.mlflow")
            if self._registry is not None:
                group.create_task(self._registry.run(), name="versions.uploads")
            if self._section.inbox is not None and self.deployments:
                inbox = Inbox(self._section.inbox, self.stage)
                group.create_task(inbox.run(), name="versions.inbox")

    async def manage(self, model: str, request: VersionRequest) -> None:
        """See VersionHandler."""
        await self._deployment(model).perform(request)

    def check_model(self, name: str) -> None:
        """See that the model has versions here.

        Raises:
            ModelUnknown: it has none.
        """
        self._deployment(name)

    async def stage(self, path: Path, who: str, model: str = "") -> str:
        """Stage a package for the model that it is of, or for the one named.

        Returns:
            Model and version, in words.

        Raises:
            ModelUnknown: no such model has versions here.
            PackageError: see Deployment.stage.
        """
        name = model or (await asyncio.to_thread(open_package, path)).manifest.name
        version = await self._deployment(name).stage(path, who=who)
        return f"{name} {version}"

    def see(self, model: str, predictions: list[Prediction]) -> None:
        """Take predictions, for the versions in the model's shadow."""
        deployment = self.deployments.get(model)
        if deployment is not None and deployment.shadows:
            for prediction in predictions:
                deployment.see(prediction)

    def close(self) -> None:
        """Let go of every version."""
        for deployment in self.deployments.values():
            deployment.close()
        self._lock.release()

    def _deployment(self, name: str) -> Deployment:
        found = self.deployments.get(name)
        if found is None:
            known = ", ".join(self.deployments) or "none"
            raise ModelUnknown("no model of this name has versions here", found=name, wanted=known)
        return found

    def _signers(self) -> Mapping[str, bytes]:
        try:
            return read_signers(self._section.signers)
        except OSError as error:
            where = str(self._section.signers)
            raise PackageError("the signers can't be read", where=where, found=error.strerror) from error

    async def _shown(self, snapshot: VersionsSnapshot) -> None:
        name, active = snapshot.model, snapshot.lifecycle.active
        if self._nodes is None or self._show_model is None:
            return
        if self._told[name] != active:
            self._told[name] = active
            await self._show_model(name)
        await self._nodes.show(snapshot)
