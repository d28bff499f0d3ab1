"""The latency gate: how long a version takes for one row, and not what else the machine does meanwhile.

A busy machine makes calls slower and never faster. So a version passes in the first round of calls that is
quick enough, and is refused only where rounds agree and what they found is its own: time of the processor, or
waits that a control, which computes as long and takes its turn after each call, does not have.
"""

from __future__ import annotations

import asyncio
import time
from math import ceil, sqrt
from statistics import median
from typing import TYPE_CHECKING, Final, NamedTuple
from zlib import crc32

from opcua_ml.domain.figure import figure
from opcua_ml.domain.gate import GateResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opcua_ml.application.ports import Executor
    from opcua_ml.domain.row import Row

CALLS: Final = 200
"""Of one row each, in a round; the second-slowest in a hundred counts."""
_MOST_SLOWER: Final = CALLS - ceil(0.99 * CALLS)
"""Calls that may be slower than the limit; at one more the round is lost and ends."""
ROUNDS: Final = 11
_FEWEST_ROUNDS: Final = 6
"""Before calls and controls are compared: they tell a version that waits from a machine that is busy."""
_AGREE: Final = 2
"""Rounds in which the processor's time alone was above the limit that refuse a version."""
_DEVIATIONS: Final = 3.0
"""Standard deviations of the difference of two counts, if both had one cause, beyond which they have two."""


_UNLOCKED: Final = bytes(8192)
"""Of more than 5 KiB the checksum is computed without the interpreter's lock, for which one then waits."""


class _Round(NamedTuple):
    """Calls in turn with the control.

    Attributes:
        clock, processor: seconds that each call took.
        slower: calls that took longer than the limit.
        paused: controls that lost as much as makes a usual call take longer than the limit.
    """

    clock: list[float]
    processor: list[float]
    slower: int
    paused: int


def latency_result(executor: Executor, rows: Sequence[Row], limit_ms: float) -> GateResult:
    """Hold the p99 of calls of one row against a limit; blocks for the time of the calls.

    A version that is too slow is refused after two rounds of three calls where it computes, after six or a
    few more where it waits; see the module.

    Raises:
        InferenceFailed: the version fails on its rows.
    """
    return asyncio.run(_result(executor, rows, limit_ms))


async def _result(executor: Executor, rows: Sequence[Row], limit_ms: float) -> GateResult:
    limit, rounds = limit_ms / 1e3, list[_Round]()
    for _ in range(ROUNDS):
        usual = median(seconds for one in rounds for seconds in one.processor) if rounds else None
        one = await _round(executor, rows, limit, usual)
        rounds.append(one)
        if one.slower <= _MOST_SLOWER:
            return _told(_p99(one.clock), limit_ms)
        if sum(_p99(one.processor) > limit for one in rounds) >= _AGREE:
            return _told(min(_p99(one.clock) for one in rounds), limit_ms)
        if len(rounds) >= _FEWEST_ROUNDS and _waits(rounds):
            why = "; most of it is no computing: it waits, or its own threads compute"
            return _told(min(_p99(one.clock) for one in rounds), limit_ms, why)
    busy = min(_p99(one.clock) for one in rounds) * 1e3
    why = f"; the machine was busy, so that it was {figure(busy, 3)} ms by the clock"
    return _told(min(_p99(one.processor) for one in rounds), limit_ms, why, of=" of the processor's time")


async def _round(executor: Executor, rows: Sequence[Row], limit: float, usual: float | None) -> _Round:
    clock, processor = list[float](), list[float]()
    slower = paused = 0
    while len(clock) < CALLS and slower <= _MOST_SLOWER:
        _, seconds, busy = await executor.run([rows[len(clock) % len(rows)]])
        clock.append(seconds)
        processor.append(busy)
        slower += seconds > limit
        if usual is not None and usual <= limit:
            paused += _control(usual) > limit - usual
    return _Round(clock, processor, slower, paused)


def _control(seconds: float) -> float:
    """Compute for so long, let go of the interpreter's lock as models do, and tell what was lost over it."""
    began, end = time.perf_counter(), time.thread_time() + seconds
    while time.thread_time() < end:
        pass
    crc32(_UNLOCKED)
    return time.perf_counter() - began - seconds


def _waits(rounds: Sequence[_Round]) -> bool:
    """Whether calls were slower than the limit more often than the machine's pauses explain."""
    slower, paused = sum(one.slower for one in rounds[1:]), sum(one.paused for one in rounds)
    return slower - paused > _DEVIATIONS * sqrt(slower + paused)


def _p99(seconds: Sequence[float]) -> float:
    """Of a round; of one that ended early the quickest of the slow calls."""
    return sorted(seconds)[-min(_MOST_SLOWER + 1, len(seconds))]


def _told(seconds: float, limit_ms: float, why: str = "", of: str = "") -> GateResult:
    found = seconds * 1e3
    words = f"p99 of {figure(found, 3)} ms{of}, at most {figure(limit_ms)} ms{why}"
    return GateResult("latency", found <= limit_ms, words, found, limit_ms, "ms")
