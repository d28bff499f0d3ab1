"""The record of one Call: an alarm's Methods have event types of their own.

Source: OPC UA Part 4, 6.5.9 (auditing of Call); Part 9, 5.10.2 to 5.10.9 (AuditConditionEventTypes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml.opcua.audit.record import LONGEST_TEXT, AuditKind, AuditRecord
from opcua_ml.opcua.audit.refused_value import beginning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KINDS: Final = {
    "Enable": AuditKind.CONDITION_ENABLE,
    "Disable": AuditKind.CONDITION_ENABLE,
    "AddComment": AuditKind.CONDITION_COMMENT,
    "Acknowledge": AuditKind.CONDITION_ACKNOWLEDGE,
    "Confirm": AuditKind.CONDITION_CONFIRM,
    "Reset": AuditKind.CONDITION_RESET,
    "TimedShelve": AuditKind.CONDITION_SHELVING,
    "OneShotShelve": AuditKind.CONDITION_SHELVING,
    "Unshelve": AuditKind.CONDITION_SHELVING,
}
_OWNERS: Final = (
    *("ConditionType", "AcknowledgeableConditionType", "AlarmConditionType"),
    *("AlarmConditionType_ShelvingState", "ShelvedStateMachineType"),
)
_ARGUMENTS: Final = {
    "AddComment": ("ConditionEventId", "Comment"),
    "Acknowledge": ("ConditionEventId", "Comment"),
    "Confirm": ("ConditionEventId", "Comment"),
    "TimedShelve": ("ShelvingTime",),
}


def _methods() -> Iterator[tuple[ua.NodeId, str]]:
    for name in _KINDS:
        for owner in _OWNERS:
            number = getattr(ObjectIds, f"{owner}_{name}", None)
            if number is not None:
                yield ua.NodeId(ua.Int32(number)), name


_METHODS: Final = dict(_methods())


def call_record(
    request: ua.CallMethodRequest, result: ua.CallMethodResult, who: Mapping[str, Any]
) -> AuditRecord:
    """What is remembered of a Call.

    Args:
        request: of one Method.
        result: of it.
        who: fields of the record that tell who called.
    """
    name = _METHODS.get(request.MethodId, "")
    given = list(request.InputArguments or [])
    status = result.StatusCode
    if status.is_bad():
        given = [kept for one in given if (kept := beginning(one)) is not None]
    words = "called" if status.is_good() else f"call refused: {status.name}"
    method = request.MethodId.to_string()[:LONGEST_TEXT]
    details: dict[str, object] = {"MethodId": method, "InputArguments": given}
    if name:
        details["Method"] = name
        for field, argument in zip(_ARGUMENTS.get(name, ()), given, strict=False):
            value = argument.Value
            details[field] = (value.Text or "") if isinstance(value, ua.LocalizedText) else value
    return AuditRecord(
        kind=_KINDS.get(name, AuditKind.UPDATE_METHOD),
        message=f"{name} {words}" if name else words,
        status=int(status.value),
        source_node=request.ObjectId.to_string(),
        details=details,
        **who,
    )
