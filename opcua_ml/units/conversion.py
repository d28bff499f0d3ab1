"""Conversions between two UNECE codes, in fractions until the last step."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from opcua_ml.domain.unit_contract import IDENTITY, Conversion
from opcua_ml.units.unece import UNITS


def prepare() -> None:
    """Load the units library now: it takes about half a second, which no event loop should spend."""
    _registry()


@cache
def conversion(found: str, wanted: str) -> Conversion | None:
    """From one unit to another, both by their UNECE codes.

    None where a code is not known, or where the two are of different kinds of quantity. A gauge pressure and
    an absolute one have the same codes and can't be told apart.
    """
    if found == wanted:
        return IDENTITY
    if found not in UNITS or wanted not in UNITS:
        return None
    (kind, source), (other, target) = UNITS[found], UNITS[wanted]
    if kind != other:
        return None
    zero, one = (_converted(Fraction(value), source, target) for value in (0, 1))
    factor = one - zero
    before = zero / factor
    if Fraction(float(before)) == before:
        return Conversion(float(factor), before=float(before))
    return Conversion(float(factor), after=float(zero))


def _converted(value: Fraction, source: str, target: str) -> Fraction:
    scale, unit = _unit(source)
    wanted_scale, wanted = _unit(target)
    quantity = _registry().Quantity(value * scale, unit)
    return Fraction(quantity.to(wanted).magnitude) / wanted_scale


def _unit(expression: str) -> tuple[Fraction, Any]:
    """An expression as a number and a unit without one."""
    found = _registry().Quantity(_registry().parse_expression(expression))
    return Fraction(found.magnitude), found.units


@cache
def _registry() -> Any:
    from pint import UnitRegistry  # noqa: PLC0415 - for those that convert alone

    return UnitRegistry(non_int_type=Fraction, cache_folder=None)
