"""What a tag's node has beside its value: type definition, properties, data types."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from asyncua import ua
from asyncua.ua.object_ids import ObjectIds

from opcua_ml_simulator.faults.tag import TagFaultKind
from opcua_ml_simulator.tags import TagType
from opcua_ml_simulator.units import OTHER_UNITS, UNECE_NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from opcua_ml_simulator.tags import Tag


def type_definition_of(tag: Tag) -> int:
    """The number of its VariableType."""
    if tag.unit is not None:
        return int(ObjectIds.AnalogUnitRangeType)
    if tag.type is TagType.Boolean and tag.states is not None:
        return int(ObjectIds.TwoStateDiscreteType)
    return int(ObjectIds.BaseDataVariableType)


def properties_of(tag: Tag) -> Iterable[tuple[str, ua.Variant]]:
    """Names and values of its properties."""
    if tag.unit is not None:
        unit = ua.EUInformation(
            NamespaceUri=UNECE_NAMESPACE,
            UnitId=ua.Int32(tag.unit.unit_id),
            DisplayName=ua.LocalizedText(tag.unit.symbol),
            Description=ua.LocalizedText(tag.unit.description),
        )
        yield "EngineeringUnits", ua.Variant(unit)
        yield "EURange", ua.Variant(ua.Range(Low=tag.low, High=tag.high))
    if tag.labels:
        yield "EnumStrings", ua.Variant([ua.LocalizedText(label) for label in tag.labels])
    if tag.states is not None:
        false_state, true_state = tag.states
        yield "FalseState", ua.Variant(ua.LocalizedText(false_state))
        yield "TrueState", ua.Variant(ua.LocalizedText(true_state))


def data_type_of(value: ua.Variant) -> int:
    """The number of the DataType that a property's value has."""
    sample = value.Value[0] if value.is_array else value.Value
    if isinstance(sample, ua.LocalizedText):
        return int(ObjectIds.LocalizedText)
    return int(sample.data_type.Identifier)


def shown_tag(tag: Tag, faults: frozenset[TagFaultKind]) -> Tag:
    """The tag as its node is while these faults are on it."""
    if TagFaultKind.UnitChange in faults and tag.unit is not None:
        conversion = OTHER_UNITS[tag.unit]
        tag = replace(tag, unit=conversion.unit, low=conversion(tag.low), high=conversion(tag.high))
    if TagFaultKind.TypeChange in faults:
        tag = replace(tag, type=TagType.String)
    return tag


def conversion_for(tag: Tag, faults: frozenset[TagFaultKind]) -> Callable[[object], object] | None:
    """How the tag's values become those that its node shows; None where they are the same."""
    to_unit = OTHER_UNITS[tag.unit] if TagFaultKind.UnitChange in faults and tag.unit is not None else None
    to_text = TagFaultKind.TypeChange in faults
    if to_unit is None and not to_text:
        return None

    def convert(value: object) -> object:
        if to_unit is not None and isinstance(value, float):
            value = to_unit(value)
        return str(value) if to_text else value

    return convert
