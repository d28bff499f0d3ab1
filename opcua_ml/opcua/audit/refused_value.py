"""How much is remembered of a value that was refused."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.opcua.trust.ground.ua_values import variant

if TYPE_CHECKING:
    from asyncua import ua

LONGEST: Final = 1_000
"""Elements, characters or bytes, in sum."""
_NUMBERS: Final = frozenset({bool, int, float})


def beginning(value: ua.Variant | None) -> ua.Variant | None:
    """The value as far as its record keeps it: what somebody may not write must fill no memory with that.

    Of a structure that is longer nothing is kept but that there was one.
    """
    content = value.Value if value is not None else None
    if value is None or _size(content) <= LONGEST:
        return value
    if not isinstance(content, list | str | bytes):
        return variant(None)
    return variant(_cut(content), value.VariantType, is_array=value.is_array)


def _cut(content: list[Any] | str | bytes) -> list[Any] | str | bytes:
    if not isinstance(content, list):
        return content[:LONGEST]
    if _NUMBERS.issuperset(map(type, content[:LONGEST])):
        return content[:LONGEST]
    kept: list[Any] = []
    left = LONGEST
    for element in content:
        left -= max(1, _size(element))
        if left < 0:
            break
        kept.append(element)
    return kept


def _size(content: Any) -> int:
    """Elements, characters and bytes; no more is counted than is too long."""
    if isinstance(content, str | bytes):
        return len(content)
    if isinstance(content, list):
        parts = content
        if len(parts) > LONGEST:
            return len(parts)
    elif is_dataclass(content):
        parts = [getattr(content, one.name) for one in fields(content)]
    else:
        return 1
    size = 0
    for part in parts:
        size += max(1, _size(part))
        if size > LONGEST:
            break
    return size
