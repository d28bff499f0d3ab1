"""Numbers and enumerations on the wire, and the shape of arrays.

Source: OPC UA Part 6, 5.2.2.1 to 5.2.2.3 (numbers), 5.2.4 (enumerations), 5.2.2.16 (ArrayDimensions).
"""

from __future__ import annotations

import math
import struct
from enum import Enum, IntFlag
from typing import TYPE_CHECKING, Any, Final

from opcua_ml.opcua.trust.decoding.reader import malformed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from opcua_ml.opcua.trust.decoding.reader import Reader

NUMBERS: Final = {
    "SByte": "b",
    "Byte": "B",
    "Char": "B",
    "Int16": "h",
    "UInt16": "H",
    "Int32": "i",
    "UInt32": "I",
    "Int64": "q",
    "UInt64": "Q",
    "Float": "f",
    "Double": "d",
}
"""The letters of struct by the names of the standard."""
_MAX_DIMENSIONS: Final = 16


def number_reader(letter: str) -> Callable[[Reader], Any]:
    """Reads one number of this letter."""
    form = struct.Struct(f"<{letter}")
    return lambda reader: reader.number(form)


def enumeration(kind: type[Enum]) -> Callable[[Reader], Any]:
    """Unknown values stay plain numbers: which code they deserve is the service's to say."""
    form = struct.Struct("<i")
    if issubclass(kind, IntFlag):
        datatype = getattr(kind, "datatype", None)
        form = struct.Struct("<" + NUMBERS[datatype() if datatype else "UInt32"])

    def read(reader: Reader) -> Any:
        value = reader.number(form)
        try:
            return kind(value)
        except ValueError:
            return value

    return read


def read_dimensions(reader: Reader) -> list[int]:
    """The ArrayDimensions behind a Variant's value.

    Raises:
        ServiceError: BadDecodingError, more of them, or others, than there can be.
    """
    count = reader.count(4)
    if count > _MAX_DIMENSIONS:
        raise malformed()
    dimensions = [reader.int32() for _ in range(count)]
    if any(length < 0 for length in dimensions):
        raise malformed()
    return dimensions


def check_shape(values: list[Any], dimensions: Sequence[int]) -> None:
    """Hold dimensions against the values.

    Raises:
        ServiceError: BadDecodingError, they do not multiply to the number of values.
    """
    if math.prod(dimensions) != len(values):
        raise malformed()


def shaped(values: list[Any], dimensions: Sequence[int]) -> list[Any]:
    """Lists in lists, as many as there are dimensions, which were checked."""
    for length in reversed(dimensions[1:]):
        values = [values[at : at + length] for at in range(0, len(values), length)] if length else []
    return values
