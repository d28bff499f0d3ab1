"""Frames that wait are bounded in number and in bytes."""

from __future__ import annotations

from opcua_ml.opcua.hot import Chunk
from opcua_ml.opcua.trust.transport.waiting_frames import WaitingFrames


def test_many_short_ones_are_full_by_their_number() -> None:
    """And low again at half of it."""
    frames = WaitingFrames(4, 1_000)
    states = []
    for number in range(4):
        frames.append(bytes([number]))
        states.append((frames.full, frames.low))
    assert states == [(False, True), (False, True), (False, False), (True, False)]
    assert [frames.popleft(), frames.popleft()] == [b"\x00", b"\x01"]
    assert (len(frames), frames.full, frames.low) == (2, False, True)


def test_few_long_ones_are_full_by_their_bytes() -> None:
    """Frames and chunks count alike; who has logged in may send more."""
    frames = WaitingFrames(100, 1_000)
    states = []
    for frame in (bytes(600), Chunk(1, 1, bytes(400), 424)):
        frames.append(frame)
        states.append((frames.full, frames.low))
    frames.most_bytes = 2_000
    states.append((frames.full, frames.low))
    assert states == [(False, False), (True, False), (False, True)]
    frames.most_bytes = 1_000
    frames.popleft()
    assert frames.low
    frames.append(bytes(900))
    frames.clear()
    assert (len(frames), frames.full, frames.low) == (0, False, True)
