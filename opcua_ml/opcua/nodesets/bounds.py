"""What a file may write where OPC UA has a number of a certain size.

Source: OPC UA Part 6, 5.2.2.2 (Integer); Part 3, 5.6.2 (ValueRank, ArrayDimensions, AccessLevel).
"""

from __future__ import annotations

from typing import Final

from opcua_ml.domain.errors import ConfigurationError

INTEGERS: Final = {
    "SByte": range(-(1 << 7), 1 << 7),
    "Byte": range(1 << 8),
    "Int16": range(-(1 << 15), 1 << 15),
    "UInt16": range(1 << 16),
    "Int32": range(-(1 << 31), 1 << 31),
    "UInt32": range(1 << 32),
    "Int64": range(-(1 << 63), 1 << 63),
    "UInt64": range(1 << 64),
}
MOST_DIMENSIONS: Final = 32
"""Far beyond what any client shows; memory is taken for each."""
RANKS: Final = range(-3, MOST_DIMENSIONS + 1)
"""From ScalarOrOneDimension on."""
_SHOWN: Final = 40


class UnfitError(ValueError):
    """What a file writes does not fit where it stands.

    Attributes:
        found: what is there, shortened.
        wanted: what would have fitted.
    """

    def __init__(self, found: str, wanted: str) -> None:
        self.found = found if len(found) <= _SHOWN else f"{found[:_SHOWN]}…"
        self.wanted = wanted
        super().__init__(f"{self.found}, where {wanted} is wanted")


def a(kind: str) -> str:
    """The name of a built-in type with its article."""
    return f"{'an' if kind[:1] in 'EIX' else 'a'} {kind}"


def whole(text: str, kind: str) -> int:
    """A whole number of a built-in type.

    Raises:
        UnfitError: it is none, or out of the type's range.
    """
    return within(text, INTEGERS[kind], a(kind))


def within(text: str, allowed: range, wanted: str) -> int:
    """A whole number of a range.

    Raises:
        UnfitError: it is none, or out of the range.
    """
    try:
        number = int(text)
    except ValueError:
        raise UnfitError(repr(text), wanted) from None
    if number not in allowed:
        raise UnfitError(text, wanted)
    return number


def unreadable(what: str, where: str, error: Exception) -> ConfigurationError:
    """An error of reading as one sentence.

    Args:
        what: can't be read.
        where: the file.
        error: what reading raised.
    """
    what = f"{what} can't be read"
    if isinstance(error, UnfitError):
        return ConfigurationError(what, where=where, found=error.found, wanted=error.wanted)
    if isinstance(error, RecursionError):
        return ConfigurationError(what, where=where, found="it nested too deeply")
    return ConfigurationError(what, where=where, found=str(error))
