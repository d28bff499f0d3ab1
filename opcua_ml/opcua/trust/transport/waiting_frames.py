"""Frames of one connection that wait to be served, bounded in number and in bytes."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opcua_ml.opcua.hot import Chunk


class WaitingFrames:
    """First in, first out.

    Args:
        most: frames.
        most_bytes: of all of them; one frame more may be there.
    """

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._most = most
        self._frames: deque[bytes | Chunk] = deque()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def full(self) -> bool:
        """Whether no more should be read."""
        return len(self._frames) >= self._most or self._bytes >= self.most_bytes

    @property
    def low(self) -> bool:
        """Whether more may be read after it was full."""
        return len(self._frames) <= self._most // 2 and self._bytes <= self.most_bytes // 2

    def append(self, frame: bytes | Chunk) -> None:
        """Take one in."""
        self._frames.append(frame)
        self._bytes += _size(frame)

    def popleft(self) -> bytes | Chunk:
        """The oldest."""
        frame = self._frames.popleft()
        self._bytes -= _size(frame)
        return frame

    def clear(self) -> None:
        """Forget all."""
        self._frames.clear()
        self._bytes = 0


def _size(frame: bytes | Chunk) -> int:
    return len(frame) if isinstance(frame, bytes) else len(frame.body)
