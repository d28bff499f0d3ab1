"""A Read that comes again: the same bytes but for its timestamp and its handle."""

from __future__ import annotations

from struct import Struct
from typing import Final

from .header import NO_ADDITIONAL_HEADER
from .read import READ_REQUEST

_HEADER: Final = Struct(
    "<qIIiI3s"
)  # timestamp, handle, diagnostics, length of the audit entry, hint, additional


class RepeatedRead:
    """One list of attributes, asked for under one session's token.

    Args:
        body: of a request that the general codec has read, from its type on.
        wire: what follows its header; see `ReadPlan`.

    Raises:
        ValueError: the request has an AuditEntryId or an additional header.
    """

    __slots__ = ("_prefix", "_wire", "size")

    def __init__(self, body: bytes, wire: bytes) -> None:
        self.size: Final = len(body)
        self._wire = wire
        self._prefix = body[: len(body) - len(wire) - _HEADER.size]
        if not self._prefix.startswith(READ_REQUEST) or self.handle(body) is None:
            raise ValueError("wanted a plain header")

    def handle(self, body: bytes) -> int | None:
        """The handle of a request of this `size`; None if it differs where it must not."""
        prefix = self._prefix
        if not body.endswith(self._wire) or not body.startswith(prefix):
            return None
        _, handle, _, audit, _, additional = _HEADER.unpack_from(body, len(prefix))
        return handle if audit == -1 and additional == NO_ADDITIONAL_HEADER else None
