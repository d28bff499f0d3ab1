"""Values in content filters: made comparable, and cast.

Source: OPC UA Part 4, 7.7.3, Tables 119 to 123 (operators, precedence and conversion of data types).
"""

from __future__ import annotations

import contextlib
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua
from asyncua.ua import VariantType

if TYPE_CHECKING:
    from collections.abc import Callable

_WHOLE: Final = {
    VariantType.SByte: (-(2**7), 2**7 - 1),
    VariantType.Byte: (0, 2**8 - 1),
    VariantType.Int16: (-(2**15), 2**15 - 1),
    VariantType.UInt16: (0, 2**16 - 1),
    VariantType.Int32: (-(2**31), 2**31 - 1),
    VariantType.UInt32: (0, 2**32 - 1),
    VariantType.Int64: (-(2**63), 2**63 - 1),
    VariantType.UInt64: (0, 2**64 - 1),
}

_FIRST_TIME: Final = datetime(1601, 1, 1, tzinfo=UTC)


def plain(value: Any) -> Any:
    """A value as it is compared: texts without locale, StatusCodes as numbers, times with their zone."""
    if isinstance(value, ua.LocalizedText):
        return value.Text
    if isinstance(value, ua.QualifiedName):
        return value.Name
    if isinstance(value, ua.StatusCode):
        return int(value.value)
    if isinstance(value, ua.ExpandedNodeId) and not value.NamespaceUri and not value.ServerIndex:
        return ua.NodeId(value.Identifier, value.NamespaceIndex)
    if isinstance(value, datetime) and value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value


def is_null(value: Any) -> bool:
    """Whether it is null, or the null value of its type; empty is the same as null.

    Args:
        value: as `plain` gives it.

    Source: OPC UA Part 6, 5.1.2 (Nullable and Default), 5.1.9 (null, empty and zero-length arrays); Part 3,
    8.2.4 (null NodeIds).
    """
    if value is None:
        return True
    if isinstance(value, ua.ExpandedNodeId):
        return not value.ServerIndex and value.has_null_identifier() and not value.NamespaceUri
    if isinstance(value, ua.NodeId):
        return bool(value.is_null())
    if isinstance(value, uuid.UUID):
        return not value.int
    if isinstance(value, datetime):
        return value <= _FIRST_TIME
    return isinstance(value, str | bytes | list | tuple) and not value


def alike(first: Any, second: Any) -> tuple[Any, Any]:
    """Two values as one type, where one is a text and the other is of a type before it; else as they are."""
    if isinstance(first, str) and not isinstance(second, str):
        return _as_of(first, second), second
    if isinstance(second, str) and not isinstance(first, str):
        return first, _as_of(second, first)
    return first, second


def cast(value: Any, kind: VariantType | None) -> Any:
    """The value as another built-in type; None, which is null, where there is no such value.

    Args:
        value: as `plain` gives it.
        kind: None where the type is unknown.
    """
    if value is None or kind is None:
        return None
    if kind in _WHOLE:
        return _whole(value, *_WHOLE[kind])
    convert = _CASTS.get(kind)
    if convert is None:
        return None
    with contextlib.suppress(ValueError, TypeError, OverflowError, ua.uaerrors.UaStringParsingError):
        return convert(value)
    return None


def castable(kind: VariantType | None) -> bool:
    """Whether values can be cast to this type."""
    return kind in _WHOLE or kind in _CASTS


def _as_of(text: str, other: Any) -> Any:
    """The text as the other's type, or None where it is none of it: a comparison with null is null."""
    if isinstance(other, bool):
        return cast(text, VariantType.Boolean)
    if isinstance(other, int | float):
        return cast(text, VariantType.Double)
    if isinstance(other, uuid.UUID):
        return cast(text, VariantType.Guid)
    return text


def _whole(value: Any, low: int, high: int) -> int | None:
    number = cast(value, VariantType.Double) if not isinstance(value, int) else int(value)
    if number is None or number != number or number in {float("inf"), float("-inf")}:  # noqa: PLR0124 - NaN
        return None
    rounded = number if isinstance(number, int) else round(number)
    return rounded if low <= rounded <= high else None


def _boolean(value: Any) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "1": True, "false": False, "0": False}.get(value.strip().lower())
    return bool(value) if isinstance(value, int | float) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float | str) else None


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, ua.NodeId):
        return value.to_string()
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, int | float | str | uuid.UUID) else None


def _date_time(value: Any) -> Any:
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return plain(found) if isinstance(found, datetime) else None


def _node_id(value: Any) -> ua.NodeId | None:
    found = ua.NodeId.from_string(value) if isinstance(value, str) else value
    return found if isinstance(found, ua.NodeId) else None


_CASTS: Final[dict[VariantType, Callable[[Any], Any]]] = {
    VariantType.Boolean: _boolean,
    VariantType.Double: _number,
    VariantType.Float: _number,
    VariantType.String: _text,
    VariantType.LocalizedText: _text,
    VariantType.QualifiedName: _text,
    VariantType.DateTime: _date_time,
    VariantType.Guid: lambda value: value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)),
    VariantType.NodeId: _node_id,
    VariantType.ExpandedNodeId: _node_id,
    VariantType.StatusCode: lambda value: _whole(value, 0, 2**32 - 1),
}
