"""What of a prediction goes into a tag, as a Variant of exactly the tag's type."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asyncua import ua

from opcua_ml.domain.errors import TagError, TagTypeMismatch
from opcua_ml.domain.signature import INTEGER_LIMITS, DataType
from opcua_ml.domain.status import Severity, severity, status_name
from opcua_ml.opcua.plc.binding import Written
from opcua_ml.opcua.plc.casting import cast
from opcua_ml.opcua.plc.tag_units import conversion_to
from opcua_ml.opcua.values import date_time, shared_status, to_variant

if TYPE_CHECKING:
    from opcua_ml.domain.prediction import Prediction
    from opcua_ml.domain.sample import Scalar
    from opcua_ml.opcua.plc.binding import OutputBinding
    from opcua_ml.opcua.plc.casting import Cast
    from opcua_ml.opcua.plc.inspection import Found

Encoder = Callable[["Prediction"], "ua.Variant | None"]
"""The Variant to write; None where the tag's type can't hold the value."""

CLASSIC_QUALITY = {Severity.GOOD: 192, Severity.UNCERTAIN: 64, Severity.BAD: 0}
"""For tags too small for a StatusCode: the quality byte of OPC Classic (Data Access 3.0, 6.8)."""
_DATE_TIME = "DateTime"
_STATUS_CODE = "StatusCode"
_WHOLE_CODES = frozenset({DataType.UINT32, DataType.INT64, DataType.UINT64})


def encoder(binding: OutputBinding, found: Found, where: str) -> Encoder:
    """How to write what the binding names into what was found.

    Raises:
        TagTypeMismatch: the tag's type can't hold it without losing information.
        TagUnitMismatch: the tag's unit is another one, and the output's does not convert to it.
        TagError: it is a field of an element of an array, which is written nowhere.
    """
    if found.field is not None and found.field.place:
        what = "a field of an array's element can be read, and not written"
        raise TagError(what, where=where, wanted="a structure of its own for results")
    make = _ENCODERS[binding.written](binding, found)
    if make is None:
        raise TagTypeMismatch(
            "the tag's type can't take it without losing information",
            where=where,
            found=found.description.text,
            wanted=_WANTED.get(binding.written) or binding.data_type.value,
        )
    return make


def _output(binding: OutputBinding, found: Found) -> Encoder | None:
    wanted = found.description.data_type or (binding.data_type if found.description.is_abstract else None)
    if wanted is None:
        return None
    # Nearly every result tag is a REAL: the nearest one is what its program can hold, and no one means more.
    rounding = binding.rounding or wanted is DataType.FLOAT
    to_tag = cast(binding.data_type, wanted, within=binding.range, rounding=rounding)
    if to_tag is None:
        return None
    place, is_element, length = binding.output, bool(found.index), binding.length
    conversion = conversion_to(binding, found.description, f"{binding.name} ({binding.address})")

    def encode(prediction: Prediction) -> ua.Variant | None:
        value: Any = prediction.outputs[place]
        values = value if isinstance(value, tuple) else (value,)
        if not conversion.is_identity:
            values = tuple(map(conversion, values))
        if (length is not None) != isinstance(value, tuple) or (length is not None and len(values) != length):
            return None
        held = _each(to_tag, values)
        if held is None:
            return None
        return to_variant(held if length is not None or is_element else held[0], wanted)

    return encode


def _each(to_tag: Cast, values: tuple[Any, ...]) -> tuple[Any, ...] | None:
    held = tuple(map(to_tag, values))
    return None if None in held else held


def _quality(_binding: OutputBinding, found: Found) -> Encoder | None:
    """StatusCode where it fits; else the classic byte in a number, a name in a String, Good as a Boolean."""
    kind = found.description.data_type
    if found.description.type_name == _STATUS_CODE:
        return lambda prediction: ua.Variant(shared_status(prediction.status), ua.VariantType.StatusCode)
    if kind is None or (kind in INTEGER_LIMITS and INTEGER_LIMITS[kind][1] < CLASSIC_QUALITY[Severity.GOOD]):
        return None
    return lambda prediction: to_variant(_quality_in(kind, prediction.status), kind)


def _quality_in(kind: DataType, status: int) -> Scalar:
    if kind in _WHOLE_CODES:
        return status
    if kind is DataType.BOOLEAN:
        return severity(status) is Severity.GOOD
    return status_name(status) if kind is DataType.STRING else CLASSIC_QUALITY[severity(status)]


def _reason(_binding: OutputBinding, found: Found) -> Encoder | None:
    if found.description.data_type is not DataType.STRING:
        return None
    return lambda prediction: to_variant(prediction.reason, DataType.STRING)


def _timestamp(_binding: OutputBinding, found: Found) -> Encoder | None:
    if found.description.type_name == _DATE_TIME:
        return lambda prediction: ua.Variant(date_time(prediction.source_timestamp), ua.VariantType.DateTime)
    return None


def _sequence(_binding: OutputBinding, found: Found) -> Encoder | None:
    """The count of predictions, modulo what the tag's type holds."""
    kind = found.description.data_type
    if kind not in INTEGER_LIMITS or kind is None:
        return None
    modulus = INTEGER_LIMITS[kind][1] + 1
    return lambda prediction: to_variant(prediction.sequence % modulus, kind)


def _result_code(_binding: OutputBinding, found: Found) -> Encoder | None:
    """The StatusCode of an answer; signed in an Int32; in what is smaller 0 Good, 1 Uncertain, 2 Bad."""
    kind = found.description.data_type
    if found.description.type_name == _STATUS_CODE:
        return lambda prediction: ua.Variant(shared_status(prediction.status), ua.VariantType.StatusCode)
    if kind is None or kind not in INTEGER_LIMITS:
        return None
    return lambda prediction: to_variant(_result_in(kind, prediction.status), kind)


def _result_in(kind: DataType, status: int) -> int:
    if kind in _WHOLE_CODES:
        return status
    if kind is DataType.INT32:
        return status - 2**32 if status >= 2**31 else status
    return int(severity(status))


def _done_id(_binding: OutputBinding, found: Found) -> Encoder | None:
    """The id of the request that is answered: as it came, since both tags are of one type."""
    kind = found.description.data_type
    if kind is None or kind not in INTEGER_LIMITS:
        return None
    low, high = INTEGER_LIMITS[kind]

    def encode(prediction: Prediction) -> ua.Variant | None:
        request_id = prediction.request_id
        if request_id is None or not low <= request_id <= high:
            return None
        return to_variant(request_id, kind)

    return encode


_ENCODERS: dict[Written, Callable[[OutputBinding, Found], Encoder | None]] = {
    Written.OUTPUT: _output,
    Written.QUALITY: _quality,
    Written.REASON: _reason,
    Written.TIMESTAMP: _timestamp,
    Written.SEQUENCE: _sequence,
    Written.RESULT_CODE: _result_code,
    Written.DONE_ID: _done_id,
}
_WANTED = {
    Written.QUALITY: "UInt32, StatusCode, Boolean, String or a number that holds 192",
    Written.REASON: "String",
    Written.TIMESTAMP: "DateTime",
    Written.SEQUENCE: "an integer",
    Written.RESULT_CODE: "StatusCode or an integer",
    Written.DONE_ID: "an integer",
}
