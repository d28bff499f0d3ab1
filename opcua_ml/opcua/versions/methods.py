"""The methods that manage a model's versions: Stage, StartShadow, Promote, Confirm, Rollback and others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import structlog
from asyncua import ua

from opcua_ml.application.versions import VersionRequest
from opcua_ml.domain.errors import InputInvalid, InputOutOfRange, OpcuaMlError
from opcua_ml.domain.lifecycle import StepKind
from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.arguments import argument, check_count, mismatch
from opcua_ml.opcua.space.blueprint import Blueprint, property_of
from opcua_ml.opcua.space.call_result import answered, failed, refused
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.standard import ARGUMENT, DOUBLE, DURATION, STRING
from opcua_ml.opcua.trust.nodes.method import calling_session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.application.versions import VersionHandler
    from opcua_ml.opcua.space.names import Names

_log = structlog.get_logger(__name__)

_VERSION: Final = ("Version", STRING, "Version of the model, as under Versions; such as 1.2.0.")
_TIMEOUT: Final = (
    "ConfirmationTimeout",
    DURATION,
    "Milliseconds within which Confirm must follow, else Rollback; 0: no Confirm; negative: as configured.",
)
_SHARE: Final = (
    "Share",
    DOUBLE,
    "Of the method calls that it answers, above 0 and below 1; 0: as configured.",
)
_REASON: Final = ("Reason", STRING, "Why, in words; kept in the journal and shown with the version.")
_TYPES: Final = {
    STRING: ua.VariantType.String,
    DURATION: ua.VariantType.Double,
    DOUBLE: ua.VariantType.Double,
}
_LONGEST: Final = 1024
_LONGEST_TIMEOUT: Final = 31_536_000_000.0

METHODS: Final = {
    StepKind.STAGE: (
        "Stages a version again that is shadow, canary, retired or rejected.",
        (_VERSION, _REASON),
    ),
    StepKind.START_SHADOW: (
        "Lets a staged version score the live inputs beside the active one; it is written nowhere.",
        (_VERSION, _REASON),
    ),
    StepKind.START_CANARY: (
        "Lets a version answer a share of the method calls, once it has passed the gates; no tag sees it.",
        (_VERSION, _SHARE, _REASON),
    ),
    StepKind.PROMOTE: (
        "Lets a version predict from the next call on, once it has passed the gates.",
        (_VERSION, _TIMEOUT, _REASON),
    ),
    StepKind.CONFIRM: ("Lets a promoted version stay.", (_VERSION, _REASON)),
    StepKind.ROLLBACK: ("Lets the version before predict again.", (_REASON,)),
    StepKind.RETIRE: ("Takes a version out of use.", (_VERSION, _REASON)),
    StepKind.PAUSE: ("Lets the model predict nothing until Resume.", (_REASON,)),
    StepKind.RESUME: ("Lets a paused model predict again.", (_REASON,)),
}


class VersionMethod:
    """One of the methods, of one model.

    Args:
        model: name.
        kind: which one.
        handler: does it.
    """

    def __init__(self, model: str, kind: StepKind, handler: VersionHandler) -> None:
        self._model = model
        self._kind = kind
        self._handler = handler
        self._arguments = METHODS[kind][1]

    def blueprints(self, names: Names, parent: str) -> Iterator[Blueprint]:
        """The method's nodes."""
        path = below(parent, self._kind.value)
        yield Blueprint(path, parent, names.own(self._kind.value), METHODS[self._kind][0], method=self.call)
        arguments = [argument(*one) for one in self._arguments]
        variant = ua.Variant(arguments, ua.VariantType.ExtensionObject, None, True)
        yield property_of(path, "InputArguments", "Input arguments, in order.", ARGUMENT, variant)

    async def call(self, _object: ua.NodeId, *given: ua.Variant) -> ua.CallMethodResult:
        """Answer one Call; every failure is a StatusCode."""
        try:
            await self._handler.manage(self._model, self._request(given))
        except OpcuaMlError as error:
            _log.warning("refused", model=self._model, method=self._kind.value, reason=error.sentence)
            return refused(error, error.index if isinstance(error, InputInvalid) else 0, len(given))
        except Exception:  # noqa: BLE001 - a fault behind the handler must reach the client as a StatusCode
            _log.exception("failed", model=self._model, method=self._kind.value)
            return failed(Status.BadInternalError)
        return answered([])

    def _request(self, given: tuple[ua.Variant, ...]) -> VersionRequest:
        check_count(len(given), len(self._arguments))
        values: dict[str, Any] = {}
        for index, ((name, data_type, _), variant) in enumerate(zip(self._arguments, given, strict=True)):
            wanted = _TYPES[data_type]
            null = variant.Value is None and wanted is ua.VariantType.String
            if variant.is_array or (variant.VariantType is not wanted and not null):
                raise mismatch(name, variant, wanted.name, index)
            if isinstance(variant.Value, str) and len(variant.Value) > _LONGEST:
                raise InputOutOfRange(
                    "too long a text", index=index, where=name, wanted=f"{_LONGEST} characters"
                )
            if data_type == DOUBLE and not 0 <= variant.Value < 1:
                raise InputOutOfRange("not a usable share", index=index, where=name, found=variant.Value)
            if isinstance(variant.Value, float) and not variant.Value <= _LONGEST_TIMEOUT:
                raise InputOutOfRange("not a usable time", index=index, where=name, found=variant.Value)
            values[name] = variant.Value
        timeout = values.get("ConfirmationTimeout", -math.inf)
        return VersionRequest(
            self._kind,
            values.get("Version") or "",
            values.get("Reason") or "",
            _caller(),
            timeout / 1e3 if timeout >= 0 else None,
            share=values.get("Share") or None,
        )


def _caller() -> str:
    session = calling_session.get()
    return (session.caller.identity.name if session is not None else "") or "anonymous"
