"""One condition instance: the values of its fields, now."""

from __future__ import annotations

import math
import uuid
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.domain.alarm.condition import Shelving
from opcua_ml.domain.prediction import Prediction
from opcua_ml.opcua.alarms.field import condition_fields
from opcua_ml.opcua.alarms.place import place_of
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.texts import phrase, text
from opcua_ml.opcua.values import date_time, shared_status

if TYPE_CHECKING:
    from datetime import datetime

    from opcua_ml.application.alarms.board import BoardEntry
    from opcua_ml.domain.alarm.alarm import Notice
    from opcua_ml.domain.alarm.condition import Condition
    from opcua_ml.opcua.space.names import Names

_NULL_NODE: Final = ua.NodeId()
_SHELVING_STATES: Final = {
    Shelving.UNSHELVED: standard_id(ObjectIds.ShelvedStateMachineType_Unshelved),
    Shelving.TIMED: standard_id(ObjectIds.ShelvedStateMachineType_TimedShelved),
    Shelving.ONE_SHOT: standard_id(ObjectIds.ShelvedStateMachineType_OneShotShelved),
}
_SHELVING_WORDS: Final = {
    Shelving.UNSHELVED: "Unshelved",
    Shelving.TIMED: "Timed Shelved",
    Shelving.ONE_SHOT: "One Shot Shelved",
}
_LIMIT_STATES: Final = {
    name: standard_id(getattr(ObjectIds, f"ExclusiveLimitStateMachineType_{name}"))
    for name in ("HighHigh", "High", "Low", "LowLow")
}
_EVENT_IDS: Final = 100
"""Events of one alarm that operators may still refer to."""


class AlarmInstance:
    """Of one alarm.

    Args:
        entry: the alarm and what it is.
        names: of both namespaces.
    """

    def __init__(self, entry: BoardEntry, names: Names) -> None:
        self.card, self.alarm = entry
        settings = self.alarm.settings
        self.place = place_of(self.card, settings, names)
        self.condition_id = names.node(self.place.path)
        self.source_id = names.node(self.place.source)
        self.input_id = names.node(self.place.input) if self.place.input else _NULL_NODE
        self.limits = tuple(limit.value for limit, _ in self.card.band.limits) if self.card.band else ()
        self.fields = tuple(condition_fields(settings, limits=self.limits, of_output=bool(self.card.output)))
        self._events: deque[tuple[bytes, int]] = deque(maxlen=_EVENT_IDS)
        self._since: dict[str, tuple[Any, datetime]] = {}
        self._constant = self._constants()

    @property
    def shelving_path(self) -> str:
        """Of the shelving state machine."""
        return f"{self.place.path}.ShelvingState"

    def new_event_id(self, state: Condition) -> bytes:
        """Of an event of this state; it is known from now on."""
        event_id = uuid.uuid4().bytes
        self._events.append((event_id, state.episode))
        return event_id

    def knows(self, event_id: bytes | None) -> bool:
        """Whether it is that of an event of the present episode."""
        return (event_id, self.alarm.state.episode) in self._events

    def _message(self, state: Condition) -> str:
        """What was said last; of one that nobody watches, or that has said nothing since, how it stands."""
        if not state.enabled:
            return phrase("{name} is disabled", name=self.card.name)
        return state.message or phrase("{name} is enabled", name=self.card.name)

    def values(
        self, notice: Notice[Any], event_id: bytes | None, now: datetime, monotonic: float
    ) -> dict[str, Any]:
        """The value of each field by its path; None is null."""
        state = notice.state
        found: dict[str, Any] = {
            **self._constant,
            "EventId": event_id,
            "Time": date_time(now),
            "ReceiveTime": date_time(now),
            "Message": text(self._message(state)),
            "Severity": state.severity,
            "Retain": state.retain,
            "ClientUserId": state.commented_by,
            **self._since_when("Quality", shared_status(state.quality), now),
            **self._since_when("LastSeverity", state.last_severity, now),
            **self._since_when("Comment", _comment(state), now),
            **_two_state("EnabledState", state.enabled, "Enabled", "Disabled"),
            **_two_state("AckedState", state.acked, "Acknowledged", "Unacknowledged"),
            **_two_state("ConfirmedState", state.confirmed, "Confirmed", "Unconfirmed"),
            **_two_state("ActiveState", state.is_active, "Active", "Inactive"),
            "ActiveState/TransitionTime": self._stamp("ActiveState", state.is_active, now),
            **_two_state("SuppressedState", state.suppressed, "Suppressed", "Unsuppressed"),
            "SuppressedOrShelved": state.is_set_aside,
            "ShelvingState/CurrentState": text(_SHELVING_WORDS[state.shelving]),
            "ShelvingState/CurrentState/Id": _SHELVING_STATES[state.shelving],
            "ShelvingState/UnshelveTime": unshelve_time(state, monotonic),
            **_two_state("LatchedState", state.latched, "Latched", "Unlatched"),
            **self._limit_states(state),
        }
        if isinstance(notice.evidence, Prediction):
            found["PredictionId"] = notice.evidence.id
            found["ModelVersion"] = notice.evidence.version
        return {field.path: found.get(field.path) for field in self.fields if not field.kind.is_object}

    def _constants(self) -> dict[str, Any]:
        settings, band = self.alarm.settings, self.card.band
        found: dict[str, Any] = {
            "EventType": self.place.type,
            "SourceNode": self.source_id,
            "SourceName": self.place.source_name,
            "ConditionClassId": self.place.condition_class[0],
            "ConditionClassName": text(self.place.condition_class[1]),
            "ConditionName": self.card.name,
            "BranchId": _NULL_NODE,
            "InputNode": self.input_id,
            "NormalState": _NULL_NODE,
            "MaxTimeShelved": settings.rules.longest_shelving * 1e3,
            "OnDelay": settings.on_delay * 1e3,
            "OffDelay": settings.off_delay * 1e3,
        }
        for limit, value in band.limits if band is not None else ():
            found[f"{limit}Limit"] = value
            found[f"{limit}Deadband"] = band.hysteresis if band is not None else 0.0
        found |= {f"Severity{level.name}": level.severity for level in settings.levels}
        return found

    def _limit_states(self, state: Condition) -> dict[str, Any]:
        if self.alarm.settings.exclusive:
            name = state.active[0] if state.active else ""
            return {
                "LimitState/CurrentState": text(name) if name else None,
                "LimitState/CurrentState/Id": _LIMIT_STATES.get(name),
            }
        found: dict[str, Any] = {}
        for name in self.limits:
            found |= _two_state(
                f"{name}State",
                name in state.active,
                phrase("{name} active", name=name),
                phrase("{name} inactive", name=name),
            )
        return found

    def _since_when(self, path: str, value: Any, now: datetime) -> dict[str, Any]:
        return {path: value, f"{path}/SourceTimestamp": self._stamp(path, value, now)}

    def _stamp(self, path: str, value: Any, now: datetime) -> datetime | None:
        """When the value became what it is."""
        known = self._since.get(path)
        if known is None or known[0] != value:
            known = self._since[path] = (value, now)
        return date_time(known[1])


def unshelve_time(state: Condition, monotonic: float) -> float:
    """Milliseconds that the shelving still lasts; 0 where there is none."""
    return 0.0 if math.isinf(state.shelved_until) else max(0.0, state.shelved_until - monotonic) * 1e3


def _two_state(path: str, value: bool, true: str, false: str) -> dict[str, Any]:
    return {path: text(true if value else false), f"{path}/Id": value}


def _comment(state: Condition) -> ua.LocalizedText:
    """In the language that its operator told; a LocalizedText without a locale where none was told."""
    return ua.LocalizedText(state.comment, state.comment_locale or None)
