"""Changed values as a client receives them: MonitoredItemNotifications into tuples (OPC UA Part 4, 7.25.2).

Most notifications carry long runs of one shape: the same fields present, the same number type. Such a run is
proved by comparing two strided slices of the message (all masks, all types) and then unpacked in one call,
without an object or a Python step per value beyond the tuple itself.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua

from .data_value import SERVER, SOURCE, STATUS, VALUE, WHOLE, read_data_value
from .primitive import read_uint32
from .variant_reader import NUMBERS_AND_BOOLEAN

if TYPE_CHECKING:
    from collections.abc import Callable

Change = tuple[int, Any, int, int | None, int | None]
"""Client handle, value, StatusCode (Good where absent), source and server timestamp (filetimes, None where
absent)."""

_BOOLEAN: Final = ua.VariantType.Boolean.value
_HANDLE_SIZE: Final = 4
_MASK_AND_TYPE: Final = 2
_FIRST_WINDOW: Final = 8


class _Shape(NamedTuple):
    record: Struct
    mask: bytes
    number: bytes
    complete: Callable[[list[Any]], list[Change]] | None


_COMPLETIONS: Final[dict[int, Callable[[list[Any]], list[Change]]]] = {
    VALUE: lambda rows: [(h, v, 0, None, None) for h, v in rows],
    VALUE | STATUS: lambda rows: [(h, v, s, None, None) for h, v, s in rows],
    VALUE | SOURCE: lambda rows: [(h, v, 0, t, None) for h, v, t in rows],
    VALUE | SERVER: lambda rows: [(h, v, 0, None, t) for h, v, t in rows],
    VALUE | STATUS | SOURCE: lambda rows: [(h, v, s, t, None) for h, v, s, t in rows],
    VALUE | STATUS | SERVER: lambda rows: [(h, v, s, None, t) for h, v, s, t in rows],
    VALUE | SOURCE | SERVER: lambda rows: [(h, v, 0, t, u) for h, v, t, u in rows],
}
"""Fill in the fields that a mask leaves out."""


def _shapes() -> dict[bytes, _Shape]:
    shapes = {}
    for mask in (*_COMPLETIONS, WHOLE):
        rest = "I" * bool(mask & STATUS) + "q" * bool(mask & SOURCE) + "q" * bool(mask & SERVER)
        for number, code in NUMBERS_AND_BOOLEAN.items():
            key = bytes((mask, number))
            record = Struct(f"<I2x{code}{rest}")
            shapes[key] = _Shape(record, key[:1], key[1:], _COMPLETIONS.get(mask))
    return shapes


_SHAPES: Final = _shapes()


def _run_length(body: bytes, pos: int, shape: _Shape, most: int) -> int:
    """Return how many records from `pos` on have this shape, at most `most`, all of them wholly present."""
    stride = shape.record.size
    most = min(most, (len(body) - pos) // stride)
    end = pos + most * stride
    masks = body[pos + _HANDLE_SIZE : end : stride]
    numbers = body[pos + _HANDLE_SIZE + 1 : end : stride]
    run = min(most - len(masks.lstrip(shape.mask)), most - len(numbers.lstrip(shape.number)))
    if shape.number[0] == _BOOLEAN:
        values = body[pos + _HANDLE_SIZE + _MASK_AND_TYPE : end : stride]
        run = min(run, most - len(values.lstrip(b"\x00\x01")))
    return run


def _read_one(body: bytes, pos: int) -> tuple[Change, int]:
    (handle,) = read_uint32(body, pos)
    _, value, status, source, server, end = read_data_value(body, pos + _HANDLE_SIZE)
    return (handle, value, status or 0, source, server), end


def read_changes(body: bytes, pos: int, count: int) -> tuple[list[Change], int]:
    """Read `count` MonitoredItemNotifications; return them and the position after them."""
    changes: list[Change] = []
    window = _FIRST_WINDOW
    while count:
        start = pos + _HANDLE_SIZE
        shape = _SHAPES.get(body[start : start + _MASK_AND_TYPE])
        run = 0 if shape is None else _run_length(body, pos, shape, min(count, window))
        if shape is None or run == 0:
            change, pos = _read_one(body, pos)
            changes.append(change)
            count -= 1
            continue
        end = pos + run * shape.record.size
        rows = list(shape.record.iter_unpack(body[pos:end]))
        changes += rows if shape.complete is None else shape.complete(rows)
        pos = end
        count -= run
        # A run that filled its window is followed further; one that did not must not cost a long look ahead.
        window = window * 4 if run == window else _FIRST_WINDOW
    return changes, pos
