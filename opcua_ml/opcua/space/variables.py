"""Inputs and outputs as variables: which type of Part 8 each one is, and what stands below it.

Source: OPC UA Part 8, 5.3 (DataItemType and its subtypes).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncua import ua

from opcua_ml.domain.signature import (
    DataType,
    Input,
    Output,
    OutputRole,
)
from opcua_ml.domain.status import Status
from opcua_ml.opcua.space.blueprint import ONE_DIMENSION, SCALAR, Blueprint, Value, property_of
from opcua_ml.opcua.space.node_ids import below
from opcua_ml.opcua.space.shown_types import (
    input_data_type,
    input_range,
    is_multi_state_value,
    output_data_type,
    output_range,
)
from opcua_ml.opcua.space.standard import (
    DATA_ITEM_TYPE,
    MULTI_STATE_TYPE,
    MULTI_STATE_VALUE_TYPE,
    STRING,
    TWO_STATE_TYPE,
)
from opcua_ml.opcua.space.variable_properties import (
    VALUE_AS_TEXT,
    analog,
    detail_nodes,
    enum_values,
    labels,
    string_list,
    two_states,
)
from opcua_ml.opcua.texts import phrase, said
from opcua_ml.opcua.values import data_type_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opcua_ml.opcua.space.names import Names

MOST_ELEMENTS = 64
"""Of an array that are shown as variables of their own; more than that nobody browses."""
DESCRIBING = ("EngineeringUnits", "EURange", "InstrumentRange", "ValuePrecision", "Definition")
"""Properties that say how a number is to be taken."""
_BESIDE_ELEMENTS = frozenset({*DESCRIBING, "ClassNames", VALUE_AS_TEXT})
"""Below the same variable, and so no names of elements."""


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
        kind, properties = analog(own, item.unit, output_range(item))
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
        return TWO_STATE_TYPE, two_states(path, "true", "false")
    if item.data_type is DataType.STRING:
        return DATA_ITEM_TYPE, string_list(
            path, names.own("Categories"), "The texts allowed.", item.categories
        )
    if is_multi_state_value(item):
        return MULTI_STATE_VALUE_TYPE, enum_values(path, item)
    return analog(path, item.unit, input_range(item))


def described_input(path: str, item: Input) -> tuple[ua.NodeId | None, list[Blueprint]]:
    """What a PLC's tag may add to an input: the type that it has then, None for no other; and properties."""
    kind, properties = None, list[Blueprint]()
    if item.data_type not in (DataType.BOOLEAN, DataType.STRING) and not is_multi_state_value(item):
        kind, properties = analog(path, item.unit, input_range(item))
    return kind, [*properties, *detail_nodes(path, item)]


def _output_kind(
    names: Names, path: str, item: Output, data_type: DataType
) -> tuple[ua.NodeId, list[Blueprint]]:
    if item.role is OutputRole.ANOMALY:
        return TWO_STATE_TYPE, two_states(path, "anomaly", "normal")
    if data_type is DataType.BOOLEAN:
        return TWO_STATE_TYPE, two_states(path, "true", "false")
    if item.role is OutputRole.LABEL and item.categories:
        return MULTI_STATE_TYPE, labels(path, item)
    if data_type is DataType.STRING or item.role in (OutputRole.LABEL, OutputRole.CLUSTER):
        return DATA_ITEM_TYPE, []
    kind, properties = analog(path, item.unit, output_range(item))
    if item.role is OutputRole.PROBABILITIES:
        words = "Names of the classes, in the order of the array."
        properties += string_list(path, names.own("ClassNames"), words, item.categories)
    return kind, properties
