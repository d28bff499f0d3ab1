"""The versions of one model at work: what is staged, promoted, rolled back, and what happens by itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.serving import Serving
from opcua_ml.application.shadow import Shadow
from opcua_ml.application.versions import SERVICE, VersionRequest, VersionsSnapshot
from opcua_ml.domain.errors import (
    GateFailed,
    InferenceOverloaded,
    OpcuaMlError,
    TransitionRefused,
)
from opcua_ml.domain.lifecycle import Cause, Event, EventKind
from opcua_ml.domain.state import ModelState
from opcua_ml.runtime.package.package import open_package
from opcua_ml.service.models import NOT_SERVED, package_path, ready_model
from opcua_ml.service.versions.gates import gate_results
from opcua_ml.store.packages import read_package

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from opcua_ml.application.ports import Clock
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.config import ModelSection, StoreSection
    from opcua_ml.domain.gate import GateResult
    from opcua_ml.domain.lifecycle import Lifecycle
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.service.models import ReadyModel
    from opcua_ml.store.version_store import VersionStore

_log = structlog.get_logger(__name__)

MOST_FAILURES = 3
"""Rows on which a version in probation may fail; at one more it is rolled back."""
LATENCY_CALLS = 100
"""Calls before the latency of a version in probation counts."""
TICK_SECONDS = 0.1
MOST_JOBS = 16
"""Requests that may wait; one more is refused."""


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


class Deployment:
    """Manages one model's versions; used from the event loop, one step after another.

    Args:
        settings: of the model.
        store: its versions, opened.
        clock: for the times of events.
    """

    def __init__(self, settings: DeploymentSettings, store: VersionStore, clock: Clock) -> None:
        self.name = settings.name
        self.results: dict[str, tuple[GateResult, ...]] = {}
        self.shadows: dict[str, Shadow] = {}
        self.shown: Callable[[VersionsSnapshot], Awaitable[None]] | None = None
        self._settings = settings
        self._store = store
        self._clock = clock
        self._lock = asyncio.Lock()
        self._jobs: asyncio.Queue[tuple[asyncio.Future[str], Callable[[], Awaitable[str]]]] = asyncio.Queue(
            MOST_JOBS
        )
        self._fallback: Serving | None = None
        self._leaving: list[Serving] = []
        self._failed_before = 0
        self._model: ServedModel | None = None

    @property
    def lifecycle(self) -> Lifecycle:
        """Of all versions."""
        return self._store.lifecycle

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
                event = Event(EventKind.STAGE, package.version, self._now(), who=SERVICE)
                self._store.stage(package, replace(event, content_hash=package.content_hash))
            self._store.record(Event(EventKind.PROMOTE, package.version, self._now(), who=SERVICE))
        due = self.lifecycle.due(self._now())
        if due is not None:
            self._store.record(due)
        try:
            return self._loaded(self.lifecycle.active or "")
        except NOT_SERVED as error:
            if self.lifecycle.fallback is None:
                raise
            _log.error("the active version can't be served", model=self.name, reason=error.sentence)
            back = Event(EventKind.ROLLBACK, at=self._now(), who=SERVICE, reason=error.sentence)
            self._store.record(back)
            return self._loaded(self.lifecycle.active or "")

    def serve(self, model: ServedModel) -> None:
        """Take the model at work, with the version that `first` gave."""
        self._model = model
        self._failed_before = model.statistics.failed
        if self.lifecycle.paused:
            model.change_state(ModelState.Paused, self.lifecycle.pause_reason or "paused")

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
        return await self._done(partial(self._stage, path, who, reason))

    async def perform(self, request: VersionRequest) -> None:
        """Do what is asked, if the state allows it.

        Raises:
            VersionUnknown, TransitionRefused: it does not.
            PackageError: the version does not pass the gates.
            StoreFailed: it can't be written down, so it is not done.
        """
        await self._done(partial(self._perform, request))

    async def _done(self, job: Callable[[], Awaitable[str]]) -> str:
        """Let `run` do it: a client that goes away must not leave a step half done."""
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        try:
            self._jobs.put_nowait((answer, job))
        except asyncio.QueueFull:
            raise InferenceOverloaded("too many requests wait", where=self.name, found=MOST_JOBS) from None
        return await answer

    async def _work(self) -> None:
        while True:
            answer, job = await self._jobs.get()
            try:
                made = await job()
            except OpcuaMlError as error:
                if not answer.cancelled():
                    answer.set_exception(error)
                continue
            if not answer.cancelled():
                answer.set_result(made)

    async def _stage(self, path: Path, who: str, reason: str) -> str:
        package = await asyncio.to_thread(read_package, path)
        version = package.version
        async with self._lock:
            event = Event(EventKind.STAGE, version, self._now(), who=who, reason=reason)
            event = replace(event, content_hash=package.content_hash)
            await asyncio.to_thread(self._store.stage, package, event)
            try:
                await self._examined(version)
            except NOT_SERVED as error:
                await self._record(VersionRequest(EventKind.REJECT, version, error.sentence, who))
                raise
            finally:
                await self._show()
        return version

    async def _perform(self, request: VersionRequest) -> str:
        async with self._lock:
            try:
                await self._performed(request)
            finally:
                await self._show()
        told = {"step": request.kind.value, "version": request.version, "by": request.who}
        _log.info("version managed", model=self.name, **told)
        return request.version

    def see(self, prediction: Prediction) -> None:
        """Take a prediction of this model, for the versions in its shadow."""
        for shadow in self.shadows.values():
            shadow.see(prediction)

    async def run(self) -> None:
        """Do what is asked, watch over probation, score shadows, let old versions go; until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._work(), name=f"versions.{self.name}.work")
            group.create_task(self._watch(), name=f"versions.{self.name}.watch")

    async def _watch(self) -> None:
        for version in self.lifecycle.shadows:
            await self._begin_shadow(version)
        await self._show()
        told: object = None
        while True:
            await asyncio.sleep(TICK_SECONDS)
            cause = self._cause()
            if cause is not None:
                await self._by_itself(cause)
            # Versions come and go meanwhile.
            for shadow in tuple(self.shadows.values()):
                await shadow.score()
            await self._let_go()
            counts = tuple(shadow.counts for shadow in self.shadows.values())
            if counts != told:
                told = counts
                await self._show()

    def close(self) -> None:
        """Let go of every version."""
        shadows = [shadow.serving for shadow in self.shadows.values()]
        for serving in (*shadows, *self._leaving, self._fallback):
            if serving is not None:
                serving.executor.close()
        if self._model is not None:
            self._model.serving.executor.close()

    async def _performed(self, request: VersionRequest) -> None:
        event = self._event(request)
        self.lifecycle.after(event)
        match request.kind:
            case EventKind.PROMOTE:
                await self._promote(event)
            case EventKind.ROLLBACK:
                await self._roll_back(event)
            case EventKind.START_SHADOW:
                await self._examined(event.version)
                await self._written(event)
                await self._begin_shadow(event.version)
            case EventKind.STAGE:
                await asyncio.to_thread(self._store.package, event.version)
                await self._written(event)
                self._end_shadow(event.version)
            case EventKind.PAUSE:
                await self._written(event)
                self.model.change_state(ModelState.Paused, event.reason or f"paused by {event.who}")
            case EventKind.RESUME:
                await self._written(event)
                self.model.change_state(ModelState.Ready, "")
            case _:
                was_fallback = self.lifecycle.fallback == event.version
                await self._written(event)
                self._end_shadow(event.version)
                if was_fallback and event.kind is EventKind.RETIRE:
                    self._dismiss_fallback()
                await asyncio.to_thread(self._store.prune, self._settings.store.keep)

    async def _promote(self, event: Event) -> None:
        candidate = await self._examined(event.version, keep=True)
        try:
            await self._written(event)
        except OpcuaMlError:
            candidate.executor.close()
            raise
        self._end_shadow(event.version)
        self._dismiss_fallback()
        self._fallback = self._swap(candidate)

    async def _roll_back(self, event: Event) -> None:
        fallback = self._fallback
        if fallback is None:
            ready = await asyncio.to_thread(self._loaded, self.lifecycle.fallback or "")
            fallback = Serving(ready.card, ready.executor, ready.abstention)
        await self._written(event)
        self._fallback = None
        self._leaving.append(self.model.swap(fallback))

    def _swap(self, ready: ReadyModel) -> Serving:
        before = self.model.swap(Serving(ready.card, ready.executor, ready.abstention))
        self._failed_before = self.model.statistics.failed
        return before

    async def _examined(self, version: str, *, keep: bool = False) -> ReadyModel:
        """Load a version and hold it against the gates; close it again unless it is kept."""
        ready = await asyncio.to_thread(self._loaded, version)
        try:
            results = await asyncio.to_thread(self._gates, ready)
        except BaseException:
            ready.executor.close()
            raise
        self.results[version] = results
        failed = [str(result) for result in results if not result.passed]
        if failed or not keep:
            ready.executor.close()
        if failed:
            raise GateFailed(
                "the version may not go live", where=f"{self.name} {version}", found="; ".join(failed)
            )
        return ready

    def _gates(self, ready: ReadyModel) -> tuple[GateResult, ...]:
        golden = open_package(self._store.package(ready.card.version)).golden
        limit = self._settings.section.latency_gate_ms
        return tuple(gate_results(ready, self.model.signature, golden.inputs, limit))

    def _loaded(self, version: str) -> ReadyModel:
        settings = self._settings
        return ready_model(settings.source, self.name, settings.section, self._store.package(version))

    async def _begin_shadow(self, version: str) -> None:
        try:
            ready = await asyncio.to_thread(self._loaded, version)
        except NOT_SERVED as error:
            await self._record(VersionRequest(EventKind.REJECT, version, error.sentence))
            return
        self.shadows[version] = Shadow(Serving(ready.card, ready.executor, ready.abstention))

    def _end_shadow(self, version: str) -> None:
        shadow = self.shadows.pop(version, None)
        if shadow is not None:
            self._leaving.append(shadow.serving)

    def _dismiss_fallback(self) -> None:
        if self._fallback is not None:
            self._leaving.append(self._fallback)
            self._fallback = None

    async def _let_go(self) -> None:
        for serving in [one for one in self._leaving if one.is_idle]:
            self._leaving.remove(serving)
            await asyncio.to_thread(serving.executor.close)

    def _cause(self) -> Cause | None:
        """Why the version in probation is to go; None where it may stay."""
        if not self.lifecycle.in_probation:
            return None
        statistics, limit = self.model.statistics, self._settings.section.latency_gate_ms
        if self.lifecycle.due(self._now()) is not None:
            return Cause.TIMEOUT
        if statistics.failed - self._failed_before > MOST_FAILURES:
            return Cause.FAILURES
        measured = limit is not None and statistics.inference.count >= LATENCY_CALLS
        return Cause.LATENCY if measured and statistics.inference.summary().p99 > (limit or 0) else None

    async def _by_itself(self, cause: Cause) -> None:
        try:
            await self._perform(VersionRequest(EventKind.ROLLBACK, cause=cause, reason=cause.value))
        except OpcuaMlError as error:
            # The next tick tries again: a store that can't be written, or a fallback that can't be read.
            _log.error("the rollback is not possible", model=self.name, reason=error.sentence)

    def _event(self, request: VersionRequest) -> Event:
        default = float(self._settings.store.confirmation_timeout_s)
        promotes = request.kind is EventKind.PROMOTE
        timeout = (default if request.timeout is None else request.timeout) if promotes else 0.0
        return Event(
            request.kind,
            request.version,
            self._now(),
            timeout,
            request.cause,
            request.reason,
            request.who,
        )

    async def _record(self, request: VersionRequest) -> None:
        await self._written(self._event(request))

    async def _written(self, event: Event) -> None:
        await asyncio.to_thread(partial(self._store.record, event))

    async def _show(self) -> None:
        if self.shown is not None:
            counts = {version: shadow.counts for version, shadow in self.shadows.items()}
            await self.shown(VersionsSnapshot(self.name, self.lifecycle, dict(self.results), counts))

    def _now(self) -> float:
        return self._clock.now().timestamp()
