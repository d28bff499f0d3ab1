"""What a tag's unit must be to feed an input, or to take an output: the same, or one that converts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from opcua_ml.domain.signature import Range

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Conversion:
    """From one unit to another: `(value + before) * factor + after`.

    One of the two shifts is 0: the one that can be told exactly is used, so that 212 °F is 100 °C to the
    last bit.
    """

    factor: float = 1.0
    before: float = 0.0
    after: float = 0.0

    def __call__(self, value: float) -> float:
        """The value in the other unit."""
        return (value + self.before) * self.factor + self.after

    @property
    def is_identity(self) -> bool:
        """Whether nothing changes."""
        return (self.factor, self.before, self.after) == (1.0, 0.0, 0.0)

    def range(self, span: Range) -> Range:
        """The range in the other unit."""
        low, high = sorted((self(span.low), self(span.high)))
        return Range(low, high)


IDENTITY = Conversion()


@dataclass(frozen=True, slots=True)
class UnitContract:
    """The unit that a signature wants of a tag.

    Attributes:
        wanted: UNECE code (OPC UA Part 8, 5.6.3).
        convert: the conversion from one code to another; None where there is none.
        given: UNECE code of the tag's unit, where the configuration knows it better than the PLC.
    """

    wanted: str
    convert: Callable[[str, str], Conversion | None]
    given: str | None = None

    def from_tag(self, code: str | None, shown: str = "") -> Conversion | None:
        """From the tag's unit to the wanted one; None where it is refused.

        Args:
            code: UNECE code of the tag's EngineeringUnits; None where they have none.
            shown: what they show; empty where the tag has no EngineeringUnits, which is no contradiction.
        """
        found = self.given or code
        if found is None:
            return None if shown else IDENTITY
        return IDENTITY if found == self.wanted else self.convert(found, self.wanted)

    def to_tag(self, code: str | None, shown: str = "") -> Conversion | None:
        """From the wanted unit to the tag's; None where it is refused."""
        found = self.given or code
        if found is None:
            return None if shown else IDENTITY
        return IDENTITY if found == self.wanted else self.convert(self.wanted, found)
