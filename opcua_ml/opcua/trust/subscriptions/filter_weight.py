"""How much an event filter takes: places in memory, and time at each event.

Source: OPC UA Part 4, 7.22.3 (EventFilter), 7.7 (ContentFilter).
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Final

from asyncua import ua

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_CONSTANT: Final = 1_024
"""Characters, bytes and elements of one literal operand."""
_PER_UNIT: Final = 64


def filter_weight(
    select: Sequence[ua.SimpleAttributeOperand], where: Sequence[ua.ContentFilterElement], most: int
) -> int:
    """One for each clause and operand, and one for each 64 characters of their names and constants.

    Of a filter that is too heavy by its number of operands alone no more is looked at than `most`.
    """
    operands = [*select]
    for element in where:
        operands += (element.FilterOperands or ())[: most + 1]
        if len(operands) > most:
            return len(operands)
    return sum(map(_weight, operands))


def constant_size(value: Any) -> int:
    """Characters, bytes and elements in a value of a client's; no more is counted than is too much."""
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, list | tuple):
        parts = value
    elif is_dataclass(value):
        parts = [getattr(value, field.name) for field in fields(value)]
    else:
        return 1
    size = len(parts)
    for part in parts:
        if size > LONGEST_CONSTANT:
            break
        size += constant_size(part)
    return size


def _weight(operand: Any) -> int:
    if isinstance(operand, ua.SimpleAttributeOperand):
        return 1 + sum(len(name.Name or "") for name in operand.BrowsePath or ()) // _PER_UNIT
    if isinstance(operand, ua.LiteralOperand) and operand.Value is not None:
        # What is longer is refused by itself.
        size = min(constant_size(operand.Value.Value), LONGEST_CONSTANT)
        return 1 + size // _PER_UNIT
    return 1
