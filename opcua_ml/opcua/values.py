"""Domain values as asyncua's, and back: data types, values, qualities, times and units.

One place for both sides of the house: what a PLC's tag brings in and what our own nodes show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from asyncua import ua

from opcua_ml.domain.engineering_units import UNECE_NAMESPACE, engineering_unit, unece_code, unit_id
from opcua_ml.domain.sample import Sample
from opcua_ml.domain.signature import FLOATING, DataType, Range
from opcua_ml.domain.status import Severity, Status, severity
from opcua_ml.opcua.texts import said, text

if TYPE_CHECKING:
    from opcua_ml.domain.sample import Scalar, Value
    from opcua_ml.domain.wording import Wording

_VARIANT_TYPES: dict[DataType, ua.VariantType] = {kind: ua.VariantType[kind.value] for kind in DataType}
_DATA_TYPES: dict[ua.VariantType, DataType] = {variant: kind for kind, variant in _VARIANT_TYPES.items()}
NULL = ua.Variant(None, ua.VariantType.Null)
"""The value of a node that has none: what Part 4, 7.11.1 asks for beside a Bad status."""


def variant_type(data_type: DataType) -> ua.VariantType:
    """The built-in type that stands for `data_type` on the wire."""
    return _VARIANT_TYPES[data_type]


def data_type_id(data_type: DataType) -> ua.NodeId:
    """The NodeId of the DataType, for nodes and arguments."""
    return ua.NodeId(ua.Int32(_VARIANT_TYPES[data_type].value))


def data_type_of(kind: ua.VariantType | ua.NodeId) -> DataType | None:
    """The domain's data type of a built-in type or of its NodeId; None for any other (a structure, a date).

    Subtypes (an enumeration, Duration) have other NodeIds: resolve them to their built-in type first.
    """
    if isinstance(kind, ua.NodeId):
        if kind.NamespaceIndex != 0 or not isinstance(kind.Identifier, int) or not 0 < kind.Identifier <= 25:
            return None
        kind = ua.VariantType(kind.Identifier)
    return _DATA_TYPES.get(kind)


@lru_cache(maxsize=256)
def shared_status(code: int) -> ua.StatusCode:
    """A StatusCode object of this number; shared, so never to be changed."""
    return ua.StatusCode(ua.UInt32(code))


def to_variant(value: Value | None, data_type: DataType) -> ua.Variant:
    """A value as a Variant of exactly this type; a tuple is an array, None is null.

    The value must be of the domain's type for `data_type` already: nothing is converted, except that an
    integer for a floating type becomes a float.
    """
    if value is None:
        return NULL
    if isinstance(value, tuple):
        items: list[Scalar] = [float(item) for item in value] if data_type in FLOATING else list(value)
        return ua.Variant(items, _VARIANT_TYPES[data_type], None, True)
    return ua.Variant(
        float(value) if data_type in FLOATING else value, _VARIANT_TYPES[data_type], None, False
    )


def to_value(variant: ua.Variant | None) -> Value | None:
    """The value in a Variant; arrays become tuples, matrices row-major tuples; None for what we can't use.

    Unusable are null, dates, texts with locale, structures and the like, and an array with such a member.
    """
    if variant is None or data_type_of(variant.VariantType) is None:
        return None
    value: Any = variant.Value
    if not variant.is_array:
        return _scalar(value)
    items = tuple(map(_scalar, ua.uatypes.flatten(value) or ()))
    return None if None in items else items  # type: ignore[return-value]


def _scalar(value: Any) -> Scalar | None:
    return value if isinstance(value, bool | int | float | str) else None


def to_sample(data_value: ua.DataValue, received: float) -> Sample:
    """A DataValue of a tag as a sample.

    A value that we can't use, or none at all, under a status that is not Bad is Bad as a sample: it must
    never pass for a usable one.

    Args:
        data_value: as the server sent it; a missing StatusCode means Good (Part 6, 5.2.2.17).
        received: our monotonic clock, in seconds.
    """
    code = int(data_value.StatusCode.value) if data_value.StatusCode is not None else int(Status.Good)
    bad = severity(code) is Severity.BAD
    value = None if bad else to_value(data_value.Value)
    if value is None and not bad:
        empty = data_value.Value is None or data_value.Value.Value is None
        code = int(Status.BadNoData if empty else Status.BadTypeMismatch)
    return Sample(
        value,
        code,
        utc(data_value.SourceTimestamp),
        utc(data_value.ServerTimestamp),
        received,
    )


def utc(moment: datetime | None) -> datetime | None:
    """A moment as timezone-aware UTC; one without a zone is UTC already, as all times of OPC UA are."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def date_time(moment: datetime | None) -> ua.DateTime | None:
    """A moment as asyncua's annotations call it; on the wire it takes any datetime."""
    return cast("ua.DateTime | None", moment)


def eu_information(code: str) -> ua.EUInformation:
    """EUInformation of a UNECE code (Part 8, 5.6.3)."""
    unit = engineering_unit(code)
    return ua.EUInformation(
        NamespaceUri=UNECE_NAMESPACE,
        UnitId=ua.Int32(unit_id(code)),
        DisplayName=text(unit.symbol),
        Description=text(unit_name(code)),
    )


def unit_name(code: str) -> Wording:
    """What people call the unit of a UNECE code."""
    return said(engineering_unit(code).name)


def unit_of(information: ua.EUInformation) -> str | None:
    """The UNECE code in an EUInformation; None where it is of another catalogue of units, or none."""
    if information.NamespaceUri not in (UNECE_NAMESPACE, UNECE_NAMESPACE + "/"):
        return None
    return unece_code(information.UnitId)


def eu_range(span: Range) -> ua.Range:
    """A range as nodes have it (Part 8, 5.6.2)."""
    return ua.Range(Low=span.low, High=span.high)
