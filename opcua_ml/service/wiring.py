"""Which object knows which: models, streams, tags and connections, made from configuration and packages."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from opcua_ml.application.handshake_stream import HandshakeSettings, HandshakeStream
from opcua_ml.application.outlet import Outlet
from opcua_ml.application.result_context import ResultContext
from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.stream import Stream, stream_of
from opcua_ml.application.trigger import CLIENT_HEARTBEAT, LEADING, REQUEST_ID, Trigger, TriggerKind
from opcua_ml.config import ChangeTrigger, HandshakeTrigger, LeadingTrigger, MethodTrigger, PeriodTrigger
from opcua_ml.domain.state import ModelState
from opcua_ml.opcua.plc.connection import PlcConnection
from opcua_ml.opcua.plc.sink import PlcSink
from opcua_ml.opcua.server.handshake_nodes import HandshakeKeys
from opcua_ml.service.building.plc_settings import heartbeat, plc_settings
from opcua_ml.service.building.policies import join_policy, method_ranges
from opcua_ml.service.building.tags import read_tags, written_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opcua_ml.application.ports import Clock, PredictionSink, Publisher
    from opcua_ml.config import Configuration, ModelSection, PlcSection
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.details import TagDetails
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Signature
    from opcua_ml.opcua.identity.site_identity import SiteIdentity
    from opcua_ml.opcua.plc.binding import InputBinding
    from opcua_ml.service.building.models import ReadyModel


@dataclass(slots=True)
class Wiring:
    """Everything that runs beside the server; a model that methods alone score has no stream."""

    models: dict[str, ServedModel] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    connections: list[PlcConnection] = field(default_factory=list)
    sinks: dict[str, PlcSink] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fan:
    """One sink for several, and for an observer of predictions."""

    sinks: Sequence[PredictionSink]
    observe: Callable[[Prediction], None] | None = None

    def submit(self, prediction: Prediction) -> None:
        """Hand the prediction to each."""
        for sink in self.sinks:
            sink.submit(prediction)
        if self.observe is not None:
            self.observe(prediction)


def wire(
    configuration: Configuration,
    ready: Sequence[ReadyModel],
    publisher: Publisher,
    clock: Clock,
    identity: SiteIdentity,
    *,
    writes: Callable[[str], bool] = lambda _: True,
    observe: Callable[[Prediction], None] | None,
    changed: Callable[[ConnectionSnapshot], None],
    described: Callable[[InputBinding, TagDetails], None] | None = None,
) -> Wiring:
    """Make the objects of one run of the service.

    Args:
        configuration: checked.
        ready: its models.
        publisher: shows predictions to clients.
        clock: of all.
        identity: who we are to the PLCs, and whom we believe.
        writes: by PLC: whether writing to it is switched on at first.
        observe: is given every prediction of the tag path.
        changed: is told how the connections fare.
        described: is told what PLCs tell of their tags for displays.

    Raises:
        ConfigurationError: a PLC's password can't be read.
        OwnCertificateUnusable: see `plc_settings`.
    """
    wiring = Wiring()
    run_id = secrets.token_hex(4)
    settings = {name: plc_settings(name, plc, identity) for name, plc in configuration.plcs.items()}
    signatures = {model.name: model.card.signature for model in ready}
    for name, plc in configuration.plcs.items():
        wiring.sinks[name] = PlcSink(
            settings[name],
            written_tags(name, plc, configuration.models, signatures),
            clock,
            heartbeat=heartbeat(plc),
            healthy=lambda: _healthy(wiring.models.values()),
            writes=writes(name),
        )
    fan = Fan(tuple(wiring.sinks.values()), observe)
    contexts: dict[str, ResultContext] = {}
    for model in ready:
        served = wiring.models[model.name] = _served(model, clock, run_id)
        outlet = Outlet(served, clock, publisher, fan)
        context = contexts[model.name] = _context(model.section, clock)
        stream = _stream(model.section, configuration.plcs, outlet, publisher, clock=clock, context=context)
        if stream is not None:
            wiring.streams[model.name] = stream
    for name, plc in configuration.plcs.items():
        read = read_tags(name, plc, configuration.models, wiring.streams, contexts)
        connection = PlcConnection(
            settings[name],
            inputs=read.bindings,
            receiver=read.router,
            clock=clock,
            sink=wiring.sinks[name],
            heartbeat=heartbeat(plc),
            changed=changed,
            described=described,
        )
        wiring.connections.append(connection)
        for asked, keys in read.fresh.items():
            stream = wiring.streams[asked]
            if isinstance(stream, HandshakeStream):
                stream.read_by(partial(connection.read_now, keys))
    return wiring


def _served(model: ReadyModel, clock: Clock, run_id: str) -> ServedModel:
    return ServedModel(
        model.card,
        model.executor,
        clock,
        run_id=run_id,
        ranges=method_ranges(model.section),
        abstention=model.abstention,
        reason=model.reason,
        rule=model.rule,
    )


def _healthy(models: Iterable[ServedModel]) -> bool:
    """Whether a PLC's program may take our heartbeat for a sign of life: no model has failed for good."""
    return all(model.state is not ModelState.Failed for model in models)


def _stream(
    section: ModelSection,
    plcs: Mapping[str, PlcSection],
    outlet: Outlet,
    publisher: Publisher,
    *,
    clock: Clock,
    context: ResultContext,
) -> Stream | None:
    """What scores the model's tags; None for a model that is scored by method calls alone."""
    signature = outlet.model.signature
    policy = join_policy(section, signature, plcs)
    told = context if context.members else None
    if isinstance(section.trigger, HandshakeTrigger):
        return HandshakeStream(
            outlet, publisher, handshake_settings(section.trigger), clock, policy, context=told
        )
    trigger = trigger_of(section, signature)
    if trigger is None:
        return None
    return stream_of(outlet, trigger, clock, policy, capacity=section.most_waiting, context=told)


def _context(section: ModelSection, clock: Clock) -> ResultContext:
    ages = {
        member: None if tag.max_age_ms is None else tag.max_age_ms / 1e3
        for member, tag in section.results.members.items()
    }
    return ResultContext(ages, clock, section.most_waiting)


def handshake_settings(trigger: HandshakeTrigger) -> HandshakeSettings:
    """How requests are answered, in seconds."""
    silence = trigger.client_timeout_ms
    return HandshakeSettings(
        timeout=trigger.timeout_ms / 1e3,
        heartbeat=trigger.heartbeat_ms / 1e3,
        client_timeout=None if silence is None else silence / 1e3,
        on_plc=trigger.request_id is not None,
    )


def handshake_keys(section: ModelSection) -> HandshakeKeys | None:
    """How the model's words are shown; None where it is not asked by words."""
    trigger = section.trigger
    if not isinstance(trigger, HandshakeTrigger):
        return None
    return HandshakeKeys(trigger.request_id is not None, REQUEST_ID, CLIENT_HEARTBEAT)


def trigger_of(section: ModelSection, signature: Signature) -> Trigger | None:
    """When the model's inputs are joined; None for one that is asked by method calls or words alone."""
    match section.trigger:
        case ChangeTrigger(debounce_ms=debounce):
            return Trigger(TriggerKind.CHANGE, debounce=debounce / 1e3)
        case PeriodTrigger(period_ms=period):
            return Trigger(TriggerKind.PERIOD, period=period / 1e3)
        case LeadingTrigger(input=name, longest_pause_ms=pause):
            place = LEADING if name is None else signature.names.index(name)
            longest = None if pause is None else pause / 1e3
            return Trigger(TriggerKind.LEADING, leading=place, longest_pause=longest)
        case HandshakeTrigger() | MethodTrigger():
            return None
