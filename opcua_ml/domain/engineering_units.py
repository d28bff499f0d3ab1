"""Engineering units as OPC UA tells them: UNECE codes, their numbers, symbols and names.

Source: OPC UA Part 8, 5.6.3 (EUInformation) and UNECE Recommendation 20. The table holds the units that
plants use; any other code still travels with its right UnitId, and shows the code in place of a symbol.
"""

from __future__ import annotations

from typing import NamedTuple

UNECE_NAMESPACE = "http://www.opcfoundation.org/UA/units/un/cefact"
DIMENSIONLESS = "C62"
_KEYBOARD = {"²": "2", "³": "3", "°": "", "µ": "u", "Ω": "ohm", "·": "", " ": "", "^": "", "*": "", "deg": ""}


class EngineeringUnit(NamedTuple):
    """A unit: its UNECE code, the symbol that displays show and its English name."""

    code: str
    symbol: str
    name: str


def unit_id(code: str) -> int:
    """The UnitId of a UNECE code: its one to three ASCII characters as one number, the first one highest.

    Raises:
        ValueError: the text can't be a UNECE code.
    """
    if not 1 <= len(code) <= 3 or not (code.isascii() and code.isalnum()):
        raise ValueError(f"not a UNECE code; found {code!r}; wanted one to three ASCII letters and digits")
    return int.from_bytes(code.encode("ascii"), "big")


def unece_code(number: int) -> str | None:
    """The UNECE code that a UnitId packs; None where it packs none (such as -1, «no unit»)."""
    if not 0 < number < 1 << 24:
        return None
    text = number.to_bytes(3, "big").lstrip(b"\0").decode("latin-1")
    return text if text.isascii() and text.isalnum() else None


def code_of_symbol(symbol: str) -> str | None:
    """The UNECE code of the one unit with this symbol; for servers that name units in their own way."""
    return _BY_SYMBOL.get(symbol)


def near_code(words: str) -> str | None:
    """The code of the unit that somebody means: by its symbol, also as keyboards write it, or by its name."""
    for fold in (str, str.casefold):  # «Nm» is no «nm», but «KW» is a «kW»
        wanted = fold(_plain(words))
        for unit in UNITS.values():
            if wanted in {fold(_plain(unit.symbol)), fold(_plain(unit.name))}:
                return unit.code
    return None


def _plain(words: str) -> str:
    for sign, others in _KEYBOARD.items():
        words = words.replace(sign, others)
    return words


def engineering_unit(code: str) -> EngineeringUnit:
    """The unit of a code; one that the table does not have is shown by its code."""
    return UNITS.get(code) or EngineeringUnit(code, code, f"UNECE unit {code}")


_TABLE = """
C62|1|one
P1|%|percent
59|ppm|part per million
61|ppb|part per billion (US)
NX|‰|part per thousand
2N|dB|decibel
C81|rad|radian
DD|°|degree
M46|r/min|revolution per minute
RPM|r/min|revolutions per minute
RPS|r/s|revolutions per second
2A|rad/s|radian per second
MTR|m|metre
DMT|dm|decimetre
CMT|cm|centimetre
MMT|mm|millimetre
4H|µm|micrometre (micron)
C45|nm|nanometre
KMT|km|kilometre
INH|in|inch
FOT|ft|foot
MTK|m²|square metre
CMK|cm²|square centimetre
MMK|mm²|square millimetre
MTQ|m³|cubic metre
DMQ|dm³|cubic decimetre
CMQ|cm³|cubic centimetre
LTR|l|litre
HLT|hl|hectolitre
MLT|ml|millilitre
GLL|gal (US)|gallon (US)
SEC|s|second
C26|ms|millisecond
B98|µs|microsecond
MIN|min|minute
HUR|h|hour
DAY|d|day
HTZ|Hz|hertz
KHZ|kHz|kilohertz
MHZ|MHz|megahertz
A86|GHz|gigahertz
MTS|m/s|metre per second
KMH|km/h|kilometre per hour
MSK|m/s²|metre per second squared
C16|mm/s|millimetre per second
2M|cm/s|centimetre per second
H67|mm/h|millimetre per hour
KGM|kg|kilogram
GRM|g|gram
MC|µg|microgram
TNE|t|tonne (metric ton)
LBR|lb|pound
KMQ|kg/m³|kilogram per cubic metre
23|g/cm³|gram per cubic centimetre
GL|g/l|gram per litre
M1|mg/l|milligram per litre
GQ|µg/m³|microgram per cubic metre
C34|mol|mole
C35|mol/dm³|mole per cubic decimetre
NEW|N|newton
B47|kN|kilonewton
NU|N·m|newton metre
MPA|MPa|megapascal
KPA|kPa|kilopascal
PAL|Pa|pascal
BAR|bar|bar
MBR|mbar|millibar
PS|lbf/in²|pound-force per square inch
4K|mA|milliampere
C65|Pa·s|pascal second
C24|mPa·s|millipascal second
C55|N/m²|newton per square metre
4C|cSt|centistokes
MQH|m³/h|cubic metre per hour
MQS|m³/s|cubic metre per second
L2|l/min|litre per minute
E32|l/h|litre per hour
G51|l/s|litre per second
40|ml/s|millilitre per second
KGS|kg/s|kilogram per second
E93|kg/h|kilogram per hour
G2|gal (US) /min|US gallon per minute
4X|kl/h|kilolitre per hour
CEL|°C|degree Celsius
FAH|°F|degree Fahrenheit
KEL|K|kelvin
D54|W/m²|watt per square metre
D52|W/K|watt per kelvin
D53|W/(m·K)|watt per metre kelvin
B61|lm/W|lumen per watt
B21|K/W|kelvin per watt
JOU|J|joule
KJO|kJ|kilojoule
3B|MJ|megajoule
WHR|W·h|watt hour
KWH|kW·h|kilowatt hour
WTT|W|watt
KWT|kW|kilowatt
MAW|MW|megawatt
D46|V·A|volt - ampere
KVA|kV·A|kilovolt - ampere
D44|var|var
KVR|kvar|kilovar
BHP|BHP|brake horse power
AMP|A|ampere
B22|kA|kiloampere
B84|µA|microampere
VLT|V|volt
2Z|mV|millivolt
KVT|kV|kilovolt
OHM|Ω|ohm
B49|kΩ|kiloohm
FAR|F|farad
4O|µF|microfarad
SIE|S|siemens
D10|S/m|siemens per metre
D33|T|tesla
WEB|Wb|weber
4T|pF|picofarad
H61|mS/cm|millisiemens per centimetre
LUX|lx|lux
CDL|cd|candela
LUM|lm|lumen
Q30|pH|pH (potential of Hydrogen)
BQL|Bq|becquerel
"""

UNITS: dict[str, EngineeringUnit] = {
    unit.code: unit for unit in (EngineeringUnit(*line.split("|")) for line in _TABLE.split("\n") if line)
}
_BY_SYMBOL = {unit.symbol: unit.code for unit in reversed(UNITS.values())}
"""Of several units with one symbol the first: M46 and RPM are the same."""
