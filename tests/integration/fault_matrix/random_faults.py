"""Faults of the simulator and of its process, drawn at random."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from tests.integration.fault_matrix.expectation import DISTURBED
from tests.integration.service.processes import INPUTS

if TYPE_CHECKING:
    from random import Random

    from tests.integration.fault_matrix.plc import Plc

_TAG_FAULTS = {
    "BadQuality": INPUTS,
    "UncertainQuality": INPUTS,
    "Stale": INPUTS,
    "TypeChange": INPUTS,
    "NodeRemoved": INPUTS,
    "Spike": INPUTS,
    "Noise": INPUTS,
    "QueueOverflow": INPUTS,
    "UnitChange": ("SuctionPressure", "DischargePressure"),
    "Frozen": (DISTURBED,),
}
_MAGNITUDES = {"Spike": 5000.0, "Noise": 0.01, "SlowServer": 30.0, "SmallLimits": 20.0, "QueueOverflow": 20.0}
CLOSING = frozenset({"Disconnect", "Restart", "NamespaceReorder", "Crash"})
"""The connection closes."""
SILENCING = frozenset({"FrozenServer", "SlowServer"} | ({"Stopped"} if sys.platform != "win32" else set()))
"""It stays open, and nothing comes."""
RETURNING = (CLOSING | SILENCING) - {"NamespaceReorder"}
"""The PLC is away and comes back at a moment that is known."""
_STANDING = ("ClockSkew", "SmallLimits", "WriteRefused", "NotWritable", "NoStatusWrite")
_LASTING = frozenset({"Disconnect", "Restart", "FrozenServer", "SlowServer"})
"""End by themselves, after the time that was given."""


@dataclass(slots=True)
class Event:
    """One fault of the server or the process.

    Attributes:
        kind: its name.
        began, ended: our monotonic clock; None while it lasts.
        was_clean: whether no tag was disturbed when it began.
        is_told, is_timed: whether its loss, and its return, have been seen.
    """

    kind: str
    began: float
    was_clean: bool
    ended: float | None = None
    is_told: bool = False
    is_timed: bool = False


class Disturber:
    """Disturbs one PLC until it is told that it is over; nothing is left disturbed then.

    Args:
        plc: to disturb.
        random: decides what, when and for how long.
    """

    def __init__(self, plc: Plc, random: Random) -> None:
        self.faults: Counter[str] = Counter()
        self.newest: Event | None = None
        self.tag_is_disturbed = False
        self.is_over = False
        self._plc = plc
        self._random = random

    async def disturb_tags(self) -> None:
        """One tag after another."""
        while not self.is_over:
            await asyncio.sleep(self._random.uniform(0.5, 8.0))
            kind = self._random.choice(list(_TAG_FAULTS))
            tag = f"PumpStation.{self._random.choice(_TAG_FAULTS[kind])}"
            self.tag_is_disturbed = True
            self.faults[kind] += 1
            await self._plc.call("InjectTagFault", tag, kind, _MAGNITUDES.get(kind, 0.0), 0.0)
            await asyncio.sleep(self._random.uniform(0.2, 4.0))
            await self._plc.call("ClearTagFaults")
            self.tag_is_disturbed = False

    async def disturb_server(self) -> None:
        """One fault of the server, or of its process, after another."""
        kinds = sorted(CLOSING | SILENCING | set(_STANDING))
        while not self.is_over:
            await asyncio.sleep(self._random.uniform(0.5, 6.0))
            kind, seconds = self._random.choice(kinds), self._random.uniform(0.3, 4.0)
            self.faults[kind] += 1
            clean = not self.tag_is_disturbed
            if kind == "Stopped":
                self.newest = Event(kind, monotonic(), clean)
                self._plc.freeze()
                await asyncio.sleep(seconds)
                self._plc.thaw()
                self.newest.ended = monotonic()
            else:
                await self._disturb(kind, seconds, clean=clean)

    async def _disturb(self, kind: str, seconds: float, *, clean: bool) -> None:
        magnitude = _MAGNITUDES.get(kind, 0.0)
        if kind == "ClockSkew":
            magnitude = self._random.uniform(-7200.0, 7200.0)
        await self._plc.call("InjectServerFault", kind, magnitude, seconds if kind in _LASTING else 0.0)
        event = self.newest = Event(kind, monotonic(), clean)
        if kind == "Crash":
            await self._plc.ended()
        await asyncio.sleep(seconds)
        if kind == "Crash":
            await self._plc.start()
        event.ended = monotonic()
        if kind not in RETURNING:
            await self._plc.call("ClearServerFaults")
