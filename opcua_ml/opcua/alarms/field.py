"""The fields of a condition: as event fields and, with the same names, as nodes of its instance.

Source: OPC UA Part 5, 6.4.2 (BaseEventType); Part 9, 5.5.2, 5.7.2, 5.8.2, 5.8.17, 5.8.18 to 5.8.23.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.space.standard import standard_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.alarm.alarm import AlarmSettings

_Ids = ObjectIds
_Type = ua.VariantType


class FieldKind(Enum):
    """What kind of node a field is; the values are the type definitions."""

    PROPERTY = standard_id(ObjectIds.PropertyType)
    TWO_STATE = standard_id(ObjectIds.TwoStateVariableType)
    CONDITION_VARIABLE = standard_id(ObjectIds.ConditionVariableType)
    STATE = standard_id(ObjectIds.FiniteStateVariableType)
    SHELVING = standard_id(ObjectIds.ShelvedStateMachineType)
    LIMIT_STATE = standard_id(ObjectIds.ExclusiveLimitStateMachineType)

    @property
    def is_object(self) -> bool:
        """Whether it has no value."""
        return self in (FieldKind.SHELVING, FieldKind.LIMIT_STATE)


@dataclass(frozen=True, slots=True)
class ConditionField:
    """One field.

    Attributes:
        path: BrowseNames from the condition down, with slashes between.
        words: for the engineer who browses.
        variant_type: of its value.
        data_type: where it is a subtype of that, such as Duration.
        kind: of its node.
        own: whether the BrowseName is of our types' namespace.
    """

    path: str
    words: str
    variant_type: ua.VariantType = _Type.Null
    data_type: ua.NodeId | None = None
    kind: FieldKind = FieldKind.PROPERTY
    own: bool = field(default=False)


_DURATION: Final = standard_id(ObjectIds.Duration)
_UTC: Final = standard_id(ObjectIds.UtcTime)

_BASE: Final = (
    ConditionField("EventId", "Of the last event of this condition.", _Type.ByteString),
    ConditionField("EventType", "Type of its events.", _Type.NodeId),
    ConditionField("SourceNode", "What it is about.", _Type.NodeId),
    ConditionField("SourceName", "Name of that.", _Type.String),
    ConditionField("Time", "When it changed last.", _Type.DateTime, _UTC),
    ConditionField("ReceiveTime", "When this server knew of it.", _Type.DateTime, _UTC),
    ConditionField("Message", "What is the matter, in words.", _Type.LocalizedText),
    ConditionField("Severity", "1 is harmless, 1000 the worst.", _Type.UInt16),
    ConditionField("ConditionClassId", "Whom it concerns.", _Type.NodeId),
    ConditionField("ConditionClassName", "Name of that class.", _Type.LocalizedText),
    ConditionField("ConditionName", "Name of the alarm at its source.", _Type.String),
    ConditionField("BranchId", "Null: there are no branches.", _Type.NodeId),
    ConditionField("Retain", "Whether it belongs into the list of alarms.", _Type.Boolean),
    ConditionField("ClientUserId", "Who acted on it last.", _Type.String),
)


def _two_state(path: str, words: str) -> tuple[ConditionField, ConditionField]:
    return (
        ConditionField(path, words, _Type.LocalizedText, kind=FieldKind.TWO_STATE),
        ConditionField(f"{path}/Id", "The same as true or false.", _Type.Boolean),
    )


def _condition_variable(path: str, words: str, kind: ua.VariantType) -> tuple[ConditionField, ConditionField]:
    return (
        ConditionField(path, words, kind, kind=FieldKind.CONDITION_VARIABLE),
        ConditionField(f"{path}/SourceTimestamp", "Since when.", _Type.DateTime, _UTC),
    )


def _machine(path: str, words: str, kind: FieldKind) -> tuple[ConditionField, ...]:
    state = f"{path}/CurrentState"
    return (
        ConditionField(path, words, kind=kind),
        ConditionField(state, "Name of the state.", _Type.LocalizedText, kind=FieldKind.STATE),
        ConditionField(f"{state}/Id", "Node of the state in its type.", _Type.NodeId),
    )


def condition_fields(
    settings: AlarmSettings, *, limits: tuple[str, ...], of_output: bool
) -> Iterator[ConditionField]:
    """All fields of one alarm, each node after its parent.

    Args:
        settings: of the alarm; what it does not do has no field.
        limits: names of its limits; empty for one of the OffNormalAlarmTypes.
        of_output: whether a prediction's output raises it.
    """
    rules = settings.rules
    yield from _BASE
    yield from _two_state("EnabledState", "Whether it is watched.")
    yield from _condition_variable("Quality", "Of what it is judged from.", _Type.StatusCode)
    yield from _condition_variable("LastSeverity", "The severity before.", _Type.UInt16)
    yield from _condition_variable("Comment", "What an operator wrote last.", _Type.LocalizedText)
    yield from _two_state("AckedState", "Whether somebody has seen it.")
    if rules.confirm:
        yield from _two_state("ConfirmedState", "Whether somebody has dealt with it.")
    yield from _two_state("ActiveState", "Whether it is so now.")
    yield ConditionField("ActiveState/TransitionTime", "Since when.", _Type.DateTime, _UTC)
    yield ConditionField("InputNode", "The variable that raises it; null for none.", _Type.NodeId)
    yield from _two_state("SuppressedState", "Whether it follows from another alarm.")
    yield ConditionField("SuppressedOrShelved", "Whether lists may hide it.", _Type.Boolean)
    yield from _machine("ShelvingState", "Whether an operator has put it aside.", FieldKind.SHELVING)
    yield ConditionField(
        "ShelvingState/UnshelveTime", "How long still, in milliseconds.", _Type.Double, _DURATION
    )
    yield ConditionField("MaxTimeShelved", "Longest shelving, in milliseconds.", _Type.Double, _DURATION)
    yield ConditionField(
        "OnDelay", "How long it must be so before, in milliseconds.", _Type.Double, _DURATION
    )
    yield ConditionField(
        "OffDelay", "How long it must be over before, in milliseconds.", _Type.Double, _DURATION
    )
    if rules.latching:
        yield from _two_state("LatchedState", "Whether it waits to be reset.")
    if limits:
        yield from _limit_fields(limits, exclusive=settings.exclusive)
    else:
        yield ConditionField("NormalState", "Null: what is normal is no variable.", _Type.NodeId)
    if of_output:
        yield ConditionField("PredictionId", "That it was judged from last.", _Type.String, own=True)
        yield ConditionField("ModelVersion", "That made it.", _Type.String, own=True)


def _limit_fields(limits: tuple[str, ...], *, exclusive: bool) -> Iterator[ConditionField]:
    for name in limits:
        yield ConditionField(f"{name}Limit", "The limit, in the output's unit.", _Type.Double)
        yield ConditionField(f"{name}Deadband", "The hysteresis at it.", _Type.Double)
        yield ConditionField(f"Severity{name}", "The severity beyond it.", _Type.UInt16)
    if exclusive:
        yield from _machine("LimitState", "Which limit is passed.", FieldKind.LIMIT_STATE)
        return
    for name in limits:
        yield from _two_state(f"{name}State", "Whether this limit is passed.")
