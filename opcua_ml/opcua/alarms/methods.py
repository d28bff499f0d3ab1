"""What operators call on conditions.

Source: OPC UA Part 9, 5.5.4 (Disable), 5.5.5 (Enable), 5.5.6 (AddComment), 5.7.3 (Acknowledge), 5.7.4
(Confirm), 5.8.5 (Reset), 5.8.17.3 to 5.8.17.7 (shelving).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua.ua.object_ids import ObjectIds
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.alarm.condition import Comment, ConditionRefused, Refusal
from opcua_ml.domain.errors import InputInvalid, InputOutOfRange
from opcua_ml.opcua.space.call_result import refused
from opcua_ml.opcua.space.standard import standard_id
from opcua_ml.opcua.trust.nodes.method import calling_session
from opcua_ml.opcua.values import shared_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asyncua import ua
    from asyncua.server.address_space import AddressSpace

    from opcua_ml.application.alarms.board import AlarmBoard
    from opcua_ml.domain.alarm.alarm import Alarm
    from opcua_ml.opcua.alarms.instance import AlarmInstance
    from opcua_ml.opcua.space.names import Names

REFUSAL_CODES: Final = {
    Refusal.ALREADY_ENABLED: StatusCodes.BadConditionAlreadyEnabled,
    Refusal.ALREADY_DISABLED: StatusCodes.BadConditionAlreadyDisabled,
    Refusal.DISABLED: StatusCodes.BadConditionDisabled,
    Refusal.ALREADY_ACKED: StatusCodes.BadConditionBranchAlreadyAcked,
    Refusal.ALREADY_CONFIRMED: StatusCodes.BadConditionBranchAlreadyConfirmed,
    Refusal.ALREADY_SHELVED: StatusCodes.BadConditionAlreadyShelved,
    Refusal.NOT_SHELVED: StatusCodes.BadConditionNotShelved,
    Refusal.SHELVING_TIME: StatusCodes.BadShelvingTimeOutOfRange,
    Refusal.NOT_RESETTABLE: StatusCodes.BadInvalidState,
    Refusal.EVENT_UNKNOWN: StatusCodes.BadEventIdUnknown,
}
"""Total over the refusals."""

LONGEST_COMMENT: Final = 1024
_LONGEST_LOCALE: Final = 64
_COMMENT: Final = 1
"""The place of the argument."""
_SHELVING: Final = ("TimedShelve", "OneShotShelve", "Unshelve")


class AlarmMethods:
    """Their code, behind the Methods of the types: the ObjectId of a Call tells which alarm is meant.

    Args:
        board: the alarms.
        names: of both namespaces.
    """

    def __init__(self, board: AlarmBoard, names: Names) -> None:
        self._board = board
        self._names = names
        self._conditions: dict[ua.NodeId, AlarmInstance] = {}
        self._shelvings: dict[ua.NodeId, AlarmInstance] = {}

    def link(self, aspace: AddressSpace) -> None:
        """Put the code behind the types' Methods."""
        for number, code in (
            (ObjectIds.ConditionType_Enable, self.enable),
            (ObjectIds.ConditionType_Disable, self.disable),
            (ObjectIds.ConditionType_AddComment, self.add_comment),
            (ObjectIds.AcknowledgeableConditionType_Acknowledge, self.acknowledge),
            (ObjectIds.AcknowledgeableConditionType_Confirm, self.confirm),
            (ObjectIds.AlarmConditionType_Reset, self.reset),
            (ObjectIds.ShelvedStateMachineType_TimedShelve, self.timed_shelve),
            (ObjectIds.ShelvedStateMachineType_OneShotShelve, self.one_shot_shelve),
            (ObjectIds.ShelvedStateMachineType_Unshelve, self.unshelve),
        ):
            aspace.add_method_callback(standard_id(number), code)

    def take(self, instances: Iterable[AlarmInstance]) -> None:
        """Let these be operated."""
        for instance in instances:
            self._conditions[instance.condition_id] = instance
            self._shelvings[self._names.node(instance.shelving_path)] = instance

    def meant(self, target: ua.NodeId, method: ua.NodeId) -> tuple[ua.NodeId, ua.NodeId]:
        """Object and Method of a Call, where clients may name them otherwise.

        A shelving Method may be called with the ConditionId as ObjectId, and with the MethodId that the
        AlarmConditionType declares (Part 9, 5.8.17.3).
        """
        wanted = _SHELVING_METHODS.get(method)
        if wanted is None:
            return target, method
        instance = self._conditions.get(target)
        if instance is not None:
            return self._names.node(instance.shelving_path), wanted
        return (target, wanted) if target in self._shelvings else (target, method)

    # Each answers nothing, which is Good, or a StatusCode

    async def acknowledge(self, parent: ua.NodeId, event_id: ua.Variant, comment: ua.Variant) -> Any:
        """Somebody has seen it."""
        instance, by = self._conditions.get(parent), _caller()
        try:
            words = _comment(comment)
        except InputInvalid as error:
            return refused(error, _COMMENT, 2)
        return await self._do(instance, lambda alarm: alarm.acknowledge(words, by), event_id)

    async def confirm(self, parent: ua.NodeId, event_id: ua.Variant, comment: ua.Variant) -> Any:
        """Somebody has dealt with it."""
        instance, by = self._conditions.get(parent), _caller()
        try:
            words = _comment(comment)
        except InputInvalid as error:
            return refused(error, _COMMENT, 2)
        if instance is not None and not instance.alarm.settings.rules.confirm:
            return shared_status(StatusCodes.BadMethodInvalid)
        return await self._do(instance, lambda alarm: alarm.confirm(words, by), event_id)

    async def add_comment(self, parent: ua.NodeId, event_id: ua.Variant, comment: ua.Variant) -> Any:
        """Somebody has something to say."""
        instance, by = self._conditions.get(parent), _caller()
        try:
            words = _comment(comment)
        except InputInvalid as error:
            return refused(error, _COMMENT, 2)
        return await self._do(instance, lambda alarm: alarm.add_comment(words, by), event_id)

    async def enable(self, parent: ua.NodeId) -> Any:
        """Watch it again."""
        by = _caller()
        return await self._do(self._conditions.get(parent), lambda alarm: alarm.enable(by))

    async def disable(self, parent: ua.NodeId) -> Any:
        """Watch it no more."""
        by = _caller()
        return await self._do(self._conditions.get(parent), lambda alarm: alarm.disable(by))

    async def reset(self, parent: ua.NodeId) -> Any:
        """Let a latched one go."""
        by = _caller()
        instance = self._conditions.get(parent)
        if instance is not None and not instance.alarm.settings.rules.latching:
            return shared_status(StatusCodes.BadMethodInvalid)
        return await self._do(instance, lambda alarm: alarm.reset(by))

    async def timed_shelve(self, parent: ua.NodeId, milliseconds: ua.Variant) -> Any:
        """Put it aside for a time."""
        seconds, now, by = float(milliseconds.Value) / 1e3, self._board.clock.monotonic(), _caller()
        return await self._do(self._shelvings.get(parent), lambda alarm: alarm.shelve_for(seconds, now, by))

    async def one_shot_shelve(self, parent: ua.NodeId) -> Any:
        """Put it aside until it is over."""
        now, by = self._board.clock.monotonic(), _caller()
        return await self._do(self._shelvings.get(parent), lambda alarm: alarm.shelve_once(now, by))

    async def unshelve(self, parent: ua.NodeId) -> Any:
        """End that."""
        by = _caller()
        return await self._do(self._shelvings.get(parent), lambda alarm: alarm.unshelve(by))

    async def _do(
        self,
        instance: AlarmInstance | None,
        action: Callable[[Alarm[Any]], None],
        event_id: ua.Variant | None = None,
    ) -> Any:
        if instance is None:
            return shared_status(StatusCodes.BadNodeIdInvalid)
        alarm = instance.alarm
        if event_id is not None and alarm.state.enabled and not instance.knows(event_id.Value):
            return shared_status(REFUSAL_CODES[Refusal.EVENT_UNKNOWN])
        try:
            action(alarm)
        except ConditionRefused as error:
            return shared_status(REFUSAL_CODES[error.refusal])
        await self._board.flush()
        return []


_SHELVING_METHODS: Final = {
    standard_id(getattr(ObjectIds, f"{owner}_{name}")): standard_id(
        getattr(ObjectIds, f"ShelvedStateMachineType_{name}")
    )
    for owner in ("ShelvedStateMachineType", "AlarmConditionType_ShelvingState")
    for name in _SHELVING
}


def _caller() -> str:
    session = calling_session.get()
    return session.caller.identity.name if session is not None else ""


def _comment(given: ua.Variant) -> Comment | None:
    """None leaves the last comment: one without text and locale says nothing (Part 9, 5.5.6).

    Raises:
        InputOutOfRange: it is longer than alarms are kept with.
    """
    comment = given.Value
    if comment is None or (not comment.Text and not comment.Locale):
        return None
    made = Comment(comment.Text or "", comment.Locale or "")
    if len(made.text) > LONGEST_COMMENT or len(made.locale) > _LONGEST_LOCALE:
        raise InputOutOfRange(
            "too long a comment", index=_COMMENT, where="Comment", wanted=f"{LONGEST_COMMENT} characters"
        )
    return made
