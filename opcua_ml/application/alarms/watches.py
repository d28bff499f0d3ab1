"""What looks at predictions, models and PLCs, and tells their alarms what is to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from opcua_ml.domain.state import ConnectionState, ModelState
from opcua_ml.domain.status import Severity, Status, severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opcua_ml.application.history.state import HistoryState
    from opcua_ml.application.ports import Clock
    from opcua_ml.application.served_model import ServedModel
    from opcua_ml.domain.alarm.alarm import Alarm
    from opcua_ml.domain.alarm.limits import LimitBand
    from opcua_ml.domain.connection import ConnectionSnapshot
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Value

_IN_PLACE_OF = frozenset({int(Status.UncertainLastUsableValue), int(Status.UncertainSubNormal)})
_NOT_THE_INPUTS = frozenset(
    {int(Status.BadInternalError), int(Status.BadOutOfService), int(Status.BadServerTooBusy)}
)
_UNCERTAIN = int(Status.Uncertain)
_BAD = int(Status.Bad)


class Watch(Protocol):
    """Looks at every prediction of a model."""

    def see(self, prediction: Prediction, now: float) -> None:
        """Look at one; never blocks, and takes no more than a few microseconds where nothing changes."""


class LimitWatch:
    """Holds a numeric output against limits.

    Args:
        alarm: whose levels are the band's limits, in their order.
        place: of the output in the signature.
        band: the limits.
    """

    def __init__(self, alarm: Alarm[Prediction], place: int, band: LimitBand) -> None:
        self._alarm = alarm
        self._place = place
        self._band = band

    def see(self, prediction: Prediction, now: float) -> None:
        """Look at the value; where there is none the alarm stays as it is, of a Bad quality."""
        value = prediction.outputs[self._place] if prediction.outputs else None
        if prediction.status >= _BAD or not isinstance(value, int | float):
            self._alarm.doubt(prediction, prediction.status, now)
        else:
            raw = self._band.passed(value, self._alarm.raw)
            self._alarm.see(raw, prediction, prediction.status, now)


class ClassWatch:
    """Looks whether an output is one of the values that mean a fault.

    Args:
        alarm: with one level for each of the values.
        place: of the output in the signature.
        values: as predictions have them, in the order of the levels.
    """

    def __init__(self, alarm: Alarm[Prediction], place: int, values: Sequence[Value]) -> None:
        self._alarm = alarm
        self._place = place
        self._normal = tuple(False for _ in values)
        self._raw: Mapping[Value, tuple[bool, ...]] = {
            value: tuple(number == at for at in range(len(values))) for number, value in enumerate(values)
        }

    def see(self, prediction: Prediction, now: float) -> None:
        """Look at the value; where there is none the alarm stays as it is, of a Bad quality."""
        if prediction.status >= _BAD or not prediction.outputs:
            self._alarm.doubt(prediction, prediction.status, now)
        else:
            raw = self._raw.get(prediction.outputs[self._place], self._normal)
            self._alarm.see(raw, prediction, prediction.status, now)


class InputsWatch:
    """Looks whether the inputs let the model predict, or whether others stand in their place.

    Args:
        alarm: with two levels: no prediction; a prediction from values held or substituted.
    """

    def __init__(self, alarm: Alarm[Prediction]) -> None:
        self._alarm = alarm
        self._cause: tuple[int, str] | None = None
        # What was raised in the run before was told then; at first no value has come, whatever the cause.
        self._is_told = alarm.state.is_active

    def see(self, prediction: Prediction, now: float) -> None:
        """Look at the status, and only where it is not Good at the inputs."""
        status = prediction.status
        if status < _UNCERTAIN:
            self._alarm.see((False, False), prediction, Status.Good, now)
            self._cause, self._is_told = None, False
            return
        codes = prediction.input_status
        if status >= _BAD:
            unusable = status not in _NOT_THE_INPUTS or any(severity(code) is Severity.BAD for code in codes)
            raw = (unusable, False)
        else:
            raw = (False, any(code & 0xFFFF_0000 in _IN_PLACE_OF for code in codes))
        self._alarm.see(raw, prediction, Status.Good, now)
        cause = status, prediction.offending_input
        if cause != self._cause:
            # The level is the same, but operators look for the tag that is bad now.
            self._cause = cause
            if not self._is_told:
                self._alarm.reword(now)
            self._is_told = False


class PredictionWatch:
    """Shows each prediction to the watches of its model.

    Args:
        clock: monotonic.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watches: dict[str, tuple[Watch, ...]] = {}
        self._only_answers: set[str] = set()

    def add(self, model: str, watch: Watch) -> None:
        """Watch this model's predictions."""
        self._watches[model] = (*self._watches.get(model, ()), watch)

    def only_answers(self, model: str) -> None:
        """Of a model that is asked by words, look at answers only: before, there are no inputs to use."""
        self._only_answers.add(model)

    def see(self, prediction: Prediction) -> None:
        """Take a prediction of the tag path."""
        watches = self._watches.get(prediction.model)
        if watches is None:
            return
        if prediction.request_id is None and prediction.model in self._only_answers:
            return
        now = self._clock.monotonic()
        for watch in watches:
            watch.see(prediction, now)


class ModelWatch:
    """Looks whether a model has failed.

    Args:
        alarm: with one level.
        clock: monotonic.
    """

    def __init__(self, alarm: Alarm[ServedModel], clock: Clock) -> None:
        self._alarm = alarm
        self._clock = clock

    def see(self, model: ServedModel) -> None:
        """Take the model's state; one of `ServedModel.state_observers`."""
        failed = model.state is ModelState.Failed
        self._alarm.see((failed,), model, Status.Good, self._clock.monotonic())


class PlcWatch:
    """Looks whether a PLC is connected.

    Args:
        alarm: with one level.
        clock: monotonic.
    """

    def __init__(self, alarm: Alarm[ConnectionSnapshot], clock: Clock) -> None:
        self._alarm = alarm
        self._clock = clock
        self._reason: str | None = None

    def see(self, snapshot: ConnectionSnapshot) -> None:
        """Take how the connection fares."""
        lost = snapshot.state in (ConnectionState.Disconnected, ConnectionState.Connecting)
        now = self._clock.monotonic()
        self._alarm.see((lost,), snapshot, Status.Good, now)
        before, self._reason = self._reason, snapshot.reason if lost else None
        if lost and before is not None and before != snapshot.reason:
            self._alarm.reword(now)  # whoever comes to help looks for the cause of now


class HistoryWatch:
    """Looks whether history is recorded.

    Args:
        alarm: with one level.
        clock: monotonic.
    """

    def __init__(self, alarm: Alarm[HistoryState], clock: Clock) -> None:
        self._alarm = alarm
        self._clock = clock

    def see(self, state: HistoryState) -> None:
        """Take how recording fares; one of `HistoryRecorder.observers`."""
        self._alarm.see((bool(state.problem),), state, Status.Good, self._clock.monotonic())
