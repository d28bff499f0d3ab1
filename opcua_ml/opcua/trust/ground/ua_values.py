"""asyncua's values from plain Python ones.

asyncua declares its fields as its own UInt32, String and DateTime, which a type checker holds to be others
than int, str and datetime although the values are the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from asyncua import ua

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

_ua: Any = ua


def node_id(identifier: int | str | bytes | uuid.UUID, namespace: int = 0) -> ua.NodeId:
    """A NodeId of the type that its identifier has."""
    made: ua.NodeId = _ua.NodeId(identifier, namespace)
    return made


def status_code(code: int) -> ua.StatusCode:
    """A fresh StatusCode; asyncua's are mutable."""
    made: ua.StatusCode = _ua.StatusCode(code)
    return made


def variant(
    value: Any,
    kind: ua.VariantType | ua.VariantTypeCustom | None = None,
    dimensions: list[int] | None = None,
    *,
    is_array: bool | None = None,
) -> ua.Variant:
    """A Variant; its type is guessed from the value if not given."""
    made: ua.Variant = _ua.Variant(value, kind, dimensions, is_array)
    return made


def data_value(
    value: ua.Variant | None,
    status: ua.StatusCode | None = None,
    *,
    source: datetime | None = None,
    server: datetime | None = None,
    source_picoseconds: int | None = None,
    server_picoseconds: int | None = None,
) -> ua.DataValue:
    """A DataValue; without `status` it carries none, which means Good."""
    made: ua.DataValue = _ua.DataValue(value, status, source, server, source_picoseconds, server_picoseconds)
    return made
