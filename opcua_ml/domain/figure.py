"""Numbers in texts for people."""

from __future__ import annotations

import math

_LEAST, _GREATEST = 1e-4, 1e15
"""Between these a number is written out; people read no exponents."""


def figure(value: float, digits: int = 6) -> str:
    """A number as people write it: rounded, but never with an exponent where it can be read without.

    Digits are not grouped: «1,390» is another number in half of the languages that a text may be told in.

    Args:
        value: any; not finite ones by their names.
        digits: that count; those before the decimal point are all told.
    """
    if isinstance(value, int):
        return str(value)
    if not (math.isfinite(value) and _LEAST <= abs(value) < _GREATEST):
        return f"{value:.{digits}g}"
    places = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    told = f"{value:.{places}f}"
    return told.rstrip("0").rstrip(".") if places else told


def figure_outside(value: float, low: float, high: float) -> str:
    """A number that is not within limits, with as many digits as it takes to be another one than they."""
    told = figure(value)
    return exact(value) if told in (figure(low), figure(high)) else told


def exact(value: float) -> str:
    """A number for other programs: the shortest text that reads back as the same double."""
    return repr(float(value)).removesuffix(".0")
