"""How much is remembered of a value that was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opcua_ml.opcua.trust.ground.ua_values import variant

if TYPE_CHECKING:
    from asyncua import ua

LONGEST: Final = 1_000
"""Elements, characters or bytes."""


def beginning(value: ua.Variant | None) -> ua.Variant | None:
    """The value as far as its record keeps it: what somebody may not write must fill no memory with that."""
    content = value.Value if value is not None else None
    if value is None or not isinstance(content, list | str | bytes) or len(content) <= LONGEST:
        return value
    return variant(content[:LONGEST], value.VariantType, is_array=value.is_array)
