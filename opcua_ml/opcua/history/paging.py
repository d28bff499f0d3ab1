"""Pages of a HistoryRead that fit into the response that the client takes.

Source: OPC UA Part 4, 5.7.2.2 (maxResponseMessageSize); Part 11, 6.4.1 (fewer values than asked for, and a
ContinuationPoint).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator

    from opcua_ml.application.history.store import HistoryReader

_FIRST: Final = 1_000
"""Results after which it is known how large they are."""


class Unfinished(Protocol):
    """What has been read in part."""

    done: bool

    def page(self, reader: HistoryReader, most: int) -> Generator[None, bool, list[bytes]]:
        """The next results, in steps.

        A step that is sent True is told to end: the page is what was found up to there, even if that is
        nothing, and the next one goes on behind it.
        """


class PageLimit(NamedTuple):
    """What a page may have: so many results, of so many bytes; a single one may be larger."""

    number: int
    size: int


class Paged:
    """Cuts what is read into pages.

    Args:
        unfinished: what is read.
        number: of results that the client wants in a page; 0 for any.
    """

    def __init__(self, unfinished: Unfinished, number: int) -> None:
        self._unfinished = unfinished
        self._number = number
        self._rest: list[bytes] = []

    @property
    def done(self) -> bool:
        """Whether nothing is left."""
        return self._unfinished.done and not self._rest

    @property
    def content(self) -> Unfinished:
        """What is read."""
        return self._unfinished

    def page(self, reader: HistoryReader, limit: PageLimit) -> Generator[None, bool, list[bytes]]:
        """The next page, in steps; empty only where nothing is left, or its time is over."""
        number = min(limit.number, self._number or limit.number)
        found, size = self._rest, sum(map(len, self._rest))
        self._rest = []
        while len(found) < number and size < limit.size and not self._unfinished.done:
            wanted = _FIRST if not found else max((limit.size - size) * len(found) // max(size, 1), 1)
            more = yield from self._unfinished.page(reader, min(wanted, number - len(found)))
            found += more
            size += sum(map(len, more))
            if (yield):
                break
        return self._cut(found, number, size, limit.size)

    def _cut(self, found: list[bytes], number: int, size: int, largest: int) -> list[bytes]:
        end = min(len(found), number)
        size -= sum(map(len, found[end:]))
        while end > 1 and size > largest:
            end -= 1
            size -= len(found[end])
        self._rest = found[end:]
        return found[:end]
