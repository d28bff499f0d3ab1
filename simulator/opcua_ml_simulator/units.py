"""Engineering units by UNECE Recommendation 20 code, as OPC UA Part 8, 5.6.4 wants them."""

from __future__ import annotations

from dataclasses import dataclass

UNECE_NAMESPACE = "http://www.opcfoundation.org/UA/units/un/cefact"
"""NamespaceUri of EUInformation for UNECE codes."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit.

    Attributes:
        code: UNECE common code, at most three characters.
        symbol: as displayed.
        description: its name.
    """

    code: str
    symbol: str
    description: str

    @property
    def unit_id(self) -> int:
        """UnitId of EUInformation: the code's ASCII characters as a big-endian number."""
        return int.from_bytes(self.code.encode("ascii"), "big")


CUBIC_METRE_PER_HOUR = Unit("MQH", "m³/h", "cubic metre per hour")
BAR = Unit("BAR", "bar", "bar [unit of pressure]")
ONE = Unit("C62", "1", "one")
PERCENT = Unit("P1", "%", "percent")
REVOLUTION_PER_MINUTE = Unit("RPM", "r/min", "revolutions per minute")
NEWTON_METRE = Unit("NU", "N·m", "newton metre")
AMPERE = Unit("AMP", "A", "ampere")
KILOWATT = Unit("KWT", "kW", "kilowatt")
CELSIUS = Unit("CEL", "°C", "degree Celsius")
MILLIMETRE_PER_SECOND = Unit("C16", "mm/s", "millimetre per second")
METRE_PER_SECOND_SQUARED = Unit("MSK", "m/s²", "metre per second squared")
METRE = Unit("MTR", "m", "metre")
HOUR = Unit("HUR", "h", "hour")
MILLISECOND = Unit("C26", "ms", "millisecond")

ALL_UNITS: tuple[Unit, ...] = (
    CUBIC_METRE_PER_HOUR,
    BAR,
    ONE,
    PERCENT,
    REVOLUTION_PER_MINUTE,
    NEWTON_METRE,
    AMPERE,
    KILOWATT,
    CELSIUS,
    MILLIMETRE_PER_SECOND,
    METRE_PER_SECOND_SQUARED,
    METRE,
    HOUR,
    MILLISECOND,
)
"""Every unit that a tag of the simulator has."""
