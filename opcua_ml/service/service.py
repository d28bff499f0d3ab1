"""The service: everything that runs, from the configuration to the last task, and its end in reverse."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING

import structlog

from opcua_ml.application.health import ServiceHealth
from opcua_ml.application.reporting import ModelReporter
from opcua_ml.domain.errors import ModelUnavailable
from opcua_ml.folder_lock import FolderLock
from opcua_ml.opcua.alarms.display import ShownAlarms
from opcua_ml.opcua.identity.secured_server import SecuredServer
from opcua_ml.opcua.identity.site_identity import SiteIdentity
from opcua_ml.opcua.server.model_server import ModelServer
from opcua_ml.opcua.server.source_observer import SourceObserver
from opcua_ml.service.alarm_memory import AlarmMemory
from opcua_ml.service.alarms import SiteAlarms
from opcua_ml.service.audit import AuditAlarm, site_audit
from opcua_ml.service.building.output_alarms import output_ranges
from opcua_ml.service.clock import SystemClock
from opcua_ml.service.companions import show_companions
from opcua_ml.service.ending import end
from opcua_ml.service.event_loop import uninterrupted
from opcua_ml.service.first_steps import log_first_steps
from opcua_ml.service.history import ServiceHistory
from opcua_ml.service.versions.site import SiteVersions
from opcua_ml.service.wiring import Wiring, handshake_keys, wire
from opcua_ml.service.write_switches import WriteSwitches

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from opcua_ml.application.ports import InlineModel
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.config import Configuration
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.service.building.models import ReadyModel

_log = structlog.get_logger(__name__)

LOCK = ".lock"
_STATE_IN_USE = "another service keeps its switches and alarms here"


class Service:
    """One run of the service; also the PredictionHandler of its server.

    Args:
        configuration: checked.
        source: what the configuration is called in errors, such as its file.
        observe: is given every prediction of the tag path, as it goes out and just before it is shown.

    Attributes:
        endpoint: with the port that is really open, once it is.
        connections: how each PLC's connection fares, by name.
        versions: how the versions of the models are managed.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        source: str = "configuration",
        observe: Callable[[Prediction], None] | None = None,
    ) -> None:
        self.endpoint = configuration.server.endpoint
        self.connections: dict[str, ConnectionSnapshot] = {}
        self._configuration = configuration
        self._source = source
        self._observe = observe
        self._clock = SystemClock()
        self._wiring = Wiring()
        self.versions = SiteVersions(configuration, source, self._clock)
        self._switches = WriteSwitches(configuration.server.state)

    @property
    def models(self) -> list[ServedModel]:
        """In the configuration's order."""
        return list(self._wiring.models.values())

    async def run(self, stop: asyncio.Event, *, opened: Callable[[], None] | None = None) -> None:
        """Load the models, open the endpoint, connect to the PLCs, serve until `stop`, end in reverse.

        Args:
            stop: ends the service; while it still starts, before the next step and without opening.
            opened: is called once clients can connect.

        Raises:
            OpcuaMlError: the service can't start, with the reason.
        """
        configuration = self._configuration
        async with AsyncExitStack() as stack:
            stack.callback(self._held_state().release)
            stack.callback(self.versions.close)
            ready = await self._ready_models(stack, stop)
            if stop.is_set():
                return
            alarm = AuditAlarm()
            audit = await stack.enter_async_context(site_audit(configuration.server.security.audit, alarm))
            identity = await asyncio.to_thread(partial(SiteIdentity, configuration.server, audit=audit))
            secured = SecuredServer(identity)
            # Left after the endpoint is closed: nothing more happens then.
            history = await stack.enter_async_context(ServiceHistory(configuration, self._clock))
            memory = AlarmMemory(configuration.server.state, self._clock)
            stack.push_async_callback(memory.keep)  # after the endpoint is closed: nobody acknowledges then
            server = await stack.enter_async_context(
                ModelServer(secured, configuration.server, self, self._clock)
            )
            await show_companions(server, self._source, configuration.models)
            await history.attach(server)
            sources = SourceObserver(server.sources, server.describe_input)
            alarms = SiteAlarms(configuration, ready, self._clock, memory.recalled())
            memory.watch(alarms.board)
            self._wiring = wire(
                configuration,
                ready,
                server.publisher,
                self._clock,
                identity,
                writes=self._switches.is_on,
                observe=self._observers(alarms),
                changed=lambda snapshot: self._note(snapshot, sources, health, alarms),
                described=lambda binding, details: sources.observe_tag(binding.feeds, details),
            )
            self.versions.serve(self._wiring.models, alarms.board)
            alarms.observe(self.models)
            health = ServiceHealth(self.models, configuration.plcs, server.health)
            alarm.tell(health.note_audit)
            history.observe(lambda state: health.note_history(state.problem), alarms.see_history)
            await self._show(ready, server)
            await self.versions.show(server, partial(self._show_again, ready, server))
            await ShownAlarms(server, alarms.board).show()
            await history.start()
            if stop.is_set():
                return
            await health.publish()
            await server.open()
            self.endpoint = server.url
            stack.enter_context(uninterrupted())
            _log.info("serving", endpoint=server.url, models=list(self._wiring.models))
            log_first_steps(configuration.server)
            if opened is not None:
                opened()
            beside = {
                "sources": sources.run(),
                "health": health.run(),
                "audit": audit.raise_events(secured),
                "alarms": alarms.board.run(),
                "alarm memory": memory.run(),
                "versions": self.versions.run(),
                "history": history.run(),
            }

            async def farewell() -> None:
                health.note_stopping()
                await secured.announce_shutdown("The service is stopping.")

            await self._serve(stop, server, beside, farewell)
        _log.info("stopped")

    def _held_state(self) -> FolderLock:
        """No other service writes the folder; one that can't be written keeps none from serving.

        Raises:
            FolderInUse: another one does.
        """
        lock = FolderLock(self._configuration.server.state / LOCK, _STATE_IN_USE, "server.state")
        try:
            lock.take()
        except OSError as error:
            _log.warning("switches and alarms can't be kept", file=error.filename, reason=error.strerror)
        return lock

    async def predict(self, model: str, rows: Sequence[Sequence[object]]) -> list[Prediction]:
        """Answer a method call; see PredictionHandler.

        Raises:
            PredictionError: of the kind that names what is wrong.
        """
        served = self._wiring.models.get(model)
        if served is None:
            known = ", ".join(self._wiring.models) or "none"
            raise ModelUnavailable("no such model is served", found=model, wanted=known)
        predictions = await served.predict(rows)
        self.versions.see(model, predictions)
        return predictions

    def inline_model(self, model: str) -> InlineModel | None:
        """What answers single rows in passing; see PredictionHandler."""
        return self._wiring.models.get(model)

    async def _ready_models(self, stack: AsyncExitStack, stop: asyncio.Event) -> list[ReadyModel]:
        """Load and warm up one after another, off the event loop: each wants the processor for itself."""
        ready: list[ReadyModel] = []
        for name, section in self._configuration.models.items():
            if stop.is_set():
                break
            model = await asyncio.to_thread(self.versions.ready, name, section)
            stack.callback(model.executor.close)
            _log.info("model ready", model=name, version=model.card.version, backend=model.executor.backend)
            ready.append(model)
        return ready

    async def _show(self, ready: Sequence[ReadyModel], server: ModelServer) -> None:
        for name, plc in self._configuration.plcs.items():
            await server.sources.add(name, plc.endpoint, partial(self._switch, name))
        for model in ready:
            await self._show_model(model, server)

    async def _show_model(self, model: ReadyModel, server: ModelServer) -> None:
        serving = self._wiring.models[model.name].serving
        await server.show_model(
            serving.card,
            sources={name: str(tag) for name, tag in model.section.inputs.items()},
            receiver=self._wiring.streams.get(model.name),
            handshake=handshake_keys(model.section),
            ranges=output_ranges(model.section, serving.card.signature),
            backend=serving.executor.backend,
            backend_reason="; ".join(filter(None, (serving.reason, serving.work[1]))),
        )

    async def _show_again(self, ready: Sequence[ReadyModel], server: ModelServer, name: str) -> None:
        """Another version predicts now, on the same nodes."""
        for model in ready:
            if model.name == name:
                await self._show_model(model, server)

    async def _serve(
        self,
        stop: asyncio.Event,
        server: ModelServer,
        beside: Mapping[str, Coroutine[object, object, None]],
        farewell: Callable[[], Coroutine[object, object, None]],
    ) -> None:
        wiring = self._wiring
        reporter = ModelReporter(list(wiring.models.values()), server.publisher)
        async with asyncio.TaskGroup() as inner:
            tasks = [
                inner.create_task(stream.run(), name=f"stream.{name}")
                for name, stream in wiring.streams.items()
            ]
            tasks.append(inner.create_task(reporter.run(), name="reporter"))
            tasks += [inner.create_task(work, name=name) for name, work in beside.items()]
            async with asyncio.TaskGroup() as outer:
                plcs = [
                    outer.create_task(connection.run(), name=f"plc.{connection.settings.name}")
                    for connection in wiring.connections
                ]
                await stop.wait()
                _log.info("stopping")
                async with asyncio.TaskGroup() as leaving:
                    leaving.create_task(farewell(), name="farewell")
                    for connection in wiring.connections:
                        leaving.create_task(
                            connection.take_leave("the service has stopped"),
                            name=f"plc.{connection.settings.name}.leave",
                        )
                await end(plcs)
            await end(tasks)

    async def _switch(self, plc: str, on: bool) -> None:
        """Write results to this PLC once that lasts; or no more, at once and even where it can't be kept."""
        sink, plcs = self._wiring.sinks[plc], self._configuration.plcs
        if not on:
            sink.switch(on=False)
        await self._switches.turn(plc, plcs, on=on, then=partial(sink.switch, on=on))
        _log.info("writing to a PLC was switched", plc=plc, on=on)

    def _observers(self, alarms: SiteAlarms) -> Callable[[Prediction], None]:
        also = self._observe

        def observe(prediction: Prediction) -> None:
            alarms.see(prediction)
            self.versions.see(prediction.model, [prediction])
            if also is not None:
                also(prediction)

        return observe

    def _note(
        self,
        snapshot: ConnectionSnapshot,
        sources: SourceObserver,
        health: ServiceHealth,
        alarms: SiteAlarms,
    ) -> None:
        self.connections[snapshot.plc] = snapshot
        sources.observe(snapshot)
        alarms.see_connection(snapshot)
        health.note_connection(snapshot)
