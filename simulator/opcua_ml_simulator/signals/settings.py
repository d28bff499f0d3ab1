"""How many slow and fast nodes there are, of which type, and how they move."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from opcua_ml_simulator.errors import SettingsError

NodeKind = Literal["UInt", "Double", "Bool", "UIntArray"]
"""Types that slow and fast nodes can have."""

_KINDS = ("UInt", "Double", "Bool", "UIntArray")
_MOST_NODES = 10_000
_GREATEST = {"UInt": 2.0**32 - 1.0, "Double": 1e300}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadNodes:
    """A group of equal nodes.

    Attributes:
        count: how many.
        rate: s of plant time between changes.
        kind: their type.
        low: where UInt and Double begin.
        high: where they begin again.
        step: by how much they grow.
        random: draw from low to high instead.

    Raises:
        SettingsError: a value that can't be used.
    """

    count: int = 1
    rate: float = 1.0
    kind: NodeKind = "UInt"
    low: float = 0.0
    high: float = 4_294_967_295.0
    step: float = 1.0
    random: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        if not 0 <= self.count <= _MOST_NODES:
            raise SettingsError("count", self.count, f"0 to {_MOST_NODES} nodes")
        if not 0.01 <= self.rate <= 86_400.0:
            raise SettingsError("rate", self.rate, "0.01 to 86400 s")
        if self.kind not in _KINDS:
            raise SettingsError("kind", self.kind, f"one of {', '.join(_KINDS)}")
        if not self.low < self.high:
            raise SettingsError("high", self.high, f"a number above low, which is {self.low:g}")
        if self.kind == "UInt" and (self.low < 0.0 or self.high > _GREATEST["UInt"]):
            raise SettingsError("low" if self.low < 0.0 else "high", self.low, "0 to 4294967295 for UInt")
        if not 0.0 < self.step <= self.high - self.low:
            raise SettingsError("step", self.step, f"above 0 and at most {self.high - self.low:g}")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSettings:
    """Settings of the signal set.

    Attributes:
        slow: nodes called Slow….
        fast: nodes called Fast….
    """

    slow: LoadNodes = field(default_factory=lambda: LoadNodes(rate=10.0))
    fast: LoadNodes = field(default_factory=lambda: LoadNodes(rate=1.0))
