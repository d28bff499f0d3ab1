"""Holding a tag's EngineeringUnits and EURange against what a signature says (OPC UA Part 8, 5.3.2, 5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opcua_ml.domain.engineering_units import engineering_unit
from opcua_ml.domain.errors import TagUnitMismatch
from opcua_ml.domain.signature import FLOATING
from opcua_ml.domain.unit_contract import IDENTITY

if TYPE_CHECKING:
    from opcua_ml.domain.unit_contract import Conversion
    from opcua_ml.opcua.plc.binding import InputBinding, OutputBinding
    from opcua_ml.opcua.plc.description import TagDescription


def conversion_of(binding: InputBinding, description: TagDescription, where: str) -> Conversion:
    """From the tag's unit to the input's.

    Raises:
        TagUnitMismatch: there is none, or the ranges have nothing in common; with both of them.
    """
    conversion = IDENTITY
    if binding.units is not None:
        found = binding.units.from_tag(description.unit, description.unit_name)
        if found is None:
            given = binding.units.given
            raise TagUnitMismatch(
                "the tag's unit is not the input's and does not convert to it",
                where=where,
                found=_named(given) if given else _told(description),
                wanted=_named(binding.units.wanted),
            )
        if not found.is_identity and binding.data_type not in FLOATING:
            raise TagUnitMismatch(
                "the input takes whole numbers alone, and its unit is not the tag's",
                where=where,
                found=_told(description),
                wanted=_named(binding.units.wanted),
            )
        conversion = found
    _check_ranges(binding, description, conversion, where)
    return conversion


def conversion_to(binding: OutputBinding, description: TagDescription, where: str) -> Conversion:
    """From the output's unit to the tag's.

    Raises:
        TagUnitMismatch: there is none; with both units.
    """
    if binding.units is None:
        return IDENTITY
    found = binding.units.to_tag(description.unit, description.unit_name)
    if found is None or not (found.is_identity or binding.data_type in FLOATING):
        raise TagUnitMismatch(
            "the output's unit does not convert to the tag's",
            where=where,
            found=_told(description),
            wanted=_named(binding.units.wanted),
        )
    return found


def conversion_from(binding: OutputBinding, description: TagDescription) -> Conversion:
    """From the tag's unit to the output's: the way back of `conversion_to`, which has found one."""
    if binding.units is None:
        return IDENTITY
    return binding.units.from_tag(description.unit, description.unit_name) or IDENTITY


def _check_ranges(
    binding: InputBinding, description: TagDescription, conversion: Conversion, where: str
) -> None:
    """A tag none of whose usual values is allowed is the wrong one, or in another unit than it says."""
    if binding.range is None or description.range is None or binding.ignore_range:
        return
    usual = conversion.range(description.range)
    if usual.high < binding.range.low or usual.low > binding.range.high:
        raise TagUnitMismatch(
            "no usual value of the tag is in the input's range",
            where=where,
            found=f"EURange {usual}",
            wanted=f"{binding.range}",
        )


def _told(description: TagDescription) -> str:
    if description.unit is None:
        return description.unit_name or "no unit"
    return _named(description.unit)


def _named(code: str) -> str:
    return f"{engineering_unit(code).symbol} ({code})"
