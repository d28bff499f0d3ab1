"""All alarms of a site: those on outputs that the configuration names, and those there by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opcua_ml.application.alarms.board import AlarmBoard
from opcua_ml.application.alarms.card import AlarmCard, AlarmKind
from opcua_ml.application.alarms.watches import (
    HistoryWatch,
    InputsWatch,
    ModelWatch,
    PlcWatch,
    PredictionWatch,
)
from opcua_ml.config import HandshakeTrigger
from opcua_ml.domain.alarm.alarm import Alarm, AlarmLevel, AlarmSettings
from opcua_ml.domain.alarm.condition import ConditionRules
from opcua_ml.opcua.texts import phrase
from opcua_ml.service.building.alarm_words import history_words, inputs_words, model_words, plc_words
from opcua_ml.service.building.output_alarms import OutputAlarms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from opcua_ml.application.history.state import HistoryState
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.config import AlarmsSection, Configuration, StandardAlarmSection
    from opcua_ml.domain.alarm.condition import Condition
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.service.building.models import ReadyModel

INPUTS_BAD = "InputsBad"
MODEL_FAILED = "ModelFailed"
CONNECTION_LOST = "ConnectionLost"
HISTORY_STOPPED = "HistoryStopped"
UNUSABLE, REPLACED, OFF_NORMAL = "Unusable", "Replaced", "OffNormal"


class SiteAlarms:
    """The board of a configuration, and what looks for each alarm.

    Args:
        configuration: checked.
        ready: its models.
        clock: of all.
        states: of the alarms in the run before, by key.

    Attributes:
        board: the alarms.
    """

    def __init__(
        self,
        configuration: Configuration,
        ready: Sequence[ReadyModel],
        clock: Clock,
        states: Mapping[str, Condition],
    ) -> None:
        self.board = AlarmBoard(clock)
        self._section: AlarmsSection = configuration.alarms
        self._clock = clock
        self._states = states
        self._predictions = PredictionWatch(clock)
        self._models: dict[str, ModelWatch] = {}
        self._plcs: dict[str, PlcWatch] = {}
        self._history = self._history_stopped() if configuration.history.enabled else None
        lost = {name: self._plc_lost(name) for name in configuration.plcs}
        for model in ready:
            fed_by = {tag.plc for tag in model.section.inputs.values()}
            self._inputs_bad(model, [alarm for plc in fed_by if (alarm := lost.get(plc)) is not None])
            self._model_failed(model)
            self._on_outputs(model)

    def see(self, prediction: Prediction) -> None:
        """Take a prediction of the tag path."""
        self._predictions.see(prediction)

    def see_connection(self, snapshot: ConnectionSnapshot) -> None:
        """Take how a PLC's connection fares."""
        watch = self._plcs.get(snapshot.plc)
        if watch is not None:
            watch.see(snapshot)

    def see_history(self, state: HistoryState) -> None:
        """Take how the recording of history fares."""
        if self._history is not None:
            self._history.see(state)

    def observe(self, models: Iterable[ServedModel]) -> None:
        """Take how these models fare, from now on."""
        for model in models:
            watch = self._models.get(model.name)
            if watch is not None:
                watch.see(model)
                model.state_observers.append(watch.see)

    def _history_stopped(self) -> HistoryWatch | None:
        section = self._section.history_stopped
        if not section.enabled:
            return None
        levels = (AlarmLevel(OFF_NORMAL, section.severity),)
        card = AlarmCard(HISTORY_STOPPED, AlarmKind.HISTORY, "What happens is not recorded.")
        return HistoryWatch(self._standard(card, section, levels, history_words), self._clock)

    def _plc_lost(self, plc: str) -> Alarm[ConnectionSnapshot] | None:
        section = self._section.plc_lost
        if not section.enabled:
            return None
        levels = (AlarmLevel(OFF_NORMAL, section.severity),)
        card = AlarmCard(
            CONNECTION_LOST, AlarmKind.PLC, phrase("PLC {name} is not connected.", name=plc), plc=plc
        )
        alarm = self._standard(card, section, levels, plc_words)
        self._plcs[plc] = PlcWatch(alarm, self._clock)
        return alarm

    def _inputs_bad(self, model: ReadyModel, causes: Iterable[Alarm[Any]]) -> None:
        section = self._section.inputs_bad
        if not section.enabled or not model.section.inputs:
            return
        levels = (AlarmLevel(UNUSABLE, section.severity), AlarmLevel(REPLACED, section.severity_replaced))
        words = "Inputs can't be used, or other values stand in their place."
        card = AlarmCard(INPUTS_BAD, AlarmKind.INPUTS, words, model.name)
        alarm = self._standard(card, section, levels, inputs_words)
        for cause in causes:
            alarm.follows_from(cause)
        self._predictions.add(model.name, InputsWatch(alarm))

    def _model_failed(self, model: ReadyModel) -> None:
        section = self._section.model_failed
        if section.enabled:
            levels = (AlarmLevel(OFF_NORMAL, section.severity),)
            card = AlarmCard(MODEL_FAILED, AlarmKind.MODEL, "The model fails at every row.", model.name)
            alarm = self._standard(card, section, levels, model_words)
            self._models[model.name] = ModelWatch(alarm, self._clock)

    def _on_outputs(self, model: ReadyModel) -> None:
        longest = float(self._section.longest_shelving_s)
        alarms = OutputAlarms(model.name, model.card.signature, longest, self._states)
        for name, section in model.section.alarms.items():
            card, alarm, watch = alarms.made(name, section)
            self.board.add(card, alarm)
            self._predictions.add(model.name, watch)
        if isinstance(model.section.trigger, HandshakeTrigger):
            self._predictions.only_answers(model.name)

    def _standard(
        self,
        card: AlarmCard,
        section: StandardAlarmSection,
        levels: tuple[AlarmLevel, ...],
        words: Callable[[tuple[str, ...], Any], str],
    ) -> Alarm[Any]:
        rules = ConditionRules(
            section.confirm,
            section.latching,
            longest_shelving=float(self._section.longest_shelving_s),
        )
        settings = AlarmSettings(
            levels,
            on_delay=section.on_delay_ms / 1e3,
            off_delay=section.off_delay_ms / 1e3,
            rules=rules,
        )
        alarm: Alarm[Any] = Alarm(settings, words, self._states.get(card.key))
        self.board.add(card, alarm)
        return alarm
