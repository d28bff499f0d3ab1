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


@dataclass(frozen=True, slots=True)
class Conversion:
    """To another unit of the same quantity.

    Attributes:
        unit: the other unit.
        factor, offset: value in the other unit = value · factor + offset.
    """

    unit: Unit
    factor: float
    offset: float = 0.0

    def __call__(self, value: float) -> float:
        """The value in the other unit."""
        return value * self.factor + self.offset


OTHER_UNITS: dict[Unit, Conversion] = {
    CUBIC_METRE_PER_HOUR: Conversion(Unit("L2", "l/min", "litre per minute"), 1000.0 / 60.0),
    BAR: Conversion(Unit("PS", "lbf/in²", "pound-force per square inch"), 1e5 / 6894.757293168),
    ONE: Conversion(PERCENT, 100.0),
    PERCENT: Conversion(ONE, 0.01),
    REVOLUTION_PER_MINUTE: Conversion(Unit("RPS", "r/s", "revolutions per second"), 1.0 / 60.0),
    NEWTON_METRE: Conversion(Unit("B48", "kN·m", "kilonewton metre"), 1e-3),
    AMPERE: Conversion(Unit("4K", "mA", "milliampere"), 1e3),
    KILOWATT: Conversion(Unit("WTT", "W", "watt"), 1e3),
    CELSIUS: Conversion(Unit("FAH", "°F", "degree Fahrenheit"), 1.8, 32.0),
    MILLIMETRE_PER_SECOND: Conversion(Unit("MTS", "m/s", "metre per second"), 1e-3),
    METRE_PER_SECOND_SQUARED: Conversion(
        Unit("K40", "gn", "standard acceleration of free fall"), 1.0 / 9.80665
    ),
    METRE: Conversion(Unit("FOT", "ft", "foot"), 1.0 / 0.3048),
    HOUR: Conversion(Unit("MIN", "min", "minute [unit of time]"), 60.0),
    MILLISECOND: Conversion(Unit("SEC", "s", "second [unit of time]"), 1e-3),
}
"""The unit that a transmitter is set to when it is set to another one."""

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
