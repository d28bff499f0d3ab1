"""Which object knows which: models, streams, tags and connections, made from configuration and packages."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from opcua_ml.application.served_model import ServedModel
from opcua_ml.application.stream import Outlet, Stream, stream_of
from opcua_ml.application.trigger import LEADING, Trigger, TriggerKind
from opcua_ml.config import ChangeTrigger, LeadingTrigger, MethodTrigger, PeriodTrigger
from opcua_ml.domain.state import ModelState
from opcua_ml.opcua.plc.connection import PlcConnection
from opcua_ml.opcua.plc.sink import PlcSink
from opcua_ml.service.plc_settings import heartbeat, plc_settings
from opcua_ml.service.policies import join_policy, method_ranges
from opcua_ml.service.tags import read_tags, written_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from opcua_ml.application.ports import Clock, PredictionPublisher, PredictionSink
    from opcua_ml.config import Configuration, ModelSection
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.signature import Signature
    from opcua_ml.opcua.identity.site_identity import SiteIdentity
    from opcua_ml.opcua.plc.settings import PlcSettings
    from opcua_ml.service.models import ReadyModel


@dataclass(slots=True)
class Wiring:
    """Everything that runs beside the server; a model that methods alone score has no stream."""

    models: dict[str, ServedModel] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    connections: list[PlcConnection] = field(default_factory=list)


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
    publisher: PredictionPublisher,
    clock: Clock,
    identity: SiteIdentity,
    *,
    observe: Callable[[Prediction], None] | None,
    changed: Callable[[ConnectionSnapshot], None],
) -> Wiring:
    """Make the objects of one run of the service.

    Args:
        configuration: checked.
        ready: its models.
        publisher: shows predictions to clients.
        clock: of all.
        identity: who we are to the PLCs, and whom we believe.
        observe: is given every prediction of the tag path.
        changed: is told how the connections fare.

    Raises:
        ConfigurationError: a PLC's password can't be read.
        OwnCertificateUnusable: see `plc_settings`.
    """
    wiring = Wiring()
    run_id = secrets.token_hex(4)
    settings = {name: plc_settings(name, plc, identity) for name, plc in configuration.plcs.items()}
    signatures = {model.name: model.card.signature for model in ready}
    sinks = _sinks(configuration, settings, signatures, clock, lambda: _healthy(wiring.models.values()))
    for model in ready:
        served = ServedModel(
            model.card,
            model.executor,
            clock,
            run_id=run_id,
            ranges=method_ranges(model.section),
            abstention=model.abstention,
        )
        wiring.models[model.name] = served
        trigger = trigger_of(model.section, served.signature)
        if trigger is not None:
            outlet = Outlet(served, clock, publisher, Fan(tuple(sinks.values()), observe))
            policy = join_policy(model.section, served.signature)
            capacity = model.section.queue_size
            wiring.streams[model.name] = stream_of(outlet, trigger, clock, policy, capacity=capacity)
    for name, plc in configuration.plcs.items():
        bindings, router = read_tags(name, plc, configuration.models, wiring.streams)
        wiring.connections.append(
            PlcConnection(
                settings[name],
                inputs=bindings,
                receiver=router,
                clock=clock,
                sink=sinks[name],
                heartbeat=heartbeat(plc),
                changed=changed,
            )
        )
    return wiring


def _sinks(
    configuration: Configuration,
    settings: dict[str, PlcSettings],
    signatures: dict[str, Signature],
    clock: Clock,
    healthy: Callable[[], bool],
) -> dict[str, PlcSink]:
    return {
        name: PlcSink(
            settings[name],
            written_tags(name, plc, configuration.models, signatures),
            clock,
            heartbeat=heartbeat(plc),
            healthy=healthy,
        )
        for name, plc in configuration.plcs.items()
    }


def _healthy(models: Iterable[ServedModel]) -> bool:
    """Whether a PLC's program may take our heartbeat for a sign of life: no model has failed for good."""
    return all(model.state is not ModelState.Failed for model in models)


def trigger_of(section: ModelSection, signature: Signature) -> Trigger | None:
    """When the model's inputs are joined; None for a model that is scored by method calls alone."""
    match section.trigger:
        case ChangeTrigger(debounce_ms=debounce):
            return Trigger(TriggerKind.CHANGE, debounce=debounce / 1e3)
        case PeriodTrigger(period_ms=period):
            return Trigger(TriggerKind.PERIOD, period=period / 1e3)
        case LeadingTrigger(input=name, longest_pause_ms=pause):
            place = LEADING if name is None else signature.names.index(name)
            longest = None if pause is None else pause / 1e3
            return Trigger(TriggerKind.LEADING, leading=place, longest_pause=longest)
        case MethodTrigger():
            return None
