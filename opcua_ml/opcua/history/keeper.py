"""Keeps the history of models' nodes and of events: hands to the recorder what happens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.history.nodes import configuration_path
from opcua_ml.opcua.history.trail import PredictionTrail, WrittenTrail
from opcua_ml.opcua.history.variable import (
    Historized,
    historized_elements,
    historized_inputs,
    historized_outputs,
)
from opcua_ml.opcua.space.standard import standard_id

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from asyncua import ua

    from opcua_ml.application.history.recorder import HistoryRecorder
    from opcua_ml.application.ports import Clock
    from opcua_ml.domain.card import ModelCard
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.opcua.history.event_content import EventContent
    from opcua_ml.opcua.history.provider import StoredHistory
    from opcua_ml.opcua.space.blueprint import Blueprint
    from opcua_ml.opcua.space.names import Names
    from opcua_ml.opcua.trust.nodes.value_types import ValueTypes

_AUDIT = standard_id(ObjectIds.AuditEventType)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is recorded.

    Attributes:
        inputs: of models.
        outputs: of models.
        events: of the site; audit events have a log of their own.
        without: models of which nothing is recorded.
    """

    inputs: bool = True
    outputs: bool = True
    events: bool = True
    without: Collection[str] = ()


class SiteHistory:
    """A HistoryKeeper.

    Args:
        recorder: stores what happens.
        kept: what of it.
        provider: is told whose history there is.
        content: of events, writes them.
        names: of both namespaces.
        types: of the server.
        clock: wall time.
    """

    def __init__(
        self,
        *,
        recorder: HistoryRecorder,
        kept: Kept,
        provider: StoredHistory,
        content: EventContent,
        names: Names,
        types: ValueTypes,
        clock: Clock,
    ) -> None:
        self._recorder = recorder
        self._kept = kept
        self._provider = provider
        self._content = content
        self._names = names
        self._types = types
        self._clock = clock
        self._predictions: dict[str, PredictionTrail] = {}
        self._written: dict[str, WrittenTrail] = {}

    def historized(self, card: ModelCard, blueprints: Sequence[Blueprint]) -> list[Blueprint]:
        """See HistoryKeeper; predictions of the version are recorded from now on."""
        if card.name in self._kept.without:
            return list(blueprints)
        inputs = list(historized_inputs(card)) if self._kept.inputs else []
        outputs = list(historized_outputs(card)) if self._kept.outputs else []
        if not (inputs or outputs):
            return list(blueprints)
        self._predictions[card.name] = PredictionTrail(inputs, outputs)
        self._written |= {item.path: WrittenTrail(item) for item in inputs}
        elements = historized_elements(card) if outputs else ()
        known = {item.path: item for item in (*inputs, *outputs, *elements)}
        self._provider.variables |= {self._names.node(path): item for path, item in known.items()}
        return [_historized(plan, known) for plan in blueprints]

    def record(self, prediction: Prediction, moment: datetime) -> None:
        """Take a prediction that is shown, and when."""
        trail = self._predictions.get(prediction.model)
        if trail is not None:
            self._recorder.take(trail, prediction, moment)

    def written(self, path: str, value: ua.DataValue) -> None:
        """See HistoryKeeper."""
        trail = self._written.get(path)
        if trail is not None:
            self._recorder.take(trail, value, self._clock.now())

    def occurred(self, event: Any, notifiers: dict[ua.NodeId, None]) -> None:
        """Take an event that was raised, and who tells of it."""
        if not self._kept.events or self._types.is_subtype(event.EventType, _AUDIT):
            return
        self._recorder.take(self._content, (event, tuple(notifiers)), self._clock.now())


def _historized(plan: Blueprint, known: dict[str, Historized]) -> Blueprint:
    item = known.get(plan.path)
    if item is None or plan.value is None:
        return plan
    return replace(plan, value=replace(plan.value, history=configuration_path(stepped=item.stepped)))
