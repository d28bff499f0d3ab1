"""The versions of one model at work: what is staged, promoted, rolled back, and what happens by itself."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.versions import SERVICE, Followed, VersionRequest, VersionsSnapshot
from opcua_ml.domain.errors import OpcuaMlError, StoreFailed, TransitionRefused
from opcua_ml.domain.lifecycle import Step, StepKind
from opcua_ml.domain.state import ModelState
from opcua_ml.domain.wording import sentence
from opcua_ml.service.building.models import NOT_SERVED, package_path
from opcua_ml.service.versions.candidates import Candidates
from opcua_ml.service.versions.loaded import LoadedVersions, closed
from opcua_ml.service.versions.requests import Requests
from opcua_ml.service.versions.trials import Trials
from opcua_ml.store.packages import read_package

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.application.serving import Serving
    from opcua_ml.application.shadow import Shadow
    from opcua_ml.domain.lifecycle import Lifecycle
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.service.building.models import ReadyModel
    from opcua_ml.service.versions.candidates import DeploymentSettings
    from opcua_ml.service.versions.trials import Failure
    from opcua_ml.store.version_store import VersionStore

_log = structlog.get_logger(__name__)

TICK_SECONDS = 0.1
_EXAMINED = frozenset({StepKind.PROMOTE, StepKind.START_SHADOW, StepKind.START_CANARY})
_AT_ONCE = frozenset({StepKind.PAUSE, StepKind.RESUME, StepKind.ROLLBACK})
"""They need not wait behind a version that is held against its gates, for as long as that takes."""
_KEEPS_GATES = _EXAMINED | {StepKind.REJECT, StepKind.EXAMINE}


class Deployment:
    """Manages one model's versions; used from the event loop, one step after another.

    Args:
        settings: of the model.
        store: its versions, opened.
        clock: for the times of steps.
    """

    def __init__(self, settings: DeploymentSettings, store: VersionStore, clock: Clock) -> None:
        self.name = settings.name
        self.shown: Callable[[VersionsSnapshot], Awaitable[None]] | None = None
        self._settings = settings
        self._store = store
        self._clock = clock
        self._candidates = Candidates(settings, store)
        self._requests = Requests(self.name)
        self._prompt = Requests(self.name)
        self._loaded = LoadedVersions()
        self._lock = asyncio.Lock()
        self._trials = Trials(self.name, settings.section)
        self._followed: Followed | None = None
        self._model: ServedModel | None = None

    @property
    def lifecycle(self) -> Lifecycle:
        """Of all versions."""
        return self._store.lifecycle

    @property
    def shadows(self) -> dict[str, Shadow]:
        """Versions that score beside the one that predicts."""
        return self._loaded.shadows

    @property
    def model(self) -> ServedModel:
        """That the versions belong to; there once it is served."""
        if self._model is None:
            raise TransitionRefused("the model is not served yet", where=self.name)
        return self._model

    def first(self) -> ReadyModel:
        """Load the version that was active, or the configured package where there was none; blocks.

        Raises:
            OpcuaMlError: neither that version nor its fallback can be served.
        """
        if self.lifecycle.active is None:
            package = read_package(package_path(self._settings.section))
            if package.version not in self.lifecycle.versions:
                step = Step(StepKind.STAGE, package.version, self._now(), who=SERVICE)
                self._store.stage(package, replace(step, content_hash=package.content_hash))
            self._store.record(Step(StepKind.PROMOTE, package.version, self._now(), who=SERVICE))
        due = self.lifecycle.due(self._now())
        if due is not None:
            self._store.record(due)
        try:
            return self._candidates.loaded(self.lifecycle.active or "")
        except NOT_SERVED as error:
            if self.lifecycle.fallback is None:
                raise
            _log.error("the active version can't be served", model=self.name, reason=error.sentence)
            back = Step(StepKind.ROLLBACK, at=self._now(), who=SERVICE, reason=error.sentence)
            self._store.record(back)
            return self._candidates.loaded(self.lifecycle.active or "")

    def serve(self, model: ServedModel, board: AlarmBoard | None = None) -> None:
        """Take the model at work, with the version that `first` gave.

        Args:
            model: at work.
            board: of the alarms that end a probation.
        """
        self._model, self._trials.board = model, board
        model.shadows = self.shadows
        if self.lifecycle.in_probation:
            self._trials.begin(model.serving)
        if self.lifecycle.paused:
            model.change_state(ModelState.Paused, self.lifecycle.pause_reason or sentence("paused"))

    async def stage(self, path: Path, *, who: str, reason: str = "") -> str:
        """Take a package into the store and hold it against the gates.

        Args:
            path: of the package; it is not needed afterwards.
            who: asks for it.
            reason: in their words.

        Returns:
            Its version.

        Raises:
            PackageError: it must not be taken, or (GateFailed) it was taken and rejected.
            VersionTaken, TransitionRefused, StoreFailed: see VersionStore.stage.
        """
        return await self._requests.done(partial(self._stage, path, who, reason))

    async def perform(self, request: VersionRequest) -> None:
        """Do what is asked, if the state allows it.

        Raises:
            VersionUnknown, TransitionRefused: it does not.
            PackageError: the version does not pass the gates.
            StoreFailed: it can't be written down, so it is not done.
        """
        requests = self._prompt if request.kind in _AT_ONCE else self._requests
        await requests.done(partial(self._perform, request))

    async def show_followed(self, followed: Followed) -> None:
        """Show what an alias of a registry names."""
        if followed != self._followed:
            self._followed = followed
            async with self._lock:
                await self._show()

    def see(self, prediction: Prediction) -> None:
        """Take a prediction of this model, for the versions in its shadow."""
        for shadow in self.shadows.values():
            shadow.see(prediction)

    async def run(self) -> None:
        """Do what is asked, watch over trials, score shadows, let old versions go; until cancelled."""
        async with self._lock:
            await self._resume()
            await self._show()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._requests.run(), name=f"versions.{self.name}.work")
            group.create_task(self._prompt.run(), name=f"versions.{self.name}.prompt")
            group.create_task(self._watch(), name=f"versions.{self.name}.watch")
            # Of its own: a version on trial is judged in time, however slow a shadow is.
            group.create_task(self._score_shadows(), name=f"versions.{self.name}.shadows")

    def close(self) -> None:
        """Let go of every version."""
        self._loaded.close(self._model)

    async def _stage(self, path: Path, who: str, reason: str) -> str:
        package = await asyncio.to_thread(read_package, path)
        version = package.version
        async with self._lock:
            step = Step(StepKind.STAGE, version, self._now(), who=who, reason=reason)
            step = replace(step, content_hash=package.content_hash)
            await asyncio.to_thread(self._store.stage, package, step)
        try:
            await closed((await self._candidates.examined(version, self.model)).executor)
        except NOT_SERVED as error:
            await self._perform(VersionRequest(StepKind.REJECT, version, error.sentence, who))
            raise
        finally:
            async with self._lock:
                await self._keep_gates(version, who)
                await self._show()
        return version

    async def _perform(self, request: VersionRequest) -> str:
        """Gates and loading first, so that what happens by itself need not wait for them."""
        self.lifecycle.after(self._step(request))
        serving = None
        try:
            serving = await self._prepared(request)
            async with self._lock:
                await self._performed(request, serving)
                version = request.version or self.lifecycle.active or ""
        except BaseException:
            # Another step may have brought the fallback to work meanwhile.
            if serving is not None and serving not in (self._loaded.fallback, self.model.serving):
                await closed(serving.executor)
            raise
        finally:
            async with self._lock:
                await self._keep_gates(request.version, request.who)
                await self._show()
        told = {"step": request.kind.value, "version": version, "by": request.who}
        _log.info("version managed", model=self.name, **told)
        return request.version

    async def _prepared(self, request: VersionRequest) -> Serving | None:
        """The version that the request brings to work, in memory."""
        if request.kind in _EXAMINED:
            return await self._candidates.examined(request.version, self.model)
        if request.kind is StepKind.STAGE:
            await asyncio.to_thread(self._store.package, request.version)
        if request.kind is StepKind.ROLLBACK:
            return self._loaded.fallback or await self._candidates.serving(self.lifecycle.fallback or "")
        return None

    async def _performed(self, request: VersionRequest, serving: Serving | None) -> None:
        step, model = self._step(request), self.model
        was_fallback = bool(step.version) and self.lifecycle.fallback == step.version
        await self._written(step)
        match step.kind:
            case StepKind.PROMOTE if serving is not None:
                self._loaded.promote(model, serving)
                if self.lifecycle.in_probation:
                    self._trials.begin(serving)
            case StepKind.ROLLBACK if serving is not None:
                self._loaded.roll_back(model, serving)
            case StepKind.START_SHADOW if serving is not None:
                self._loaded.begin_shadow(serving)
            case StepKind.START_CANARY if serving is not None:
                self._loaded.begin_canary(model, serving, step.share)
                self._trials.begin(serving)
            case StepKind.PAUSE:
                words = sentence("paused by {who}", who=step.who)
                model.change_state(ModelState.Paused, step.reason or words)
            case StepKind.RESUME:
                model.change_state(ModelState.Ready, "")
            case _:
                self._loaded.end(model, step.version)
                if was_fallback:
                    self._loaded.dismiss_fallback()
        await self._prune()

    async def _watch(self) -> None:
        told: object = None
        while True:
            await asyncio.sleep(TICK_SECONDS)
            await self._judge()
            async with self._lock:
                await self._loaded.let_go()
                counts = tuple(shadow.counts for shadow in self.shadows.values())
                if counts != told:
                    told = counts
                    await self._show()

    async def _score_shadows(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            # Versions come and go meanwhile.
            for shadow in tuple(self.shadows.values()):
                await shadow.score()

    async def _resume(self) -> None:
        """Bring back what was beside the active version before the last end; a Reject where it can't be."""
        canary = self.lifecycle.canary
        for version in (*self.lifecycle.shadows, *([canary] if canary else [])):
            try:
                serving = await self._candidates.serving(version)
            except NOT_SERVED as error:
                await self._written(self._step(VersionRequest(StepKind.REJECT, version, error.sentence)))
                continue
            if version == canary:
                self._loaded.begin_canary(self.model, serving, self.lifecycle.versions[version].share)
                self._trials.begin(serving)
            else:
                self._loaded.begin_shadow(serving)
        await self._prune()

    async def _judge(self) -> None:
        """End the trials of those that fail."""
        for failure in self._trials.failures(self.lifecycle, self._now()):
            await self._by_itself(failure)

    async def _by_itself(self, failure: Failure) -> None:
        kind, version, cause, words = failure
        try:
            await self._perform(VersionRequest(kind, version, words, cause=cause))
        except OpcuaMlError as error:
            # The next tick tries again: a store that can't be written, or a fallback that can't be read.
            _log.error("the version on trial can't be ended", model=self.name, reason=error.sentence)

    async def _prune(self) -> None:
        try:
            await asyncio.to_thread(self._store.prune, self._settings.store.keep)
        except StoreFailed as error:
            # What was asked for is done; the next step tries again.
            _log.error("old packages can't be removed", model=self.name, reason=error.sentence)

    def _step(self, request: VersionRequest) -> Step:
        section = self._settings.store
        default = float(section.confirmation_timeout_s)
        promotes, shares = request.kind is StepKind.PROMOTE, request.kind is StepKind.START_CANARY
        share = section.canary_share if request.share is None else request.share
        return Step(
            request.kind,
            request.version,
            self._now(),
            (default if request.timeout is None else request.timeout) if promotes else 0.0,
            request.cause,
            request.reason,
            request.who,
            share=share if shares else 0.0,
        )

    async def _written(self, step: Step) -> None:
        unwritten = self._candidates.unwritten
        gates = unwritten.get(step.version, ()) if step.kind in _KEEPS_GATES else ()
        await asyncio.to_thread(partial(self._store.record, replace(step, gates=gates)))
        if gates:
            unwritten.pop(step.version, None)

    async def _keep_gates(self, version: str, who: str) -> None:
        """Write down what the gates gave where no other step has; the step itself is done, or has failed."""
        if version not in self._candidates.unwritten:
            return
        try:
            await self._written(Step(StepKind.EXAMINE, version, self._now(), who=who))
        except OpcuaMlError as error:
            _log.error("results of gates can't be kept", model=self.name, reason=error.sentence)

    async def _show(self) -> None:
        if self.shown is not None:
            counts = {version: shadow.counts for version, shadow in self.shadows.items()}
            results = dict(self._candidates.results)
            await self.shown(VersionsSnapshot(self.name, self.lifecycle, results, counts, self._followed))

    def _now(self) -> float:
        return self._clock.now().timestamp()
