"""Inputs and outputs as variables: which type of Part 8 each one is, and the properties that go with it.

Source: OPC UA Part 8, 5.3 (DataItemType and its subtypes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.engineering_units import DIMENSIONLESS
from opcua_ml.domain.figure import figure
from opcua_ml.domain.signature import (
    FLOATING,
    DataType,
    Input,
    Output,
    OutputRole,
    Range,
    WindowStatistic,
)
from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import ONE_DIMENSION, SCALAR, Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.standard import (
    ANALOG_UNIT_RANGE_TYPE,
    ANALOG_UNIT_TYPE,
    DATA_ITEM_TYPE,
    DOUBLE,
    ENUM_VALUE,
    EU_INFORMATION,
    LOCALIZED_TEXT,
    MULTI_STATE_TYPE,
    MULTI_STATE_VALUE_TYPE,
    RANGE,
    STRING,
    TWO_STATE_TYPE,
)
from opcua_ml.opcua.texts import phrase, said, text, users_text
from opcua_ml.opcua.values import data_type_id, eu_information, eu_range, unit_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.domain.signature import Window
    from opcua_ml.domain.wording import Wording
    from opcua_ml.opcua.space.names import Names

_PROBABILITY = Range(0.0, 1.0)
MOST_ELEMENTS = 64
"""Of an array that are shown as variables of their own; more than that nobody browses."""
VALUE_AS_TEXT = "ValueAsText"
DESCRIBING = ("EngineeringUnits", "EURange", "InstrumentRange", "ValuePrecision", "Definition")
"""Properties that say how a number is to be taken."""
_BESIDE_ELEMENTS = frozenset({*DESCRIBING, "ClassNames", VALUE_AS_TEXT})
"""Below the same variable, and so no names of elements."""


def input_range(item: Input) -> Range | None:
    """The declared range, else what training saw, else none."""
    if item.range is not None:
        return item.range
    seen = item.statistics
    if seen is not None and seen.minimum < seen.maximum:
        return Range(seen.minimum, seen.maximum)
    return None


def output_range(item: Output) -> Range | None:
    """The declared range; probabilities have theirs by nature."""
    if item.range is None and item.role in (OutputRole.PROBABILITIES, OutputRole.CONFIDENCE):
        return _PROBABILITY
    return item.range


def input_data_type(item: Input) -> DataType:
    """What clients see: the statistic of a window is a Double, whatever its members are."""
    reduced = item.window is not None and not item.is_array
    return DataType.DOUBLE if reduced else item.data_type


def output_data_type(item: Output) -> DataType:
    """What clients see: a label is the index of its class, an anomaly a Boolean, a cluster a whole number."""
    if item.role is OutputRole.LABEL and item.categories:
        return DataType.UINT32
    if item.role is OutputRole.ANOMALY:
        return DataType.BOOLEAN
    if item.role is OutputRole.CLUSTER and item.data_type in FLOATING:
        return DataType.INT32
    return item.data_type


def input_nodes(names: Names, parent: str, item: Input, source: str, *, writable: bool) -> list[Blueprint]:
    """The variable of one input and its properties.

    Args:
        names: BrowseNames of both namespaces.
        parent: path of the folder.
        item: of the signature.
        source: who feeds it, in words.
        writable: whether clients may write it.
    """
    path = below(parent, item.name)
    length = item.length if item.is_array else None
    value = _waiting(input_data_type(item), length, writable=writable)
    words = item.description or phrase("Input {name} of the model.", name=item.name)
    kind, properties = _input_kind(names, path, item)
    properties.append(
        property_of(
            path,
            names.own("Source"),
            "Who feeds this input: a PLC tag, clients that write it, or calls of Predict alone.",
            STRING,
            ua.Variant(source, ua.VariantType.String),
        )
    )
    variable = Blueprint(
        path, parent, names.site(item.name), words, kind, value=value, display=item.details.display_name
    )
    return [variable, *properties, *detail_nodes(path, item)]


def output_nodes(names: Names, parent: str, item: Output) -> list[Blueprint]:
    """The variable of one output and its properties."""
    path = below(parent, item.name)
    data_type = output_data_type(item)
    value = _waiting(data_type, item.length if item.length > 1 else None, writable=False)
    words = output_words(item)
    kind, properties = _output_kind(names, path, item, data_type)
    variable = Blueprint(
        path, parent, names.site(item.name), words, kind, value=value, display=item.details.display_name
    )
    return [variable, *properties, *detail_nodes(path, item), *_element_nodes(names, path, item)]


def element_names(item: Output) -> tuple[str, ...]:
    """Of the variables that an array's elements have beside it, as historians take scalars alone.

    They are the classes' names, else the places from 0; none for what is no array of numbers, or a long one.
    """
    if not 1 < item.length <= MOST_ELEMENTS or item.data_type in (DataType.STRING, DataType.BOOLEAN):
        return ()
    found = tuple(map(str, item.categories))
    if len(set(found)) != item.length or not _BESIDE_ELEMENTS.isdisjoint(found):
        return tuple(map(str, range(item.length)))
    return found


def _element_nodes(names: Names, path: str, item: Output) -> Iterator[Blueprint]:
    shown = item.details.category_names
    for place, name in enumerate(element_names(item)):
        own = below(path, name)
        kind, properties = _analog(own, item.unit, output_range(item))
        if item.role is OutputRole.PROBABILITIES:
            words = phrase("Probability of the class {name}.", name=name)
        else:
            words = phrase("Value number {name} of the array, from 0.", name=name)
        value = _waiting(output_data_type(item), None, writable=False)
        display = shown[place] if shown and name == str(item.categories[place]) else ""
        yield Blueprint(own, path, names.site(name), words, kind, value=value, display=display)
        yield from properties


def output_words(item: Output) -> str:
    """What the output means, in its package's words, else in ours."""
    if item.description:
        return item.description
    return phrase("Output {name} of the model ({role}).", name=item.name, role=said(item.role.value))


def _waiting(data_type: DataType, length: int | None, *, writable: bool) -> Value:
    return Value(
        data_type_id(data_type),
        status=Status.BadWaitingForInitialData,
        rank=SCALAR if length is None else ONE_DIMENSION,
        dimensions=() if length is None else (length,),
        writable=writable,
    )


def _input_kind(names: Names, path: str, item: Input) -> tuple[ua.NodeId, list[Blueprint]]:
    if item.data_type is DataType.BOOLEAN:
        return TWO_STATE_TYPE, _two_states(path, "true", "false")
    if item.data_type is DataType.STRING:
        return DATA_ITEM_TYPE, _string_list(
            path, names.own("Categories"), "The texts allowed.", item.categories
        )
    if is_multi_state_value(item):
        return MULTI_STATE_VALUE_TYPE, _enum_values(path, item)
    return _analog(path, item.unit, input_range(item))


def described_input(path: str, item: Input) -> tuple[ua.NodeId | None, list[Blueprint]]:
    """What a PLC's tag may add to an input: the type that it has then, None for no other; and properties."""
    kind, properties = None, list[Blueprint]()
    if item.data_type not in (DataType.BOOLEAN, DataType.STRING) and not is_multi_state_value(item):
        kind, properties = _analog(path, item.unit, input_range(item))
    return kind, [*properties, *detail_nodes(path, item)]


def _output_kind(
    names: Names, path: str, item: Output, data_type: DataType
) -> tuple[ua.NodeId, list[Blueprint]]:
    if item.role is OutputRole.ANOMALY:
        return TWO_STATE_TYPE, _two_states(path, "anomaly", "normal")
    if data_type is DataType.BOOLEAN:
        return TWO_STATE_TYPE, _two_states(path, "true", "false")
    if item.role is OutputRole.LABEL and item.categories:
        return MULTI_STATE_TYPE, _labels(path, item)
    if data_type is DataType.STRING or item.role in (OutputRole.LABEL, OutputRole.CLUSTER):
        return DATA_ITEM_TYPE, []
    kind, properties = _analog(path, item.unit, output_range(item))
    if item.role is OutputRole.PROBABILITIES:
        words = "Names of the classes, in the order of the array."
        properties += _string_list(path, names.own("ClassNames"), words, item.categories)
    return kind, properties


def _analog(path: str, unit: str | None, span: Range | None) -> tuple[ua.NodeId, list[Blueprint]]:
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


def _two_states(path: str, true: str, false: str) -> list[Blueprint]:
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


def _labels(path: str, item: Output) -> list[Blueprint]:
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


def _enum_values(path: str, item: Input) -> list[Blueprint]:
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


def _string_list(path: str, name: ua.QualifiedName, words: str, items: tuple[object, ...]) -> list[Blueprint]:
    if not items:
        return []
    variant = ua.Variant([str(item) for item in items], ua.VariantType.String, None, True)
    return [property_of(path, name, words, STRING, variant)]


def is_multi_state_value(item: Input) -> bool:
    """Whether the input is a whole number of which only some are allowed."""
    return bool(item.categories) and item.data_type not in (DataType.BOOLEAN, DataType.STRING)
