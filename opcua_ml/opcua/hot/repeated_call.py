"""A Call that comes again: the same bytes but for its timestamp, its handle and its arguments' values.

A client calls a method all day with a request that differs in a few places only. From one such request an
outline is made that takes the next ones apart in two steps of `struct`, and knows them by what stays.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from asyncua import ua

from .call import CALL_REQUEST
from .header import NO_ADDITIONAL_HEADER
from .variant_reader import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from .call import CallMethod

_HEADER: Final = (
    "qIIiI3s"  # timestamp, handle, diagnostics, length of the audit entry, hint, additional header
)
_HEADER_SIZE: Final = Struct(f"<{_HEADER}").size
_ONE_METHOD: Final = b"\x01\x00\x00\x00"
_COUNT_SIZE: Final = 4
_BOOLEAN: Final = ua.VariantType.Boolean.value
_CODES: Final = {**NUMBERS, _BOOLEAN: "B"}


class CallOutline(NamedTuple):
    """Where the parts of a Call of one length are.

    `unpack` gives the type and token, the header's six fields and the constant part of the parameters, of a
    body that begins at the place given; `arguments_at` is where the arguments begin in it.
    """

    unpack: Callable[[bytes | memoryview, int], tuple[Any, ...]]
    arguments_at: int


class RepeatedCall:
    """One method called with scalar numbers and Booleans, under one session's token.

    Args:
        body: of a request that the general codec has read, from its type on.
        method: the one method that it calls.

    Raises:
        ValueError: the request has an AuditEntryId, an additional header, or other arguments.
    """

    __slots__ = ("_arguments_at", "_booleans", "_encodings", "_prefix", "_read", "key", "outline", "size")

    def __init__(self, body: bytes, method: CallMethod) -> None:
        encodings = method.encodings or b""
        codes = [_CODES.get(encoding, "") for encoding in encodings]
        if not codes or not all(codes):
            raise ValueError("wanted scalar numbers and Booleans as arguments")
        layout = Struct("<" + "".join(f"B{code}" for code in codes))
        arguments_at = len(body) - layout.size
        key_size = 2 * _COUNT_SIZE + len(method.target)
        prefix_size = arguments_at - key_size - _HEADER_SIZE
        unpack = Struct(f"<{prefix_size}s{_HEADER}{key_size}s").unpack_from
        self.outline: Final = CallOutline(unpack, arguments_at)
        self._arguments_at = arguments_at
        self.size: Final = len(body)
        self._prefix, _, _, _, audit, _, additional, self.key = unpack(body, 0)
        wanted = _ONE_METHOD + method.target + len(codes).to_bytes(_COUNT_SIZE, "little")
        if (
            audit != -1
            or additional != NO_ADDITIONAL_HEADER
            or not self._prefix.startswith(CALL_REQUEST)
            or self.key != wanted
        ):
            raise ValueError("wanted a plain header, and one method")
        self._encodings = tuple(encodings)
        self._booleans = [place for place, encoding in enumerate(encodings) if encoding == _BOOLEAN]
        self._read = layout.unpack_from

    def arguments(
        self, received: bytes | memoryview, start: int, parts: tuple[Any, ...]
    ) -> tuple[Any, ...] | None:
        """The arguments of a request of this `size` and `key`; None if it differs where it must not.

        Args:
            received: with the request.
            start: where its type begins.
            parts: what `outline.unpack` gave of it.
        """
        prefix, _, _, _, audit, _, additional, _ = parts
        if prefix != self._prefix or audit != -1 or additional != NO_ADDITIONAL_HEADER:
            return None
        flat = self._read(received, start + self._arguments_at)
        if flat[::2] != self._encodings:
            return None
        return self._with_booleans(flat[1::2]) if self._booleans else flat[1::2]

    def _with_booleans(self, read: tuple[Any, ...]) -> tuple[Any, ...] | None:
        values = list(read)
        for place in self._booleans:
            if values[place] > 1:  # asyncua takes any other byte as True, which is not what was sent
                return None
            values[place] = values[place] == 1
        return tuple(values)
