"""MVAPredict: one row of inputs for a model named by its NodeId.

Source: OPC 10020 1.01a, G.3.2 (MVAPredictMethodType); OPC UA Part 4, 5.12.2 (Call).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import structlog
from asyncua import ua
from asyncua.ua.status_codes import StatusCodes

from opcua_ml.domain.errors import InputInvalid, InputTypeMismatch, ModelUnavailable, OpcuaMlError
from opcua_ml.domain.status import Severity, Status, severity, worst
from opcua_ml.opcua.space.arguments import given_value
from opcua_ml.opcua.space.call_result import failed
from opcua_ml.opcua.space.shown_types import output_data_type
from opcua_ml.opcua.status_codes import argument_status_of, status_of
from opcua_ml.opcua.trust.nodes.vendor_result import VendorResult
from opcua_ml.opcua.values import date_time, shared_status, to_variant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from opcua_ml.application.ports import Clock, PredictionHandler
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Value
    from opcua_ml.domain.signature import Signature

_log = structlog.get_logger(__name__)

_TARGET, _MAIN, _INPUTS = range(3)
_ARGUMENTS: Final = 3


class Target(NamedTuple):
    """A model that can be predicted."""

    name: str
    signature: Signature


class _Given(NamedTuple):
    """The inputs of one call."""

    row: tuple[Value, ...]
    status: int
    source: datetime | None
    with_time: bool


class MvaPredict:
    """The method's code.

    Inputs are plain values or DataValues. Where the main input is a DataValue, the outputs are DataValues
    with its SourceTimestamp and the quality; else they are plain values, and the Call's own StatusCode tells
    an Uncertain quality. What the predictor has to say of a failure stands in the DiagnosticInfo.

    Args:
        targets: by the NodeIds of their MVAModelTypes.
        handler: who predicts.
        is_operating: whether the device is in the state Operating.
        clock: for ServerTimestamps.
    """

    def __init__(
        self,
        targets: Mapping[ua.NodeId, Target],
        handler: PredictionHandler,
        is_operating: Callable[[], bool],
        clock: Clock,
    ) -> None:
        self._targets = targets
        self._handler = handler
        self._is_operating = is_operating
        self._clock = clock

    async def call(self, _object: ua.NodeId, *given: ua.Variant) -> ua.CallMethodResult:
        """Answer one Call; every failure is a StatusCode."""
        try:
            return await self._called(given)
        except OpcuaMlError as error:
            _log.info("prediction refused", model=self._name(given), reason=error.sentence)
            return _told(_refused(error), type(error).__name__.lstrip("_"), error.sentence)
        except Exception:  # noqa: BLE001 - a fault behind the handler must reach the client as a StatusCode
            _log.exception("prediction failed", model=self._name(given))
            return failed(Status.BadInternalError)

    def _name(self, given: tuple[ua.Variant, ...]) -> str:
        """The model that was meant; the NodeId as given where it is none."""
        wanted = given[_TARGET].Value
        target = self._targets.get(wanted)
        return str(wanted) if target is None else target.name

    async def _called(self, given: tuple[ua.Variant, ...]) -> ua.CallMethodResult:
        if not self._is_operating():
            raise ModelUnavailable("the device is not in the state Operating")
        target = self._targets.get(given[_TARGET].Value)
        if target is None:
            raise _TargetUnknown("no model has this NodeId", where="TargetModel", found=given[_TARGET].Value)
        inputs = _read(target.signature, given[_INPUTS], given[_MAIN].Value)
        prediction = (await self._handler.predict(target.name, [inputs.row]))[0]
        return self._answer(target.signature, prediction, inputs)

    def _answer(self, signature: Signature, prediction: Prediction, inputs: _Given) -> ua.CallMethodResult:
        status = worst((prediction.status, inputs.status))
        if severity(status) is Severity.BAD:
            return _told(failed(status), "PredictionBad", prediction.reason)
        variants = [
            to_variant(value, output_data_type(item))
            for value, item in zip(prediction.outputs, signature.outputs, strict=True)
        ]
        if inputs.with_time:
            source, server = date_time(inputs.source), date_time(self._clock.now())
            variants = [
                ua.Variant(
                    ua.DataValue(variant, shared_status(status), source, server), ua.VariantType.DataValue
                )
                for variant in variants
            ]
        outputs = ua.Variant(variants, ua.VariantType.Variant, None, True)
        call_status = Status.Good if inputs.with_time else status
        result = VendorResult(StatusCode=shared_status(call_status), OutputArguments=[outputs])
        if severity(status) is Severity.UNCERTAIN:
            return _told(result, "PredictionUncertain", prediction.reason)
        return result


class _TargetUnknown(OpcuaMlError):
    """TargetModel is no model's NodeId."""


class _IndexOutOfRange(OpcuaMlError):
    """MainDataIndex names no input."""


def _read(signature: Signature, given: ua.Variant, main: int) -> _Given:
    """The row, and the main input's time.

    Raises:
        InputInvalid: an input is missing, of another type, or Bad.
        _IndexOutOfRange: there is no such input.
    """
    elements = _elements(given)
    wanted = len(signature.inputs)
    if len(elements) != wanted:
        raise InputTypeMismatch(
            "another number of inputs", index=0, where="Inputs", found=len(elements), wanted=wanted
        )
    if not 0 <= main < wanted:
        raise _IndexOutOfRange(
            "no such input", where="MainDataIndex", found=main, wanted=f"0 to {wanted - 1}"
        )
    row: list[Value] = []
    codes = [int(Status.Good)]
    for place, (item, element) in enumerate(zip(signature.inputs, elements, strict=True)):
        variant = element
        if element.VariantType == ua.VariantType.DataValue and isinstance(element.Value, ua.DataValue):
            code = int(element.Value.StatusCode.value) if element.Value.StatusCode is not None else 0
            if severity(code) is Severity.BAD:
                raise InputInvalid("the input is Bad", index=place, where=item.name, found=hex(code))
            codes.append(code)
            variant = element.Value.Value or ua.Variant()
        row.append(given_value(item, variant, place))
    leading = elements[main]
    data_value = leading.Value if leading.VariantType == ua.VariantType.DataValue else None
    source = data_value.SourceTimestamp if data_value is not None else None
    return _Given(tuple(row), worst(codes), source, data_value is not None)


def _elements(given: ua.Variant) -> list[ua.Variant]:
    """The array's elements; one of a concrete type stands for as many values of that type."""
    values: Sequence[Any] = given.Value if isinstance(given.Value, list) else []
    if given.VariantType == ua.VariantType.Variant:
        return [value if isinstance(value, ua.Variant) else ua.Variant() for value in values]
    return [ua.Variant(value, given.VariantType, None, False) for value in values]


def _refused(error: OpcuaMlError) -> ua.CallMethodResult:
    """The StatusCode, and which of the three arguments is to blame."""
    if isinstance(error, _TargetUnknown):
        place, code = _TARGET, StatusCodes.BadNodeIdUnknown
    elif isinstance(error, _IndexOutOfRange):
        place, code = _MAIN, StatusCodes.BadOutOfRange
    elif isinstance(error, InputInvalid):
        place, code = _INPUTS, argument_status_of(error)
    else:
        return failed(status_of(error))
    result = failed(StatusCodes.BadInvalidArgument)
    result.InputArgumentResults = [shared_status(Status.Good)] * _ARGUMENTS
    result.InputArgumentResults[place] = shared_status(code)
    return result


def _told(result: ua.CallMethodResult, name: str, words: str) -> VendorResult:
    told = VendorResult(
        StatusCode=result.StatusCode,
        InputArgumentResults=result.InputArgumentResults,
        OutputArguments=result.OutputArguments,
    )
    told.vendor_code, told.vendor_words = name, words
    return told
