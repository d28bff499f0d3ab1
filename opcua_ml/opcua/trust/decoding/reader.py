"""Bytes of a message, read once from front to back; nothing is believed, least of all a length.

Source: OPC UA Part 6, 5.2.2 (built-in types in the binary encoding), 5.1.5 (nesting).
"""

from __future__ import annotations

import struct
import uuid
from typing import TYPE_CHECKING, Any, Final, TypeVar

from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.ua.status_codes import StatusCodes
from asyncua.ua.uaerrors import UaError

from opcua_ml.opcua.trust.ground.ua_values import status_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from opcua_ml.opcua.trust.ground.limits import Limits

_T = TypeVar("_T")
_NULL: Final = -1
_INT32: Final = struct.Struct("<i")
_UINT32: Final = struct.Struct("<I")
_UINT16: Final = struct.Struct("<H")
_INT64: Final = struct.Struct("<q")
_NodeId: Any = ua.NodeId
_ExpandedNodeId: Any = ua.ExpandedNodeId
_EXPANDED: Final = 0b1100_0000
WITHOUT_END: Final = 1 << 62
"""An allowance that no message uses up."""


class TooLong(Exception):
    """What is being read takes longer than the reader's allowance."""


def malformed() -> ServiceError:
    """The bytes are not what they say (Part 4, 7.38.2)."""
    return ServiceError(StatusCodes.BadDecodingError)


def too_much() -> ServiceError:
    """The bytes may be right, but we don't take so many."""
    return ServiceError(StatusCodes.BadEncodingLimitsExceeded)


class Reader:
    """Reads built-in types.

    Args:
        data: one message body.
        limits: longest arrays and strings, deepest nesting.

    Every method raises ServiceError: BadDecodingError, or BadEncodingLimitsExceeded past a limit.

    Attributes:
        position: of the byte that is read next.
        depth: of nesting.
        allowance: structures that may be read without a pause, as which some elements of an array count;
            `TooLong` is raised when it is used up.
    """

    __slots__ = ("_data", "_end", "_limits", "allowance", "depth", "position")

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._end = len(data)
        self._limits = limits
        self.position = 0
        self.depth = 0
        self.allowance = WITHOUT_END

    @property
    def left(self) -> int:
        """Bytes not read yet."""
        return self._end - self.position

    def number(self, form: struct.Struct) -> Any:
        """One number of a fixed size."""
        start = self.position
        end = start + form.size
        if end > self._end:
            raise malformed()
        self.position = end
        return form.unpack_from(self._data, start)[0]

    def numbers(self, letter: str, size: int, count: int) -> list[Any]:
        """`count` numbers of struct's `letter`, `size` bytes each."""
        start = self.position
        end = start + count * size
        if end > self._end:
            raise malformed()
        self.position = end
        return list(struct.unpack_from(f"<{count}{letter}", self._data, start))

    def raw(self, size: int) -> bytes:
        """The next `size` bytes."""
        start = self.position
        end = start + size
        if size < 0 or end > self._end:
            raise malformed()
        self.position = end
        return self._data[start:end]

    def byte(self) -> int:
        """An unsigned byte."""
        start = self.position
        if start >= self._end:
            raise malformed()
        self.position = start + 1
        return self._data[start]

    def boolean(self) -> bool:
        """Zero is false, all else true."""
        return self.byte() != 0

    def uint32(self) -> int:
        """A UInt32."""
        return int(self.number(_UINT32))

    def int32(self) -> int:
        """An Int32."""
        return int(self.number(_INT32))

    def byte_string(self) -> bytes | None:
        """A ByteString; null is None."""
        return self._sized(self._limits.max_byte_string_length)

    def string(self) -> str | None:
        """A String of valid UTF-8; null is None."""
        raw = self._sized(self._limits.max_string_length)
        try:
            return None if raw is None else raw.decode()
        except UnicodeDecodeError:
            raise malformed() from None

    def date_time(self) -> datetime:
        """A DateTime; what lies outside of Python's years is their first or last moment."""
        moment: datetime = ua.win_epoch_to_datetime(self.number(_INT64))
        return moment

    def guid(self) -> uuid.UUID:
        """A Guid."""
        return uuid.UUID(bytes_le=self.raw(16))

    def status_code(self) -> ua.StatusCode:
        """A StatusCode."""
        return status_code(self.uint32())

    def qualified_name(self) -> ua.QualifiedName:
        """A QualifiedName."""
        index = self.number(_UINT16)
        return ua.QualifiedName(self.string(), index)

    def localized_text(self) -> ua.LocalizedText:
        """A LocalizedText."""
        mask = self.byte()
        locale = self.string() if mask & 1 else None
        return ua.LocalizedText(self.string() if mask & 2 else None, locale)

    def node_id(self) -> ua.NodeId:
        """A NodeId, or an ExpandedNodeId where its flags say so."""
        encoding = self.byte()
        kind = encoding & ~_EXPANDED
        namespace, identifier = self._identifier(kind)
        if identifier is None:
            kind, identifier = 0, 0
        try:
            node_type = ua.NodeIdType(kind)
            if not encoding & _EXPANDED:
                plain: ua.NodeId = _NodeId(identifier, namespace, node_type)
                return plain
            uri = self.string() if encoding & 0b1000_0000 else None
            server = self.uint32() if encoding & 0b0100_0000 else 0
            expanded: ua.ExpandedNodeId = _ExpandedNodeId(identifier, namespace, node_type, uri, server)
        except ServiceError:
            raise
        except (ValueError, UaError):
            raise malformed() from None
        return expanded

    def expanded_node_id(self) -> ua.ExpandedNodeId:
        """An ExpandedNodeId."""
        found = self.node_id()
        if isinstance(found, ua.ExpandedNodeId):
            return found
        return ua.ExpandedNodeId(found.Identifier, found.NamespaceIndex, found.NodeIdType)

    def count(self, smallest: int = 1) -> int:
        """The length of an array whose elements take at least `smallest` bytes; -1 is null."""
        count = self.int32()
        if count < 0:
            if count != _NULL:
                raise malformed()
            return _NULL
        if count > self._limits.max_array_length:
            raise too_much()
        if count * smallest > self.left:
            raise malformed()
        return count

    def array(self, element: Callable[[Reader], _T]) -> list[_T]:
        """An array field of a structure; null is empty."""
        count = self.count()
        self.allow(count >> 2)
        return [element(self) for _ in range(count)]

    def within(self, size: int, read: Callable[[Reader], _T]) -> _T:
        """Read something that has to end within the next `size` bytes, and skip what it leaves."""
        outer = self.narrow(size)
        try:
            return read(self)
        finally:
            self.widen(outer)

    def narrow(self, size: int) -> int:
        """Nothing is read beyond the next `size` bytes until `widen` is given what this returns."""
        if size < 0 or size > self.left:
            raise malformed()
        outer, self._end = self._end, self.position + size
        return outer

    def widen(self, outer: int) -> None:
        """Skip what was left of a part, and go on as before `narrow`."""
        self.position, self._end = self._end, outer

    def enter(self) -> None:
        """One level deeper."""
        self.depth += 1
        if self.depth > self._limits.max_nesting:
            raise too_much()
        self.allow(1)

    def allow(self, structures: int) -> None:
        """So many structures, or what takes as long, are going to be read."""
        self.allowance -= structures
        if self.allowance < 0:
            raise TooLong

    def leave(self) -> None:
        """One level up again."""
        self.depth -= 1

    def _sized(self, most: int) -> bytes | None:
        size = self.int32()
        if size < 0:
            if size != _NULL:
                raise malformed()
            return None
        if size > self.left:
            raise malformed()
        if size > most:
            raise too_much()
        return self.raw(size)

    def _identifier(self, kind: int) -> tuple[int, Any]:
        if kind == 0:
            return 0, self.byte()
        if kind == 1:
            return self.byte(), self.number(_UINT16)
        namespace = self.number(_UINT16)
        if kind == 2:
            return namespace, self.uint32()
        if kind == 3:
            return namespace, self.string()
        if kind == 4:
            return namespace, self.guid()
        if kind == 5:
            return namespace, self.byte_string()
        raise malformed()
