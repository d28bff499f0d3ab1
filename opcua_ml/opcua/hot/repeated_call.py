"""A Call that comes again: the same bytes but for its timestamp, its handle and its arguments' values.

A client calls a method all day with a request that differs in a few places only. From one such request an
outline is made that takes the next ones apart in two steps of `struct`, and knows them by what stays.
"""

from __future__ import annotations

from operator import itemgetter
from struct import Struct, calcsize
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua

from .call import CALL_REQUEST
from .header import NO_ADDITIONAL_HEADER
from .primitive import NULL
from .variant_reader import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .call import CallMethod

_HEADER: Final = "8xI4x4s4x"
"""Timestamp, handle, diagnostics, length of the audit entry, hint; the additional header is the key's."""
_HEADER_SIZE: Final = calcsize(f"<{_HEADER}")
_ONE_METHOD: Final = b"\x01\x00\x00\x00"
_COUNT_SIZE: Final = 4
_BOOLEAN: Final = ua.VariantType.Boolean.value
_CODES: Final = {**NUMBERS, _BOOLEAN: "B"}


class CallOutline(NamedTuple):
    """Where the parts of a Call of one length are.

    Attributes:
        size: of what is received with the Call at its end.
        unpack: gives of that the type and token, the handle, the length of the audit entry, and the key: what
            is constant from the additional header up to the arguments.
    """

    size: int
    unpack: Callable[[bytes], tuple[bytes, int, bytes, bytes]]


class RepeatedCall:
    """One method called with scalar numbers and Booleans, under one session's token.

    Args:
        body: of a request that the general codec has read, from its type on.
        method: the one method that it calls.
        before: bytes that come before the type in what `arguments` is given.

    Raises:
        ValueError: the request has an AuditEntryId, an additional header, or other arguments.
    """

    __slots__ = ("_booleans", "_encodings", "_encodings_of", "_prefix", "_values", "key", "outline")

    def __init__(self, body: bytes, method: CallMethod, before: int = 0) -> None:
        encodings = method.encodings or b""
        codes = [_CODES.get(encoding, "") for encoding in encodings]
        if not codes or not all(codes):
            raise ValueError("wanted scalar numbers and Booleans as arguments")
        sizes = [calcsize(f"<x{code}") for code in codes]
        key = NO_ADDITIONAL_HEADER + _ONE_METHOD + method.target + len(codes).to_bytes(_COUNT_SIZE, "little")
        prefix_size = len(body) - sum(sizes) - len(key) - _HEADER_SIZE
        layout = f"<{before}x{prefix_size}s{_HEADER}{len(key)}s"
        self.outline: Final = CallOutline(before + len(body), Struct(layout).unpack_from)
        self._prefix, _, audit, self.key = self.outline.unpack(bytes(before) + body)
        if audit != NULL or not self._prefix.startswith(CALL_REQUEST) or self.key != key:
            raise ValueError("wanted a plain header, and one method")
        start = calcsize(layout)
        self._values = Struct(f"<{start}x" + "".join(f"x{code}" for code in codes)).unpack_from
        self._encodings_of, self._encodings = _encodings(start, sizes, encodings)
        self._booleans = [place for place, encoding in enumerate(encodings) if encoding == _BOOLEAN]

    def arguments(self, received: bytes, prefix: bytes, audit: bytes) -> tuple[Any, ...] | None:
        """The arguments of a request of this outline and key; None if it differs where it must not.

        Args:
            received: with the request at its end.
            prefix: type and token, as `outline.unpack` gave them.
            audit: length of the audit entry, likewise.
        """
        if prefix != self._prefix or audit != NULL or self._encodings_of(received) != self._encodings:
            return None
        values = self._values(received)
        return self._with_booleans(values) if self._booleans else values

    def _with_booleans(self, read: tuple[Any, ...]) -> tuple[Any, ...] | None:
        values = list(read)
        for place in self._booleans:
            if values[place] > 1:  # asyncua takes any other byte as True, which is not what was sent
                return None
            values[place] = values[place] == 1
        return tuple(values)


def _encodings(start: int, sizes: Sequence[int], wanted: bytes) -> tuple[Callable[[bytes], Any], Any]:
    """What gives the encoding bytes of arguments so large, the first at `start`, and what it has to give."""
    if len(set(sizes)) == 1:
        return itemgetter(slice(start, None, sizes[0])), wanted
    places = [start + sum(sizes[:place]) for place in range(len(sizes))]
    return itemgetter(*places), tuple(wanted)
