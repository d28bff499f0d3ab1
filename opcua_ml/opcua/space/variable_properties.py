"""The properties that tell of a variable what its type of Part 8 has room for.

Source: OPC UA Part 8, 5.3 (DataItemType and its subtypes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.engineering_units import DIMENSIONLESS
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import DataType, Input, Output, Range, WindowStatistic
from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import Blueprint, Value, property_of
from opcua_ml.opcua.space.standard import (
    ANALOG_UNIT_RANGE_TYPE,
    ANALOG_UNIT_TYPE,
    DOUBLE,
    ENUM_VALUE,
    EU_INFORMATION,
    LOCALIZED_TEXT,
    RANGE,
    STRING,
)
from opcua_ml.opcua.texts import phrase, said, text, users_text
from opcua_ml.opcua.values import eu_information, eu_range, unit_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.signature import Window
    from opcua_ml.domain.wording import Wording

VALUE_AS_TEXT = "ValueAsText"


def analog(path: str, unit: str | None, span: Range | None) -> tuple[ua.NodeId, list[Blueprint]]:
    """A number with its unit; one whose range nobody knows has no EURange, rather than an invented one."""
    information = eu_information(unit or DIMENSIONLESS)
    units = property_of(
        path,
        "EngineeringUnits",
        phrase("Unit of the value: {unit}.", unit=unit_name(unit or DIMENSIONLESS)),
        EU_INFORMATION,
        ua.Variant(information, ua.VariantType.ExtensionObject),
    )
    if span is None:
        return ANALOG_UNIT_TYPE, [units]
    limits = property_of(
        path,
        "EURange",
        phrase("Where the value usually is: {span}.", span=span_words(span)),
        RANGE,
        ua.Variant(eu_range(span), ua.VariantType.ExtensionObject),
    )
    return ANALOG_UNIT_RANGE_TYPE, [limits, units]


def span_words(span: Range) -> Wording:
    """From where to where."""
    return phrase("{low} to {high}", low=figure(span.low), high=figure(span.high))


def two_states(path: str, true: str, false: str) -> list[Blueprint]:
    """Texts for the two values of a Boolean."""
    return [
        property_of(
            path,
            name,
            told,
            LOCALIZED_TEXT,
            ua.Variant(text(words), ua.VariantType.LocalizedText),
        )
        for name, told, words in (
            ("TrueState", "Text for the value true.", true),
            ("FalseState", "Text for the value false.", false),
        )
    ]


def labels(path: str, item: Output) -> list[Blueprint]:
    """Names of the classes by their index, and that of the value."""
    strings = property_of(
        path,
        "EnumStrings",
        "Names of the classes, by their index.",
        LOCALIZED_TEXT,
        ua.Variant(
            [users_text(name) for name in item.details.category_names or item.categories],
            ua.VariantType.LocalizedText,
            None,
            True,
        ),
    )
    return [strings, _value_as_text(path)]


def enum_values(path: str, item: Input) -> list[Blueprint]:
    """The whole numbers allowed, with their names, and that of the value."""
    shown = item.details.category_names or tuple(map(str, item.categories))
    values = [
        ua.EnumValueType(
            Value=ua.Int64(int(value)), DisplayName=users_text(name), Description=users_text(name)
        )
        for value, name in zip(item.categories, shown, strict=True)
    ]
    table = property_of(
        path,
        "EnumValues",
        "The values allowed.",
        ENUM_VALUE,
        ua.Variant(values, ua.VariantType.ExtensionObject, None, True),
    )
    return [table, _value_as_text(path)]


def _value_as_text(path: str) -> Blueprint:
    """Beside the number, for displays and historians that take texts alone."""
    node = property_of(
        path,
        VALUE_AS_TEXT,
        "The value's name.",
        LOCALIZED_TEXT,
        ua.Variant(None, ua.VariantType.Null),
    )
    waiting = Value(LOCALIZED_TEXT, status=Status.BadWaitingForInitialData)
    return Blueprint(node.path, node.parent, node.name, node.description, node.type, node.reference, waiting)


def detail_nodes(path: str, item: Input | Output) -> Iterator[Blueprint]:
    """InstrumentRange, ValuePrecision and Definition, where they are known (Part 8, 5.3.1 and 5.3.2)."""
    details = item.details
    is_number = item.data_type not in (DataType.BOOLEAN, DataType.STRING) and not item.categories
    span, precision = details.instrument_range, details.value_precision
    if span is not None and is_number:
        words = phrase("What the instrument can tell: {span}.", span=span_words(span))
        held = ua.Variant(eu_range(span), ua.VariantType.ExtensionObject)
        yield property_of(path, "InstrumentRange", words, RANGE, held)
    if precision is not None and is_number:
        words = said("Decimal places that count; negative for places before the decimal point.")
        yield property_of(path, "ValuePrecision", words, DOUBLE, ua.Variant(precision, ua.VariantType.Double))
    definition = details.definition or _reduction(item)
    if definition:
        held = ua.Variant(definition, ua.VariantType.String)
        yield property_of(path, "Definition", "How the value comes about.", STRING, held)


def _reduction(item: Input | Output) -> str:
    """How the statistic of a window comes about, which nobody has to say."""
    window = item.window if isinstance(item, Input) else None
    return "" if window is None or window.statistic is None else str(window_words(window))


def window_words(window: Window) -> Wording:
    """What of the last values a window takes."""
    if window.statistic is WindowStatistic.LAG:
        seconds = figure((window.samples - 1) * window.period)
        return phrase("the value of {seconds} s before", seconds=seconds)
    if window.statistic is not None:
        kind, seconds = said(window.statistic.value), figure(window.samples * window.period)
        return phrase("the {statistic} of the last {seconds} s", statistic=kind, seconds=seconds)
    period, told = figure(window.period), "the last {samples} values, one every {period} s, newest last"
    return phrase(told, samples=window.samples, period=period)


def string_list(path: str, name: ua.QualifiedName, words: str, items: tuple[object, ...]) -> list[Blueprint]:
    """A property with these texts; none where there are none."""
    if not items:
        return []
    variant = ua.Variant([str(item) for item in items], ua.VariantType.String, None, True)
    return [property_of(path, name, words, STRING, variant)]
