"""The intervals of a ReadProcessed.

Source: OPC UA Part 11, 6.4.4.2; Part 13, 3.1.10 and 5.3.2 (ProcessingInterval, time that flows backward).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Interval(NamedTuple):
    """One of them, from `start` up to but not including `end`.

    Attributes:
        start, end: filetimes; the end is later.
        stamp: the timestamp of its result: its start, or where time flows backward its end.
        cut: whether the end of the request cut it short.
    """

    start: int
    end: int
    stamp: int
    cut: bool


def intervals(start: int, end: int, length: int, first: int = 0) -> Iterator[Interval]:
    """The intervals in the order of their results, from the one with number `first` on.

    Args:
        start: of the request, as filetime.
        end: of it, another one; time flows backward where it is earlier.
        length: ticks of an interval; 0 for one that is all of it.
        first: how many are left out.
    """
    forward = start < end
    span = abs(end - start)
    length = length or span
    for number in range(first, count(start, end, length)):
        offset, stop = number * length, min((number + 1) * length, span)
        cut = (number + 1) * length > span
        if forward:
            yield Interval(start + offset, start + stop, start + offset, cut)
        else:
            yield Interval(start - stop, start - offset, start - offset, cut)


def count(start: int, end: int, length: int) -> int:
    """How many intervals there are."""
    span = abs(end - start)
    return -(-span // (length or span))
